using DrTools.PostgreSql.Tables;

namespace DrTools.Cli.Json;

/// <summary>What <c>restore-table</c> prints.</summary>
internal sealed record TableRestoreDocument(
    string BackupId,
    string Source,
    string Moment,
    string? Lsn,
    DateTime? LastCommitAt,
    string Database,
    long Rows,
    IReadOnlyList<RestoredTableDocument> Tables,
    double PreparationSeconds,
    double Seconds,
    IReadOnlyList<string> Notes)
{
    public static TableRestoreDocument Of(TableRestoreResult result) => new(
        result.Backup.Id,
        result.Backup.Source,
        result.Moment,
        result.Position?.ToString(),
        result.LastCommit?.UtcDateTime,
        result.Database,
        result.Rows,
        [.. result.Tables.Select(RestoredTableDocument.Of)],
        Scalars.Seconds(result.PreparationDuration),
        Scalars.Seconds(result.Duration),
        result.Notes);
}

/// <summary>A table that was brought back.</summary>
internal sealed record RestoredTableDocument(
    string Table,
    string Target,
    long Rows,
    long PresentRows,
    long Bytes,
    IReadOnlyList<string> Indexes,
    IReadOnlyList<string> Constraints,
    IReadOnlyList<SequenceDocument> Sequences,
    IReadOnlyList<string> LeftOut)
{
    public static RestoredTableDocument Of(RestoredTable table) => new(
        table.Table,
        table.Target,
        table.Rows,
        table.PresentRows,
        table.Bytes,
        table.Indexes,
        table.Constraints,
        [.. table.Sequences.Select(s => new SequenceDocument(s.Name, s.Value))],
        [.. table.LeftOut.Select(l => $"{l.What}: {l.Why}")]);
}

/// <summary>A sequence that was made.</summary>
internal sealed record SequenceDocument(string Name, long Value);
