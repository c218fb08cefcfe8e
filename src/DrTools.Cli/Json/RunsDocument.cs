using DrTools.Repositories.Journal;
using DrTools.Stores;

namespace DrTools.Cli.Json;

/// <summary>What <c>runs</c> prints.</summary>
internal sealed record RunsDocument(IReadOnlyList<RunDocument> Runs);

/// <summary>A record of the journal.</summary>
internal sealed record RunDocument
{
    public required long Sequence { get; init; }

    public required string Operation { get; init; }

    public required string Outcome { get; init; }

    public required DateTime StartedAt { get; init; }

    public required DateTime FinishedAt { get; init; }

    public required double Seconds { get; init; }

    public required string User { get; init; }

    public required string Host { get; init; }

    public required string? BackupId { get; init; }

    public required string? Source { get; init; }

    public required string? Mode { get; init; }

    public required string? Reason { get; init; }

    public required long Entries { get; init; }

    public required long Bytes { get; init; }

    public required long StoredBytes { get; init; }

    public required long IssueCount { get; init; }

    public required string? ErrorId { get; init; }

    public required string? Error { get; init; }

    public required string? Detail { get; init; }

    public required IReadOnlyList<string>? Unusual { get; init; }

    public required StoreTraffic? Traffic { get; init; }

    public static RunDocument Of(RunRecord run) => new()
    {
        Sequence = run.Sequence,
        Operation = run.Operation,
        Outcome = Scalars.Word(run.Outcome),
        StartedAt = run.Started.UtcDateTime,
        FinishedAt = run.Finished.UtcDateTime,
        Seconds = Scalars.Seconds(run.Duration),
        User = run.User,
        Host = run.Host,
        BackupId = run.BackupId,
        Source = run.Source,
        Mode = run.Mode,
        Reason = run.Reason,
        Entries = run.Entries,
        Bytes = run.Bytes,
        StoredBytes = run.StoredBytes,
        IssueCount = run.IssueCount,
        ErrorId = run.ErrorId,
        Error = run.Error,
        Detail = run.Detail,
        Unusual = run.Unusual,
        Traffic = run.Traffic,
    };
}
