using DrTools.Backup;
using DrTools.Copies;
using DrTools.Sources;
using DrTools.Stores;

namespace DrTools.Cli.Json;

/// <summary>What <c>list</c> prints.</summary>
internal sealed record BackupsDocument(IReadOnlyList<BackupDocument> Backups);

/// <summary>What <c>backup</c> prints.</summary>
internal sealed record BackupRunsDocument(IReadOnlyList<BackupRunDocument> Backups, IReadOnlyList<ErrorInfo> Failed);

/// <summary>A backup that was just taken.</summary>
internal sealed record BackupRunDocument(
    BackupDocument Backup, IReadOnlyList<string> Notes, StoreTraffic? Traffic, IReadOnlyList<BackupPlaceDocument> Repositories)
{
    public static BackupRunDocument Of(SeveralResult result) => new(
        BackupDocument.Of(result.Taken.Backup),
        result.Taken.Notes,
        result.Taken.Backup.Traffic,
        [.. result.Repositories.Select(r => new BackupPlaceDocument(r.Repository.Location, r.Error is null, !r.WasTakenHere, r.Copy?.StoredBytes ?? (r.WasTakenHere ? result.Taken.Backup.StoredBytes : 0), r.Error?.Message))]);
}

/// <summary>What became of a backup in one of the repositories.</summary>
internal sealed record BackupPlaceDocument(string Repository, bool Stored, bool Copy, long StoredBytes, string? Problem);

/// <summary>A backup.</summary>
internal sealed record BackupDocument
{
    public required string Id { get; init; }

    public required string Source { get; init; }

    public required string Host { get; init; }

    public required string Type { get; init; }

    public required long Sequence { get; init; }

    public required string? ParentId { get; init; }

    public required string FullId { get; init; }

    public required DateTime StartedAt { get; init; }

    public required DateTime FinishedAt { get; init; }

    public required double Seconds { get; init; }

    public required string? Reason { get; init; }

    public required bool Partial { get; init; }

    public required bool Pinned { get; init; }

    public required string? PinReason { get; init; }

    public required long Files { get; init; }

    public required long Directories { get; init; }

    public required long Others { get; init; }

    public required long FilesRead { get; init; }

    public required long SourceBytes { get; init; }

    public required long HoleBytes { get; init; }

    public required long ReadBytes { get; init; }

    public required long NewBytes { get; init; }

    public required long StoredBytes { get; init; }

    public required int StoredObjects { get; init; }

    public required IReadOnlyList<string> Unusual { get; init; }

    public required long IssueCount { get; init; }

    public required IReadOnlyList<IssueDocument> Issues { get; init; }

    public required string? Engine { get; init; }

    public required IReadOnlyList<TableDocument> Tables { get; init; }

    public required IReadOnlyDictionary<string, string> Details { get; init; }

    public required IReadOnlyList<string> Exclude { get; init; }

    public required string ToolVersion { get; init; }

    public required string? CopiedFrom { get; init; }

    public required DateTime? CopiedAt { get; init; }

    public static BackupDocument Of(BackupInfo backup) => new()
    {
        Id = backup.Id,
        Source = backup.Source,
        Host = backup.Host,
        Type = Scalars.Word(backup.Type),
        Sequence = backup.Sequence,
        ParentId = backup.ParentId,
        FullId = backup.FullId,
        StartedAt = backup.Started.UtcDateTime,
        FinishedAt = backup.Finished.UtcDateTime,
        Seconds = Scalars.Seconds(backup.Duration),
        Reason = backup.Reason,
        Partial = backup.IsPartial,
        Pinned = backup.IsPinned,
        PinReason = backup.PinReason,
        Files = backup.Files,
        Directories = backup.Directories,
        Others = backup.Others,
        FilesRead = backup.FilesRead,
        SourceBytes = backup.SourceBytes,
        HoleBytes = backup.HoleBytes,
        ReadBytes = backup.ReadBytes,
        NewBytes = backup.NewBytes,
        StoredBytes = backup.StoredBytes,
        StoredObjects = backup.StoredObjects,
        Unusual = backup.Unusual ?? [],
        IssueCount = backup.IssueCount,
        Issues = IssueDocument.Of(backup.Issues),
        Engine = backup.Facts.Engine,
        Tables = [.. backup.Facts.Tables.Select(t => new TableDocument(t.Table, t.Rows))],
        Details = backup.Facts.Details,
        Exclude = backup.Exclude,
        ToolVersion = backup.ToolVersion,
        CopiedFrom = backup.CopiedFrom?.Location,
        CopiedAt = backup.CopiedFrom?.Copied.UtcDateTime,
    };
}

/// <summary>Rows of a table at the moment of the backup.</summary>
internal sealed record TableDocument(string Table, long Rows);

/// <summary>An entry that is missing or not as it should be.</summary>
internal sealed record IssueDocument(string Path, string Problem, bool Loss)
{
    public static IReadOnlyList<IssueDocument> Of(IReadOnlyList<EntryIssue> issues) =>
        [.. issues.Select(i => new IssueDocument(i.Path, i.Problem, i.IsLoss))];
}
