namespace DrTools.Demo;

/// <summary>One step as it happened.</summary>
public sealed record DemoPhase
{
    /// <summary>The step.</summary>
    public required DemoStep Step { get; init; }

    /// <summary>When it started, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>What was done, in figures.</summary>
    public required string Detail { get; init; }

    /// <summary>When it ended, UTC.</summary>
    public DateTimeOffset Finished => Started + Duration;
}
