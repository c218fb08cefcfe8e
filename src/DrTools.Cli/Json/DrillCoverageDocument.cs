using DrTools.Drills.Coverage;

namespace DrTools.Cli.Json;

/// <summary>What <c>drill coverage</c> prints.</summary>
internal sealed record DrillCoveragesDocument(IReadOnlyList<DrillCoverageDocument> Services);

/// <summary>Which kept backups of a service were restored.</summary>
internal sealed record DrillCoverageDocument(
    string Service,
    bool Passed,
    DateTime MeasuredAt,
    double PeriodSeconds,
    int Kept,
    int Covered,
    int NeverTested,
    int Failing,
    double? IntervalSeconds,
    IReadOnlyList<BackupCoverageDocument> Backups,
    IReadOnlyList<DrillFindingDocument> Findings)
{
    public static DrillCoverageDocument Of(DrillCoverage c) => new(
        c.Service,
        c.Passed,
        c.Measured.UtcDateTime,
        Scalars.Seconds(c.Period),
        c.Backups.Count,
        c.Covered,
        c.NeverTested,
        c.Failing,
        c.Interval is { } interval ? Scalars.Seconds(interval) : null,
        [.. c.Backups.Select(BackupCoverageDocument.Of)],
        [.. c.Findings.Select(DrillFindingDocument.Of)]);
}

/// <summary>A kept backup, and how it was tested.</summary>
internal sealed record BackupCoverageDocument(string Source, string Repository, string BackupId, DateTime TakenAt, long Bytes, bool Covered, DateTime DueAt, IReadOnlyList<BackupTestDocument> Tests)
{
    public static BackupCoverageDocument Of(BackupCoverage b) => new(
        b.Source,
        b.Repository,
        b.BackupId,
        b.Taken.UtcDateTime,
        b.Bytes,
        b.IsCovered,
        b.Due.UtcDateTime,
        [.. b.Tests.Select(t => new BackupTestDocument(Scalars.Word(t.Kind), t.Started.UtcDateTime, t.Passed, t.Detail))]);
}

/// <summary>A time that a backup was restored.</summary>
internal sealed record BackupTestDocument(string Kind, DateTime StartedAt, bool Passed, string? Detail);
