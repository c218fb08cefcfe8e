using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>What a server in recovery is doing.</summary>
public enum RecoveryState
{
    /// <summary>No server runs.</summary>
    NotRunning,

    /// <summary>It runs, and answers nobody yet: it is not consistent, or does not answer during recovery.</summary>
    Starting,

    /// <summary>It replays its log, and answers queries.</summary>
    Replaying,

    /// <summary>It was paused, or has reached its target and waits there.</summary>
    Paused,

    /// <summary>Recovery is over: it accepts writes.</summary>
    Finished,
}

/// <summary>How far a recovery is.</summary>
public sealed record RecoveryProgress
{
    /// <summary>The data directory, where it is known.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>What the server is doing.</summary>
    public required RecoveryState State { get; init; }

    /// <summary>When this was found out, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Up to where the log was replayed.</summary>
    public Lsn? Position { get; init; }

    /// <summary>Commit time of the last transaction that was replayed, UTC.</summary>
    public DateTimeOffset? LastCommit { get; init; }

    /// <summary>The target, as it stands in the server's settings; <see langword="null"/> for the end of the log.</summary>
    public string? Target { get; init; }

    /// <summary>Where the log ends, where that is known: the end of the archive, or a target position.</summary>
    public Lsn? End { get; init; }

    /// <summary>Log replayed per second since the last look (or since the server was started), bytes.</summary>
    public double? BytesPerSecond { get; init; }

    /// <summary>Log that is left, bytes.</summary>
    public long? RemainingBytes => End is { } end && Position is { } position ? (end > position ? (long)(end.Value - position.Value) : 0) : null;

    /// <summary>How long that takes at the present rate.</summary>
    public TimeSpan? Remaining => RemainingBytes is { } bytes && BytesPerSecond is > 0 and { } rate ? TimeSpan.FromSeconds(Math.Min(bytes / rate, TimeSpan.MaxValue.TotalSeconds / 2)) : null;

    /// <summary>Time since the server was started.</summary>
    public TimeSpan? Elapsed { get; init; }

    /// <summary>Why it is paused, in the server's words (<c>paused</c>, <c>pause requested</c>).</summary>
    public string? PauseState { get; init; }

    /// <summary>Settings for lack of which replay is paused, and what they have to be at least: the original was given more
    /// after the backup. Such a pause is not the target's.</summary>
    public IReadOnlyDictionary<string, int> TooLow { get; init; } = new Dictionary<string, int>();

    /// <summary>The last lines of its log, where the log is in the data directory.</summary>
    public IReadOnlyList<string> LogLines { get; init; } = [];

    /// <summary>What should be looked at: more than 1 GB of log left, more than two hours.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
