using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Scratch;

/// <summary>How far the recovery of a scratch instance is.</summary>
/// <param name="Position">The last position known to be replayed, if any.</param>
/// <param name="Segment">The file of the log that was last asked for, if any.</param>
/// <param name="Files">Number of files of the log fetched.</param>
/// <param name="Elapsed">Time since the recovery was started.</param>
public readonly record struct ScratchProgress(Lsn? Position, string? Segment, long Files, TimeSpan Elapsed);

/// <summary>What the recovery of a scratch instance came to.</summary>
public sealed record ScratchRecovery
{
    /// <summary>How long it took, from the start of the server until it could be asked.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Up to where the log was replayed.</summary>
    public Lsn? Position { get; init; }

    /// <summary>Commit time of the last transaction that was replayed, UTC; <see langword="null"/> when there was none.</summary>
    public DateTimeOffset? LastCommit { get; init; }

    /// <summary>In the server's words, where recovery stopped; <see langword="null"/> when it went to the end.</summary>
    public string? StopReason { get; init; }

    /// <summary>Number of files of the log that were fetched.</summary>
    public long Files { get; init; }
}
