using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>What a receiver is doing.</summary>
public enum WalReceiverState
{
    /// <summary>It connects.</summary>
    Connecting,

    /// <summary>It receives.</summary>
    Streaming,

    /// <summary>It pauses before it tries again.</summary>
    Waiting,

    /// <summary>It archives what is left.</summary>
    Stopping,
}

/// <summary>Why a receiver ended.</summary>
public enum WalReceiverEnd
{
    /// <summary>It was stopped.</summary>
    Stopped,

    /// <summary>The log up to the position that was asked for is safe.</summary>
    PositionReached,

    /// <summary>As many segments as were asked for are archived.</summary>
    SegmentsArchived,

    /// <summary>It could not go on.</summary>
    Failed,
}

/// <summary>How far a receiver is.</summary>
public sealed record WalReceiverStatus
{
    /// <summary>What it is doing.</summary>
    public required WalReceiverState State { get; init; }

    /// <summary>The cluster, decimal; empty before the first connection.</summary>
    public required string SystemIdentifier { get; init; }

    /// <summary>The timeline that is received.</summary>
    public required uint Timeline { get; init; }

    /// <summary>Where receiving began; invalid before that.</summary>
    public Lsn From { get; init; }

    /// <summary>Up to where the log has been received.</summary>
    public required Lsn Received { get; init; }

    /// <summary>Up to where it is flushed to the spool.</summary>
    public required Lsn Flushed { get; init; }

    /// <summary>Up to where it is in the archive.</summary>
    public required Lsn Archived { get; init; }

    /// <summary>Where the server's log ended when it was last heard.</summary>
    public required Lsn ServerEnd { get; init; }

    /// <summary>When the server was last heard, UTC.</summary>
    public required DateTimeOffset LastHeard { get; init; }

    /// <summary>What the server has written and this host has not flushed, bytes: what would be lost with the server now.</summary>
    public long LagBytes => ServerEnd > Flushed ? (long)(ServerEnd.Value - Flushed.Value) : 0;

    /// <summary>What is flushed here and not archived, bytes: what would be lost with the server and this host.</summary>
    public long UnarchivedBytes => Flushed > Archived ? (long)(Flushed.Value - Archived.Value) : 0;

    /// <summary>Files in the spool that are not archived yet.</summary>
    public required int Waiting { get; init; }

    /// <summary>Segments archived.</summary>
    public required long ArchivedSegments { get; init; }

    /// <summary>What was received, bytes.</summary>
    public long ReceivedBytes { get; init; }

    /// <summary>Name of the last copy of an unfinished segment that was archived.</summary>
    public string? UnfinishedSegment { get; init; }

    /// <summary>Places where the server had removed its log before it was received.</summary>
    public int Gaps { get; init; }

    /// <summary>How often the connection was lost.</summary>
    public required int Reconnects { get; init; }

    /// <summary>What went wrong last, or <see langword="null"/>: a sentence with its remedy.</summary>
    public string? Problem { get; init; }
}
