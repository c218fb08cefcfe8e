namespace DrTools.Demo;

/// <summary>What recovery has to achieve.</summary>
public sealed record DemoObjectives
{
    /// <summary>Recovery time objective: the longest time from the disaster to a checked recovery.</summary>
    public TimeSpan Rto { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Recovery point objective: the longest time of which the changes may be lost.</summary>
    public TimeSpan Rpo { get; init; } = TimeSpan.FromMinutes(15);
}
