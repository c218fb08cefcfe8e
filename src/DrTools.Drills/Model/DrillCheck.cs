namespace DrTools.Drills;

/// <summary>What a check is about.</summary>
public enum DrillCheckKind
{
    /// <summary>The drill can be held.</summary>
    Preparation,

    /// <summary>The backup is whole.</summary>
    BackupIntegrity,

    /// <summary>The event did the damage that it was meant to do: a recovery from nothing proves nothing.</summary>
    Damage,

    /// <summary>The data is back, by its engine's own means and the counts that were recorded with the backup.</summary>
    Recovered,

    /// <summary>The data agrees: with what was there before, and with itself.</summary>
    Consistency,

    /// <summary>The application answers.</summary>
    Application,

    /// <summary>Names lead where they should.</summary>
    Names,

    /// <summary>An objective is met.</summary>
    Objective,

    /// <summary>A step was gone through: talked through by a team, or done by a runbook.</summary>
    Course,

    /// <summary>A criterion that people judge.</summary>
    Criterion,
}

/// <summary>How a check ended.</summary>
public enum DrillOutcome
{
    /// <summary>It held.</summary>
    Passed,

    /// <summary>It did not hold.</summary>
    Failed,

    /// <summary>It could not run. It has not passed.</summary>
    NotRun,
}

/// <summary>Something that had to hold.</summary>
public sealed record DrillCheck
{
    /// <summary>What it is about.</summary>
    public required DrillCheckKind Kind { get; init; }

    /// <summary>Canonical name of the source; <see langword="null"/> for the service as a whole.</summary>
    public string? Source { get; init; }

    /// <summary>What was checked.</summary>
    public required string Name { get; init; }

    /// <summary>How it ended.</summary>
    public required DrillOutcome Outcome { get; init; }

    /// <summary>The figures, what is wrong, or why it could not run.</summary>
    public required string Detail { get; init; }

    /// <summary>Whether it may be left out for lack of something that the data does not need (a tool that is not
    /// installed). Only one that did not run can be.</summary>
    public bool IsOptional { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Whether it keeps the drill from passing.</summary>
    public bool IsInTheWay => Outcome == DrillOutcome.Failed || (Outcome == DrillOutcome.NotRun && !IsOptional);
}

/// <summary>Something that was wrong, or that should be better.</summary>
/// <param name="Source">Canonical name of the source, if it is about one.</param>
/// <param name="Problem">What, as a sentence.</param>
/// <param name="Remedy">What to do, as a sentence.</param>
public sealed record DrillFinding(string? Source, string Problem, string Remedy)
{
    /// <summary>Stable id of the error behind it, if there is one.</summary>
    public string? ErrorId { get; init; }

    /// <summary>Name of the check that it explains, if that has not passed because of it.</summary>
    public string? Check { get; init; }
}
