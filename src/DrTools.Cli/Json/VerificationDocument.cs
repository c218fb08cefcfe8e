using DrTools.Sources;
using DrTools.Verification;

namespace DrTools.Cli.Json;

/// <summary>What <c>verify</c> prints.</summary>
internal sealed record VerificationDocument(bool Passed, CheckDocument? Check, IReadOnlyList<VerifiedBackupDocument> Backups);

/// <summary>A backup that was verified.</summary>
internal sealed record VerifiedBackupDocument
{
    public required string BackupId { get; init; }

    public required string? Source { get; init; }

    public required string? Host { get; init; }

    public required bool Passed { get; init; }

    public required string Level { get; init; }

    public required int Percent { get; init; }

    public required string Proves { get; init; }

    public required DateTime VerifiedAt { get; init; }

    public required double Seconds { get; init; }

    public required int Packs { get; init; }

    public required long CheckedBytes { get; init; }

    public required long TotalBytes { get; init; }

    public required long CheckedEntries { get; init; }

    public required IReadOnlyList<FindingDocument> Findings { get; init; }

    public required IReadOnlyList<SourceCheckDocument> Checks { get; init; }

    public required double? RestoreSeconds { get; init; }

    public static VerifiedBackupDocument Of(VerifyResult result) => new()
    {
        BackupId = result.BackupId,
        Source = result.Backup?.Source,
        Host = result.Backup?.Host,
        Passed = result.Passed,
        Level = Scalars.Word(result.Level),
        Percent = result.Percent,
        Proves = result.Proves,
        VerifiedAt = result.Verified.UtcDateTime,
        Seconds = Scalars.Seconds(result.Duration),
        Packs = result.Packs,
        CheckedBytes = result.CheckedBytes,
        TotalBytes = result.TotalBytes,
        CheckedEntries = result.CheckedEntries,
        Findings = FindingDocument.Of(result.Findings),
        Checks = SourceCheckDocument.Of(result.Checks),
        RestoreSeconds = result.RestoreDuration is { } duration ? Scalars.Seconds(duration) : null,
    };
}

/// <summary>What <c>check</c> prints.</summary>
internal sealed record CheckDocument(
    string Location,
    Guid RepositoryId,
    bool Passed,
    int Backups,
    int Packs,
    long StoredBytes,
    int Logs,
    int ReadLogs,
    int OrphanedPacks,
    long JournalRecords,
    IReadOnlyList<FindingDocument> Findings)
{
    public static CheckDocument Of(RepositoryCheckResult result) => new(
        result.Location,
        result.RepositoryId,
        result.Passed,
        result.Backups,
        result.Packs,
        result.StoredBytes,
        result.Logs,
        result.ReadLogs,
        result.OrphanedPacks,
        result.JournalRecords,
        FindingDocument.Of(result.Findings));
}

/// <summary>Something that is wrong.</summary>
internal sealed record FindingDocument(string Object, string Problem, long AffectedEntryCount, IReadOnlyList<string> AffectedEntries)
{
    public static IReadOnlyList<FindingDocument> Of(IReadOnlyList<VerifyFinding> findings) =>
        [.. findings.Select(f => new FindingDocument(f.Object, f.Problem, f.AffectedEntryCount, f.AffectedEntries))];
}

/// <summary>A check by the source's own means.</summary>
internal sealed record SourceCheckDocument(string Name, bool Passed, string Detail, double Seconds)
{
    public static IReadOnlyList<SourceCheckDocument> Of(IReadOnlyList<SourceCheck> checks) =>
        [.. checks.Select(c => new SourceCheckDocument(c.Name, c.Passed, c.Detail, Scalars.Seconds(c.Duration)))];
}
