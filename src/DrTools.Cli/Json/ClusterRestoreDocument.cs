using DrTools.PostgreSql.Recovery;

namespace DrTools.Cli.Json;

/// <summary>What <c>restore --dry-run</c> of a cluster prints.</summary>
internal sealed record ClusterPlanDocument(
    string BackupId,
    string Source,
    string DataDirectory,
    string Target,
    string TargetAction,
    uint Timeline,
    DateTime? NewestAt,
    string? FirstSegment,
    string? LastSegment,
    long LogBytes,
    long Bytes,
    bool Replaces,
    bool Resumes,
    double? ExpectedSeconds,
    int? Port,
    bool? PortIsTaken,
    IReadOnlyList<SpaceDocument> Space,
    IReadOnlyList<TablespaceDocument> Tablespaces,
    IReadOnlyDictionary<string, string> Settings,
    IReadOnlyList<string> Obstacles,
    IReadOnlyList<string> Notes)
{
    public static ClusterPlanDocument Of(DatabaseRestorePlan plan) => new(
        plan.Backup.Id,
        plan.Backup.Info.Source,
        plan.Options.DataDirectory,
        plan.Target.ToString(),
        Scalars.Word(plan.Options.Action),
        plan.Timeline,
        plan.NewestMoment?.UtcDateTime,
        plan.Segments?.First,
        plan.Segments?.Last,
        plan.WalBytes,
        plan.Bytes,
        plan.IsInUse,
        plan.Resumes,
        plan.ExpectedDuration is { } duration ? Scalars.Seconds(duration) : null,
        plan.Port?.Port,
        plan.Port?.IsTaken,
        [.. plan.Space.Select(s => new SpaceDocument(s.Path, s.NeededBytes, s.FreeBytes, s.Fits))],
        [.. plan.Tablespaces.Select(t => new TablespaceDocument(t.Oid, t.Original, t.Location, t.Bytes))],
        plan.Settings.ToDictionary(s => s.Key, s => s.Value),
        [.. plan.Obstacles.Select(o => $"{o.Message} {o.Remedy}")],
        plan.Notes);
}

/// <summary>Space on one file system.</summary>
internal sealed record SpaceDocument(string Path, long NeededBytes, long FreeBytes, bool Fits);

/// <summary>Where a tablespace goes.</summary>
internal sealed record TablespaceDocument(uint Oid, string Original, string Location, long Bytes);

/// <summary>What <c>restore</c> of a cluster prints.</summary>
internal sealed record ClusterRestoreDocument(bool Passed, ClusterPlanDocument Plan, RestoreDocument Files, RecoveryProgressDocument? Recovery, double? RecoverySeconds, int? Port, string? SocketFolder, int? ConfiguredPort, double Seconds, IReadOnlyList<string> Notes)
{
    public static ClusterRestoreDocument Of(DatabaseRestoreResult result) => new(
        result.Passed,
        ClusterPlanDocument.Of(result.Plan),
        RestoreDocument.Of(result.Files),
        result.Recovery is { } recovery ? RecoveryProgressDocument.Of(recovery) : null,
        result.RecoveryDuration is { } duration ? Scalars.Seconds(duration) : null,
        result.Place?.Port,
        result.Place?.SocketFolder,
        result.Place?.ConfiguredPort,
        Scalars.Seconds(result.Duration),
        result.Notes);
}

/// <summary>What <c>progress</c> prints.</summary>
internal sealed record RecoveryProgressDocument(
    string State, string? DataDirectory, DateTime At, string? Lsn, DateTime? LastCommitAt, string? Target, string? EndLsn, double? BytesPerSecond, long? RemainingBytes, double? RemainingSeconds, IReadOnlyList<string> Warnings)
{
    public static RecoveryProgressDocument Of(RecoveryProgress progress) => new(
        Scalars.Word(progress.State),
        progress.DataDirectory,
        progress.At.UtcDateTime,
        progress.Position?.ToString(),
        progress.LastCommit?.UtcDateTime,
        progress.Target,
        progress.End?.ToString(),
        progress.BytesPerSecond,
        progress.RemainingBytes,
        progress.Remaining is { } remaining ? Scalars.Seconds(remaining) : null,
        progress.Warnings);
}
