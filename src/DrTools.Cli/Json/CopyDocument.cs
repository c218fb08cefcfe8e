using DrTools.Copies;
using DrTools.Stores;

namespace DrTools.Cli.Json;

/// <summary>What <c>copy</c> prints.</summary>
internal sealed record CopyDocument(
    string Repository,
    string To,
    bool DryRun,
    bool Passed,
    string Proves,
    IReadOnlyList<CopiedBackupDocument> Backups,
    CopiedLogsDocument Logs,
    long ReadBytes,
    long StoredBytes,
    StoreTraffic? SourceTraffic,
    StoreTraffic? TargetTraffic,
    double Seconds,
    IReadOnlyList<string> Notes)
{
    public static CopyDocument Of(CopyResult result) => new(
        result.SourceRepository,
        result.TargetRepository,
        result.IsDryRun,
        result.Passed,
        result.Proves,
        [.. result.Backups.Select(CopiedBackupDocument.Of)],
        new CopiedLogsDocument(
            result.Logs.Copied,
            result.Logs.StoredBytes,
            result.Logs.AlreadyThere,
            [.. result.Logs.Refused.Select(l => new RefusedLogDocument(l.Name.ToString(), l.Error.Message))]),
        result.ReadBytes,
        result.StoredBytes,
        result.SourceTraffic,
        result.TargetTraffic,
        Scalars.Seconds(result.Duration),
        result.Notes);
}

/// <summary>A backup that was to be copied.</summary>
internal sealed record CopiedBackupDocument(
    string BackupId,
    string Source,
    string Host,
    string Type,
    string Outcome,
    int Packs,
    int CopiedPacks,
    int ReadBackPacks,
    int ListedPacks,
    long StoredBytes,
    bool Pinned,
    string? Problem,
    IReadOnlyList<FindingDocument> Findings)
{
    public static CopiedBackupDocument Of(CopiedBackup backup) => new(
        backup.BackupId,
        backup.Source,
        backup.Host,
        Scalars.Word(backup.Type),
        Scalars.Word(backup.Outcome),
        backup.Packs,
        backup.CopiedPacks,
        backup.ReadBackPacks,
        backup.ListedPacks,
        backup.StoredBytes,
        backup.IsPinned,
        backup.Problem,
        FindingDocument.Of(backup.Findings));
}

/// <summary>What became of the logs.</summary>
internal sealed record CopiedLogsDocument(int Copied, long StoredBytes, int AlreadyThere, IReadOnlyList<RefusedLogDocument> Refused);

/// <summary>A log that could not be copied.</summary>
internal sealed record RefusedLogDocument(string Name, string Problem);
