namespace DrTools.Demo;

/// <summary>Moments at which a test damages something, to see that the demo notices.</summary>
internal sealed record DemoInterference
{
    /// <summary>After the last backup, before it is verified.</summary>
    public Action<DemoFolder> BeforeVerify { get; init; } = static _ => { };

    /// <summary>After the disaster, before the recovery.</summary>
    public Action<DemoFolder> BeforeRecovery { get; init; } = static _ => { };

    /// <summary>After the recovery, before everything is compared.</summary>
    public Action<DemoFolder> BeforeCompare { get; init; } = static _ => { };
}
