using DrTools.Backup;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tables;

/// <summary>What a restore of tables came to.</summary>
public sealed record TableRestoreResult
{
    /// <summary>The backup that they are from.</summary>
    public required BackupInfo Backup { get; init; }

    /// <summary>The moment that was asked for, for people.</summary>
    public required string Moment { get; init; }

    /// <summary>Up to where the log was replayed; <see langword="null"/> for a logical backup.</summary>
    public Lsn? Position { get; init; }

    /// <summary>Commit time of the last transaction that is in it, UTC, if it is known.</summary>
    public DateTimeOffset? LastCommit { get; init; }

    /// <summary>The database that they were in.</summary>
    public required string Database { get; init; }

    /// <summary>The tables, each with what was made and what was left out.</summary>
    public required IReadOnlyList<RestoredTable> Tables { get; init; }

    /// <summary>How long it took until the past could be asked: restore and recovery.</summary>
    public TimeSpan PreparationDuration { get; init; }

    /// <summary>How long it took in all.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What is worth knowing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Rows written.</summary>
    public long Rows => Tables.Sum(t => t.Rows);
}
