using DrTools.PostgreSql.Replication.Streaming;

namespace DrTools.Cli.Json;

/// <summary>What <c>wal receive</c> prints when it ends.</summary>
internal sealed record LogStreamDocument(
    string Source,
    IReadOnlyList<string> Repositories,
    string? Slot,
    string SystemIdentifier,
    long Timeline,
    string From,
    string To,
    long Segments,
    long Bytes,
    string? UnfinishedSegment,
    string Ended,
    long LagBytes,
    DateTime LastHeardAt,
    int Reconnects,
    int Gaps,
    int Waiting,
    string? Problem,
    string SpoolFolder,
    DateTime StartedAt,
    double Seconds)
{
    public static LogStreamDocument Of(LogStreamResult result) => new(
        result.Source,
        result.Repositories,
        result.Slot,
        result.SystemIdentifier,
        result.Timeline,
        result.From.ToString(),
        result.To.ToString(),
        result.Segments,
        result.Bytes,
        result.UnfinishedSegment,
        Scalars.Word(result.Ended),
        result.LagBytes,
        result.LastHeard.UtcDateTime,
        result.Reconnects,
        result.Gaps,
        result.Waiting,
        result.Problem,
        result.SpoolFolder,
        result.Started.UtcDateTime,
        Scalars.Seconds(result.Duration));
}
