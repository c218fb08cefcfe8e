using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>What receiving a server's log came to.</summary>
public sealed record LogStreamResult
{
    /// <summary>The server.</summary>
    public required string Source { get; init; }

    /// <summary>The repositories.</summary>
    public required IReadOnlyList<string> Repositories { get; init; }

    /// <summary>The replication slot; <see langword="null"/> without one.</summary>
    public required string? Slot { get; init; }

    /// <summary>The cluster, decimal.</summary>
    public required string SystemIdentifier { get; init; }

    /// <summary>The timeline that was received last.</summary>
    public required uint Timeline { get; init; }

    /// <summary>Where receiving began.</summary>
    public required Lsn From { get; init; }

    /// <summary>Up to where the log is in every repository.</summary>
    public required Lsn To { get; init; }

    /// <summary>Segments archived.</summary>
    public required long Segments { get; init; }

    /// <summary>What was received, bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Name under which the last, unfinished segment is archived; <see langword="null"/> when there is none.</summary>
    public required string? UnfinishedSegment { get; init; }

    /// <summary>Why it ended.</summary>
    public required WalReceiverEnd Ended { get; init; }

    /// <summary>What the server had written, when it was last heard, and no repository has, bytes.</summary>
    public required long LagBytes { get; init; }

    /// <summary>When the server was last heard, UTC.</summary>
    public required DateTimeOffset LastHeard { get; init; }

    /// <summary>How often the connection was lost.</summary>
    public required int Reconnects { get; init; }

    /// <summary>Places where the server had removed its log before it was received.</summary>
    public required int Gaps { get; init; }

    /// <summary>Files that could not be archived, and wait in <see cref="SpoolFolder"/> for the next run.</summary>
    public required int Waiting { get; init; }

    /// <summary>What was wrong at the end; <see langword="null"/> when nothing was.</summary>
    public required string? Problem { get; init; }

    /// <summary>The folder of what is not archived yet.</summary>
    public required string SpoolFolder { get; init; }

    /// <summary>When it was started, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long it ran.</summary>
    public required TimeSpan Duration { get; init; }
}
