namespace DrTools.Demo;

/// <summary>Something that had to hold.</summary>
/// <param name="Step">The step in which it was checked.</param>
/// <param name="Name">What was checked.</param>
/// <param name="Passed">Whether it held. A check that could not run has not passed.</param>
/// <param name="Detail">The figures, or what is wrong.</param>
public sealed record DemoCheck(DemoStep Step, string Name, bool Passed, string Detail);
