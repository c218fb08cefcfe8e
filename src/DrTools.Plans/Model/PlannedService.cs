namespace DrTools.Plans;

/// <summary>One of the four strategies of recovery.</summary>
public enum RecoveryStrategy
{
    /// <summary>Backups, restored where and when needed.</summary>
    BackupRestore,

    /// <summary>Data is replicated to another site, where little runs.</summary>
    PilotLight,

    /// <summary>A smaller copy of everything runs at another site.</summary>
    WarmStandby,

    /// <summary>Several sites serve at once.</summary>
    MultiSite,
}

/// <summary>Something that must survive.</summary>
public sealed record PlannedService
{
    /// <summary>Its name, which cmdlets and commands take (<c>-Service</c>, <c>--service</c>).</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public string? Description { get; init; }

    /// <summary>Name of its tier.</summary>
    public required string Tier { get; init; }

    /// <summary>What its recovery must achieve: its own objectives, else those of its tier.</summary>
    public required Objectives Objectives { get; init; }

    /// <summary>The strategy that was chosen, where the plan says so.</summary>
    public RecoveryStrategy? Strategy { get; init; }

    /// <summary>Name of the site that it runs at.</summary>
    public string? Site { get; init; }

    /// <summary>Who answers for it.</summary>
    public IReadOnlyList<PlannedPerson> Owners { get; init; } = [];

    /// <summary>Names of the regulations that it is under.</summary>
    public IReadOnlyList<string> Regulations { get; init; } = [];

    /// <summary>Names of the services that must be there first.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>Its data.</summary>
    public IReadOnlyList<PlannedSource> Sources { get; init; } = [];

    /// <summary>What tells that it works.</summary>
    public ServiceChecks Checks { get; init; } = new();

    /// <summary>How its data gets to other sites.</summary>
    public IReadOnlyList<PlannedReplication> Replication { get; init; } = [];

    /// <summary>When it is to be failed over, each as a sentence.</summary>
    public IReadOnlyList<string> FailoverCriteria { get; init; } = [];

    /// <summary>What is done to have it back, in this order.</summary>
    public IReadOnlyList<FailoverStep> Failover { get; init; } = [];

    /// <summary>What its absence costs.</summary>
    public PlannedImpact? Impact { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }

    /// <summary>Its name.</summary>
    public override string ToString() => Name;
}

/// <summary>What the absence of a service costs, in the plan's currency.</summary>
public sealed record PlannedImpact
{
    /// <summary>Revenue lost in an hour.</summary>
    public decimal RevenuePerHour { get; init; }

    /// <summary>Further cost of operation in an hour.</summary>
    public decimal OperationPerHour { get; init; }

    /// <summary>Worth of the reputation lost in an hour.</summary>
    public decimal ReputationPerHour { get; init; }

    /// <summary>What the loss of an hour's data costs.</summary>
    public decimal DataPerHour { get; init; }

    /// <summary>How many disasters a year are reckoned with.</summary>
    public decimal DisastersPerYear { get; init; } = 0.1m;

    /// <summary>Cost of an hour of absence.</summary>
    public decimal PerHour => RevenuePerHour + OperationPerHour + ReputationPerHour;
}
