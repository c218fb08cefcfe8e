using DrTools.PostgreSql.Logical;

namespace DrTools.Cli.Json;

/// <summary>What <c>restore</c> of a logical backup prints.</summary>
internal sealed record LogicalRestoreDocument(
    string BackupId,
    string Source,
    string Target,
    string Database,
    bool Passed,
    bool Created,
    long Bytes,
    int Tables,
    long Rows,
    double Seconds,
    IReadOnlyList<SourceCheckDocument> Checks,
    IReadOnlyList<string> Notes)
{
    public static LogicalRestoreDocument Of(LogicalRestoreResult result) => new(
        result.Backup.Id,
        result.Backup.Source,
        result.Target,
        result.Database,
        result.Passed,
        result.Created,
        result.Bytes,
        result.Tables,
        result.Rows,
        Scalars.Seconds(result.Duration),
        SourceCheckDocument.Of(result.Checks),
        result.Notes);
}
