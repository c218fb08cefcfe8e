using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>What the server is told to be safe, so that it need not keep it for this receiver.</summary>
public enum WalAcknowledgement
{
    /// <summary>What the archive has: complete segments, and partial ones once they are archived.</summary>
    Archived,

    /// <summary>What is flushed to the spool on this host. Choose it where the server commits synchronously to this
    /// receiver (<c>synchronous_standby_names</c>); what is lost with this host is then lost.</summary>
    Spooled,
}

/// <summary>How WAL is received.</summary>
public sealed record WalReceiverOptions
{
    /// <summary>The server.</summary>
    public required ServerAddress Address { get; init; }

    /// <summary>A password from a credential; otherwise the password file or service file serves.</summary>
    public string? Password { get; init; }

    /// <summary>A folder of this host, for this receiver alone, where segments are written until they are archived.</summary>
    public required string SpoolFolder { get; init; }

    /// <summary>The replication slot that makes the server keep what has not been received; without one it may remove it
    /// too early, which ends the receiver.</summary>
    public string? Slot { get; init; }

    /// <summary>Whether the slot is created where there is none.</summary>
    public bool CreateSlot { get; init; }

    /// <summary>Whether the slot that is created goes with the connection.</summary>
    public bool TemporarySlot { get; init; }

    /// <summary>What the server is told to be safe.</summary>
    public WalAcknowledgement Acknowledge { get; init; }

    /// <summary>How often the server hears of this receiver at least.</summary>
    public TimeSpan StatusInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long what has been received may lie unflushed.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often the unfinished segment is archived too, so that the archive itself is never older; zero for only
    /// when the receiver stops or loses the server.</summary>
    public TimeSpan PartialInterval { get; init; }

    /// <summary>How long the server may be silent before the connection counts as lost. Servers report every
    /// <c>wal_sender_timeout</c>/2, 30 s by default, and answer when asked.</summary>
    public TimeSpan ServerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest pause between two attempts to connect or to archive; the first is a second, and each is up to
    /// twice as long as the one before.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to try in vain to connect before giving up; <see langword="null"/> for ever.</summary>
    public TimeSpan? GiveUpAfter { get; init; }

    /// <summary>How long, when stopping, archiving what is left may take; what is not archived stays in the spool.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Complete segments that may wait in the spool; the server then has to wait.</summary>
    public int SpoolLimit { get; init; } = 64;

    /// <summary>Whether to go on from what the server still has when it has removed what comes next. Otherwise that ends the
    /// receiver, because it is a gap in the recovery window.</summary>
    public bool ContinueAfterGap { get; init; }

    /// <summary>Ends it by itself when the log up to here is flushed; <see langword="null"/> for never.</summary>
    public Lsn? StopAt { get; init; }

    /// <summary>Ends it by itself when so many complete segments were archived; <see langword="null"/> for never.</summary>
    public long? StopAfterSegments { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Randomness of the pauses.</summary>
    public Random Random { get; init; } = Random.Shared;
}
