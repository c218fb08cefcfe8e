namespace DrTools.Demo;

/// <summary>A step of the demo has started or ended.</summary>
/// <param name="Step">The step.</param>
/// <param name="Finished">What it came to; <see langword="null"/> when it has just started.</param>
/// <param name="Failures">Checks of this step that have failed.</param>
public readonly record struct DemoProgress(DemoStep Step, DemoPhase? Finished, IReadOnlyList<DemoCheck> Failures);
