namespace DrTools.Drills;

/// <summary>What happens in a drill, in this order.</summary>
public enum DrillStep
{
    /// <summary>The backup is fetched from the plan's repository and restored into a scratch folder: the stand-in.</summary>
    Prepare,

    /// <summary>Canaries are written into the stand-in, which is protected meanwhile as the plan says.</summary>
    Protect,

    /// <summary>The event is done to the stand-in.</summary>
    Event,

    /// <summary>Recovery: the damage is seen.</summary>
    Detect,

    /// <summary>Recovery: what to recover from, and to which moment.</summary>
    Decide,

    /// <summary>Recovery: the backup is fetched from the plan's repository and restored into another scratch folder.</summary>
    Restore,

    /// <summary>Recovery: what was protected since the backup is brought in.</summary>
    Replay,

    /// <summary>Recovery: all that shows that the service is back.</summary>
    Check,

    /// <summary>Recovery: users and applications are led to what was recovered.</summary>
    Switch,
}

/// <summary>A step as it went.</summary>
public sealed record DrillPhase
{
    /// <summary>The step.</summary>
    public required DrillStep Step { get; init; }

    /// <summary>Canonical name of the source that it was about; <see langword="null"/> for the service as a whole.</summary>
    public string? Source { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>What it is called, where that says more than <see cref="Step"/>: of a tabletop and of a runbook.</summary>
    public string? Name { get; init; }

    /// <summary>How long it should take, by the plan or the runbook.</summary>
    public TimeSpan? Expected { get; init; }

    /// <summary>Who or what did it.</summary>
    public required string By { get; init; }

    /// <summary>What was done, in figures.</summary>
    public required string Detail { get; init; }

    /// <summary>Whether it counts towards the recovery time.</summary>
    public bool IsRecovery => Step > DrillStep.Event;

    /// <summary>What it is called.</summary>
    public string Title => Name ?? Step.Title();
}

/// <summary>How far a drill is.</summary>
/// <param name="Step">The step.</param>
/// <param name="Source">The source that it is about, if it is about one.</param>
/// <param name="Phase">How it went; <see langword="null"/> while it runs.</param>
/// <param name="Failed">Checks of it that have not passed.</param>
public readonly record struct DrillProgress(DrillStep Step, string? Source, DrillPhase? Phase, IReadOnlyList<DrillCheck> Failed);
