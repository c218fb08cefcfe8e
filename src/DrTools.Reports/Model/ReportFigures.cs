using DrTools.Backup;
using DrTools.Plans;

namespace DrTools.Reports;

/// <summary>How pressing a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Data could be lost, or is not known to be safe.</summary>
    Critical,

    /// <summary>Not as planned, or not as usual.</summary>
    Warning,

    /// <summary>To be known.</summary>
    Information,
}

/// <summary>Something that a reader has to do something about.</summary>
/// <param name="Severity">How pressing it is.</param>
/// <param name="Service">The service, if it is about one.</param>
/// <param name="Source">The source, if it is about one.</param>
/// <param name="Problem">What it is, as a sentence.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Records">The records that say so.</param>
public sealed record ReportFinding(FindingSeverity Severity, string? Service, string? Source, string Problem, string Remedy, IReadOnlyList<RecordReference> Records);

/// <summary>A record of a journal.</summary>
/// <param name="Repository">Name of the repository in the plan.</param>
/// <param name="Sequence">Its number.</param>
public sealed record RecordReference(string Repository, long Sequence)
{
    /// <summary>As in <c>near #12</c>.</summary>
    public override string ToString() => $"{Repository} #{Sequence}";
}

/// <summary>Everything together.</summary>
public sealed record ReportTotals
{
    /// <summary>Backups that were due by the schedules.</summary>
    public int BackupsDue { get; init; }

    /// <summary>Of these, those that were not taken.</summary>
    public int BackupsMissed { get; init; }

    /// <summary>Backups that were taken, with those that no schedule asked for.</summary>
    public int BackupsTaken { get; init; }

    /// <summary>Of these, those in which some entries are missing.</summary>
    public int BackupsPartial { get; init; }

    /// <summary>Backups that were begun and came to nothing.</summary>
    public int BackupsFailed { get; init; }

    /// <summary>Of all that was due or begun, the share that was taken, 0 to 1; none when nothing was.</summary>
    public double? BackupSuccessRate { get; init; }

    /// <summary>Copies into other repositories that were made.</summary>
    public int CopiesMade { get; init; }

    /// <summary>Copies that failed.</summary>
    public int CopiesFailed { get; init; }

    /// <summary>Verifications that found nothing wrong.</summary>
    public int VerificationsPassed { get; init; }

    /// <summary>Verifications that found something, or failed.</summary>
    public int VerificationsFailed { get; init; }

    /// <summary>Restores that succeeded.</summary>
    public int RestoresSucceeded { get; init; }

    /// <summary>Restores that failed.</summary>
    public int RestoresFailed { get; init; }

    /// <summary>Drills that passed.</summary>
    public int DrillsPassed { get; init; }

    /// <summary>Drills that did not.</summary>
    public int DrillsFailed { get; init; }

    /// <summary>Bytes that were written to the repositories.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Bytes that expiry has freed.</summary>
    public long FreedBytes { get; init; }

    /// <summary>Time that backups took together.</summary>
    public TimeSpan BackupTime { get; init; }

    /// <summary>Requests to stores that count them.</summary>
    public long StoreRequests { get; init; }
}

/// <summary>A service.</summary>
public sealed record ServiceFigures
{
    /// <summary>Its name.</summary>
    public required string Service { get; init; }

    /// <summary>Backups that were due.</summary>
    public int Due { get; init; }

    /// <summary>Backups that were taken.</summary>
    public int Taken { get; init; }

    /// <summary>Backups that were missed.</summary>
    public int Missed { get; init; }

    /// <summary>Backups that failed.</summary>
    public int Failed { get; init; }

    /// <summary>Of all that was due or begun, the share that was taken.</summary>
    public double? SuccessRate { get; init; }

    /// <summary>Drills of the time that passed.</summary>
    public int DrillsPassed { get; init; }

    /// <summary>Drills of the time that did not.</summary>
    public int DrillsFailed { get; init; }

    /// <summary>The last drill, also one before the time.</summary>
    public DrillFigures? LastDrill { get; init; }

    /// <summary>Each of its sources.</summary>
    public required IReadOnlyList<SourceFigures> Sources { get; init; }
}

/// <summary>A source.</summary>
public sealed record SourceFigures
{
    /// <summary>Its canonical name.</summary>
    public required string Source { get; init; }

    /// <summary>Name of the repository that its backups are taken into.</summary>
    public required string Repository { get; init; }

    /// <summary>Backups that were due.</summary>
    public int Due { get; init; }

    /// <summary>Backups that were taken.</summary>
    public int Taken { get; init; }

    /// <summary>Of these, those in which some entries are missing.</summary>
    public int Partial { get; init; }

    /// <summary>Of these, those that came much later than they were due.</summary>
    public int Late { get; init; }

    /// <summary>Backups that failed.</summary>
    public int Failed { get; init; }

    /// <summary>Backups that were missed.</summary>
    public required IReadOnlyList<MissedBackups> Missed { get; init; }

    /// <summary>The newest backup of the time or before it.</summary>
    public BackupFigures? Newest { get; init; }

    /// <summary>The last backup before the time.</summary>
    public BackupFigures? Before { get; init; }

    /// <summary>Bytes that its backups have stored in the time.</summary>
    public long StoredBytes { get; init; }

    /// <summary>The longest time without a new backup, within the time or reaching into it: what could have been lost without a
    /// log.</summary>
    public TimeSpan? LongestGap { get; init; }

    /// <summary>What can be restored from, by what the journal says was taken and was not removed.</summary>
    public KeptBackups? Kept { get; init; }

