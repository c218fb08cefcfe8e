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

/// <summary>How far a receiver is.</summary>
public sealed record WalReceiverStatus
{
    /// <summary>What it is doing.</summary>
    public required WalReceiverState State { get; init; }

    /// <summary>The cluster, decimal; empty before the first connection.</summary>
    public required string SystemIdentifier { get; init; }

    /// <summary>The timeline that is received.</summary>
    public required uint Timeline { get; init; }

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

    /// <summary>Complete segments in the spool that are not archived yet.</summary>
    public required int Waiting { get; init; }

    /// <summary>Segments archived.</summary>
    public required long ArchivedSegments { get; init; }

    /// <summary>How often the connection was lost.</summary>
    public required int Reconnects { get; init; }

    /// <summary>What went wrong last, or <see langword="null"/>: a sentence with its remedy.</summary>
    public string? Problem { get; init; }
}
