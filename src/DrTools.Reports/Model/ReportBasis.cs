using DrTools.Plans;

namespace DrTools.Reports;

/// <summary>What a report is about.</summary>
public enum ReportScope
{
    /// <summary>One drill.</summary>
    Drill,

    /// <summary>A day of the plan's zone.</summary>
    Day,

    /// <summary>A week of the plan's zone, from Monday on.</summary>
    Week,

    /// <summary>A month of the plan's zone.</summary>
    Month,

    /// <summary>From one moment to another.</summary>
    Span,
}

/// <summary>Who a report is for: the same figures, in another order and depth.</summary>
public enum ReportAudience
{
    /// <summary>Those who run backups: the state of each source, every failure, use of resources.</summary>
    Operations,

    /// <summary>Those who answer for it: rates, objectives, trends, what is to be improved.</summary>
    Management,
}

/// <summary>
/// Everything that a report rests on beside the records of the journals: with both, its figures can be worked out again.
/// What is taken from the plan is kept here, for the plan may change.
/// </summary>
public sealed record ReportBasis
{
    /// <summary>What it is about.</summary>
    public required ReportScope Scope { get; init; }

    /// <summary>From when on, UTC.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Until when, UTC, not included.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>When it was made, UTC: what was due later was not missed.</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>Who it is for.</summary>
    public ReportAudience Audience { get; init; }

    /// <summary>Id of the drill that it is about, if it is about one.</summary>
    public string? DrillId { get; init; }

    /// <summary>Name of the plan.</summary>
    public required string Plan { get; init; }

    /// <summary>Id of the plan's time zone.</summary>
    public required string TimeZone { get; init; }

    /// <summary>The services that it is about, in the order of their recovery.</summary>
    public required IReadOnlyList<ReportedService> Services { get; init; }

    /// <summary>The drills of the plan that are to be held of these services.</summary>
    public IReadOnlyList<ReportedDrillPlan> Drills { get; init; } = [];

    /// <summary>The repositories of these services.</summary>
    public required IReadOnlyList<ReportedRepository> Repositories { get; init; }

    /// <summary>Version of DrTools.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>Where it was made.</summary>
    public required string Host { get; init; }

    /// <summary>Who made it.</summary>
    public required string User { get; init; }

    /// <summary>The end of what has been: a report of today ends when it is made.</summary>
    internal DateTimeOffset End => AsOf < To ? AsOf : To;

    /// <summary>The plan's time zone; UTC where this machine does not know it.</summary>
    internal TimeZoneInfo Zone => TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;
}

/// <summary>A service of a report.</summary>
public sealed record ReportedService
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its tier.</summary>
    public required string Tier { get; init; }

    /// <summary>Its recovery time objective.</summary>
    public required TimeSpan Rto { get; init; }

    /// <summary>Its recovery point objective.</summary>
    public required TimeSpan Rpo { get; init; }

    /// <summary>Who answers for it.</summary>
    public IReadOnlyList<string> Owners { get; init; } = [];

    /// <summary>Its data.</summary>
    public IReadOnlyList<ReportedSource> Sources { get; init; } = [];
}

/// <summary>A source of a report.</summary>
public sealed record ReportedSource
{
    /// <summary>Its canonical name.</summary>
    public required string Source { get; init; }

    /// <summary>The host that it is on.</summary>
    public required string Host { get; init; }

    /// <summary>Names of its repositories: backups are taken into the first.</summary>
    public required IReadOnlyList<string> Repositories { get; init; }

    /// <summary>When backups are to be taken.</summary>
    public IReadOnlyList<ReportedSchedule> Schedules { get; init; } = [];

    /// <summary>How much time may pass until its log has arrived, where it is kept.</summary>
    public TimeSpan? LogInterval { get; init; }
}

/// <summary>When backups of a type are to be taken.</summary>
/// <param name="Type">The type: <c>Full</c>, <c>Differential</c> or <c>Incremental</c>.</param>
/// <param name="Every">How often.</param>
/// <param name="Cron">At which times, in the plan's zone.</param>
public sealed record ReportedSchedule(Backup.BackupType Type, TimeSpan? Every, string? Cron)
{
    /// <summary>As in a plan.</summary>
    public override string ToString() => $"{Type.ToString().ToLowerInvariant()} {(Every is { } every ? $"every {PlanDuration.Format(every)}" : $"at {Cron}")}";
}

/// <summary>A drill of the plan.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Scenario">What happens.</param>
/// <param name="Services">What it is about.</param>
/// <param name="Every">How often it is to be held.</param>
public sealed record ReportedDrillPlan(string Name, DrillScenario Scenario, IReadOnlyList<string> Services, TimeSpan? Every);

/// <summary>A repository of a report.</summary>
/// <param name="Name">Its name in the plan.</param>
/// <param name="Id">Its identity; none when it could not be opened.</param>
/// <param name="Location">Where it is.</param>
/// <param name="HeadSequence">Number of the last record of its journal that the report knows; 0 when there was none.</param>
/// <param name="HeadHash">SHA-256 of that record as stored: with the chain it stands for every record before.</param>
/// <param name="Problems">What was wrong with it or its journal when the report was made.</param>
public sealed record ReportedRepository(string Name, Guid? Id, string Location, long HeadSequence, string HeadHash, IReadOnlyList<string> Problems);
