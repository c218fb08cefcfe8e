using DrTools.Plans;

namespace DrTools.Drills;

/// <summary>What a drill came to.</summary>
public sealed record DrillResult
{
    /// <summary>Its id: the UTC time it was started and a random suffix (<c>20261121T024501Z-7f3a9c21</c>).</summary>
    public required string Id { get; init; }

    /// <summary>Name of the plan.</summary>
    public required string Plan { get; init; }

    /// <summary>Name of the service.</summary>
    public required string Service { get; init; }

    /// <summary>Name of the plan's drill that was held, if it was one.</summary>
    public string? Drill { get; init; }

    /// <summary>What happened.</summary>
    public required DrillScenario Scenario { get; init; }

    /// <summary>How far it went.</summary>
    public required DrillLevel Level { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended, UTC.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>Who ran it.</summary>
    public required string User { get; init; }

    /// <summary>Where it ran.</summary>
    public required string Host { get; init; }

    /// <summary>Version of DrTools.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>Who takes part, as the plan has it.</summary>
    public IReadOnlyList<string> Participants { get; init; } = [];

    /// <summary>What else must hold for it to have passed, for people to say.</summary>
    public IReadOnlyList<string> SuccessCriteria { get; init; } = [];

    /// <summary>What had to be achieved.</summary>
    public required Objectives Objectives { get; init; }

    /// <summary>Whether any kept backup was picked; with <see cref="Seed"/> the same ones are picked again.</summary>
    public bool RandomBackup { get; init; }

    /// <summary>What the random choices came from.</summary>
    public int Seed { get; init; }

    /// <summary>The backups that it was held with.</summary>
    public IReadOnlyList<DrillBackup> Backups { get; init; } = [];

    /// <summary>What was done.</summary>
    public IReadOnlyList<DrillPhase> Phases { get; init; } = [];

    /// <summary>When the event happened, UTC; <see langword="null"/> when it did not come to that.</summary>
    public DateTimeOffset? Event { get; init; }

    /// <summary>Measured recovery time: from the event until every check had passed; <see langword="null"/> when they did not.</summary>
    public TimeSpan? MeasuredRto { get; init; }

    /// <summary>Measured recovery point: the longest <see cref="DrillLoss.Span"/>; <see langword="null"/> when nothing was
    /// recovered.</summary>
    public TimeSpan? MeasuredRpo { get; init; }

    /// <summary>What each source lost.</summary>
    public IReadOnlyList<DrillLoss> Losses { get; init; } = [];

    /// <summary>Everything that was checked.</summary>
    public IReadOnlyList<DrillCheck> Checks { get; init; } = [];

    /// <summary>What was wrong, or should be better.</summary>
    public IReadOnlyList<DrillFinding> Findings { get; init; } = [];

    /// <summary>What people said, in the order of time: of a tabletop and of a runbook that asks them.</summary>
    public IReadOnlyList<DrillNote> Notes { get; init; } = [];

    /// <summary>Path of the script that was run, if it was one.</summary>
    public string? Runbook { get; init; }

    /// <summary>SHA-256 of that script, lower-case hexadecimal.</summary>
    public string? RunbookHash { get; init; }

    /// <summary>What the drill did not show, each as a sentence.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];

    /// <summary>Whether every check passed, but for optional ones that could not run.</summary>
    public bool Passed => Checks.Count > 0 && !Checks.Any(c => c.IsInTheWay);

    /// <summary>How many checks passed.</summary>
    public int PassedChecks => Checks.Count(c => c.Outcome == DrillOutcome.Passed);

    /// <summary>How many checks did not hold.</summary>
    public int FailedChecks => Checks.Count(c => c.Outcome == DrillOutcome.Failed);

    /// <summary>How many checks could not run.</summary>
    public int NotRunChecks => Checks.Count(c => c.Outcome == DrillOutcome.NotRun);

    /// <summary>How long it took in all.</summary>
    public TimeSpan Duration => Finished - Started;
}
