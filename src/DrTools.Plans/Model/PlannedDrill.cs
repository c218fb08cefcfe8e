namespace DrTools.Plans;

/// <summary>What happens in a drill.</summary>
public enum DrillScenario
{
    /// <summary>A table is dropped by mistake.</summary>
    TableDropped,

    /// <summary>A database is damaged.</summary>
    DatabaseCorrupted,

    /// <summary>A whole site is lost.</summary>
    SiteLost,

    /// <summary>A file is deleted.</summary>
    FileDeleted,

    /// <summary>Everything that can be reached is encrypted by an attacker.</summary>
    RansomwareEncrypted,

    /// <summary>A key or passphrase is lost.</summary>
    KeyLost,

    /// <summary>What a runbook says.</summary>
    Custom,
}

/// <summary>How far a drill goes.</summary>
public enum DrillLevel
{
    /// <summary>A team talks it through.</summary>
    Tabletop,

    /// <summary>On real data, in scratch copies.</summary>
    Partial,

    /// <summary>In production.</summary>
    Full,
}

/// <summary>A drill of the plan.</summary>
public sealed record PlannedDrill
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What is to be learned, each as a sentence.</summary>
    public IReadOnlyList<string> Goals { get; init; } = [];

    /// <summary>What happens.</summary>
    public required DrillScenario Scenario { get; init; }

    /// <summary>How far it goes.</summary>
    public DrillLevel Level { get; init; } = DrillLevel.Partial;

    /// <summary>Names of the services that it is about; at least one.</summary>
    public required IReadOnlyList<string> Services { get; init; }

    /// <summary>What must be achieved, where it differs from the objectives of the service: RTO.</summary>
    public TimeSpan? Rto { get; init; }

    /// <summary>What must be achieved, where it differs from the objectives of the service: RPO.</summary>
    public TimeSpan? Rpo { get; init; }

    /// <summary>What belongs to it and what does not, each as a sentence.</summary>
    public IReadOnlyList<string> Scope { get; init; } = [];

    /// <summary>Who takes part.</summary>
    public IReadOnlyList<PlannedPerson> Participants { get; init; } = [];

    /// <summary>What must hold for it to have passed, beside the objectives and the checks of its services; each as a sentence
    /// for people, who say whether it held.</summary>
    public IReadOnlyList<string> SuccessCriteria { get; init; } = [];

    /// <summary>Whether any kept backup is picked, instead of the newest.</summary>
    public bool RandomBackup { get; init; }

    /// <summary>Whether the kept backup is picked that was never restored, or whose last restore is longest ago.</summary>
    public bool LeastTested { get; init; }

    /// <summary>How often it is to be held.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>Absolute path of the script of a custom scenario.</summary>
    public string? Runbook { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }

    /// <summary>What must be achieved for a service.</summary>
    public Objectives ObjectivesFor(PlannedService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return new(Rto ?? service.Objectives.Rto, Rpo ?? service.Objectives.Rpo);
    }
}