    /// <summary>Verifications of the time, and the last ever, by level.</summary>
    public required IReadOnlyList<ProofFigures> Proofs { get; init; }

    /// <summary>How long things took, against what they took before.</summary>
    public required IReadOnlyList<PerformanceFigures> Performance { get; init; }

    /// <summary>Its backups over the time.</summary>
    public required IReadOnlyList<BackupSlot> Slots { get; init; }
}

/// <summary>A backup.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its type.</param>
/// <param name="Started">When it was started, UTC.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Bytes">Its content, bytes.</param>
/// <param name="StoredBytes">What it added to the repository, bytes.</param>
/// <param name="Record">The record that says so.</param>
public sealed record BackupFigures(string Id, BackupType Type, DateTimeOffset Started, TimeSpan Duration, long Bytes, long StoredBytes, RecordReference Record);

/// <summary>Backups that were due and not taken.</summary>
/// <param name="Schedule">The schedule that asked for them.</param>
/// <param name="Due">When the first of them was due, UTC.</param>
/// <param name="Count">How many.</param>
/// <param name="Until">When the next one was taken, UTC; none was when there is none.</param>
public sealed record MissedBackups(string Schedule, DateTimeOffset Due, int Count, DateTimeOffset? Until);

/// <summary>Backups that are kept.</summary>
/// <param name="Count">How many.</param>
/// <param name="Oldest">When the oldest was started, UTC.</param>
/// <param name="Newest">When the newest was started, UTC.</param>
/// <param name="Moments">When each was started, UTC; the newest of them, at most 400.</param>
/// <param name="Tested">How many were restored as a whole and came back, within the year before.</param>
/// <param name="NeverTested">How many never were.</param>
/// <param name="Untested">Ids of those, the oldest first, at most 20.</param>
public sealed record KeptBackups(int Count, DateTimeOffset Oldest, DateTimeOffset Newest, IReadOnlyList<DateTimeOffset> Moments, int Tested, int NeverTested, IReadOnlyList<string> Untested);

/// <summary>What has proven that backups can be used.</summary>
/// <param name="Kind"><c>catalog</c>, <c>sample</c> (a share of the content), <c>content</c> (all of it), <c>restore</c>.</param>
/// <param name="Passed">How many of the time passed.</param>
/// <param name="Failed">How many of the time did not.</param>
/// <param name="LastPassed">When the last one passed, in the time or before, UTC.</param>
public sealed record ProofFigures(string Kind, int Passed, int Failed, DateTimeOffset? LastPassed);

/// <summary>How long something took, against what it took before.</summary>
/// <param name="What">What was done.</param>
/// <param name="Unit"><c>seconds</c>, or <c>bytes per second</c>.</param>
/// <param name="Baseline">Median of the 30 days before the time.</param>
/// <param name="BaselineCount">How many measurements that is of.</param>
/// <param name="Now">Median of the time.</param>
/// <param name="Count">How many measurements that is of.</param>
/// <param name="Change">Now against the baseline: 0.25 is a quarter more; none where there are too few measurements.</param>
/// <param name="IsWithin">Whether that is within ±20 %, or too small in all to matter; none where it is not known.</param>
public sealed record PerformanceFigures(string What, string Unit, double? Baseline, int BaselineCount, double Now, int Count, double? Change, bool? IsWithin);

/// <summary>Backups of an hour or a day.</summary>
/// <param name="From">When it begins, UTC.</param>
/// <param name="Taken">How many were taken.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="Missed">How many were missed.</param>
/// <param name="StoredBytes">What they stored.</param>
/// <param name="Bytes">Content of the last one; none when there was none.</param>
/// <param name="Longest">The longest that one took.</param>
public sealed record BackupSlot(DateTimeOffset From, int Taken, int Failed, int Missed, long StoredBytes, long? Bytes, TimeSpan? Longest);

/// <summary>A run that did not succeed.</summary>
/// <param name="Operation">What was to be done.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Service">The service, where the source belongs to one.</param>
/// <param name="Source">The source.</param>
/// <param name="Started">When it was started, UTC.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="Record">The record that says so.</param>
public sealed record FailedRun(string Operation, string Outcome, string? Service, string? Source, DateTimeOffset Started, string Error, RecordReference Record);

/// <summary>A drill.</summary>
public sealed record DrillFigures
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>What happened.</summary>
    public required DrillScenario Scenario { get; init; }

    /// <summary>How far it went.</summary>
    public required DrillLevel Level { get; init; }

    /// <summary>Name of the plan's drill, if it was one.</summary>
    public string? Drill { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Whether it passed.</summary>
    public required bool Passed { get; init; }

    /// <summary>Measured recovery time.</summary>
    public TimeSpan? Rto { get; init; }

    /// <summary>Measured recovery point.</summary>
    public TimeSpan? Rpo { get; init; }

    /// <summary>The recovery time objective that it was held against.</summary>
    public required TimeSpan RtoObjective { get; init; }

    /// <summary>The recovery point objective that it was held against.</summary>
    public required TimeSpan RpoObjective { get; init; }

    /// <summary>How many checks there were.</summary>
    public required int Checks { get; init; }

    /// <summary>How many of them passed.</summary>
    public required int PassedChecks { get; init; }

    /// <summary>What was in the way first, if anything was.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether any kept backup was picked.</summary>
    public bool RandomBackup { get; init; }

    /// <summary>The record that names its result.</summary>
    public required RecordReference Record { get; init; }
}
