namespace DrTools.Plans;

/// <summary>What recovery must achieve.</summary>
/// <param name="Rto">Recovery time objective: how long a service may be away.</param>
/// <param name="Rpo">Recovery point objective: of how much time data may be lost.</param>
public sealed record Objectives(TimeSpan Rto, TimeSpan Rpo)
{
    /// <summary>As in a plan: <c>RTO 1h, RPO 15m</c>.</summary>
    public override string ToString() => $"RTO {PlanDuration.Format(Rto)}, RPO {PlanDuration.Format(Rpo)}";
}

/// <summary>How much depends on a service, with the objectives that follow.</summary>
public sealed record PlannedTier
{
    /// <summary>The four usual ones, which every plan has.</summary>
    public static IReadOnlyList<PlannedTier> Usual { get; } =
    [
        new() { Name = "critical", Objectives = new(TimeSpan.FromHours(1), TimeSpan.FromMinutes(15)), Description = "The business stands still without it." },
        new() { Name = "important", Objectives = new(TimeSpan.FromHours(4), TimeSpan.FromHours(1)), Description = "The business is hampered without it." },
        new() { Name = "standard", Objectives = new(TimeSpan.FromHours(24), TimeSpan.FromHours(4)), Description = "A day without it can be borne." },
        new() { Name = "low", Objectives = new(TimeSpan.FromHours(72), TimeSpan.FromHours(24)), Description = "It can wait until all else is back." },
    ];

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What services of it must achieve, unless they say otherwise.</summary>
    public required Objectives Objectives { get; init; }

    /// <summary>What it means.</summary>
    public string? Description { get; init; }

    /// <summary>Where it is written; line 0 for a usual one that the plan does not change.</summary>
    public PlanPosition Position { get; init; }
}
