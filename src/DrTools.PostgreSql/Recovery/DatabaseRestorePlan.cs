using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>What restoring a cluster would do. Nothing has been changed to find out.</summary>
public sealed record DatabaseRestorePlan
{
    /// <summary>How.</summary>
    public required DatabaseRestoreOptions Options { get; init; }

    /// <summary>The backup to start from.</summary>
    public required PhysicalBackup Backup { get; init; }

    /// <summary>The chain that the backup is part of, the full one first. All of it is in the backup's own manifest.</summary>
    public IReadOnlyList<string> Chain { get; init; } = [];

    /// <summary>The moment as it is told to the server: with the timeline by its number, and the position of the last record
    /// in place of a moment behind the last transaction, where no server would stop by itself.</summary>
    public required RecoveryTarget Target { get; init; }

    /// <summary>The timeline that is followed.</summary>
    public required uint Timeline { get; init; }

    /// <summary>The newest moment that can be reached on it from this backup, UTC.</summary>
    public DateTimeOffset? NewestMoment { get; init; }

    /// <summary>The first and the last segment of the log that are needed from the archive; <see langword="null"/> when
    /// none is.</summary>
    public (string First, string Last)? Segments { get; init; }

    /// <summary>Log to be fetched from the archive and replayed, bytes; an estimate where the target is a time.</summary>
    public long WalBytes { get; init; }

    /// <summary>Content to be written, bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Where tablespaces go.</summary>
    public IReadOnlyList<TablespacePlace> Tablespaces { get; init; } = [];

    /// <summary>Folders of tablespaces that the replaced data directory has and the backup has not; what is in them is set
    /// aside too, and goes with the rest.</summary>
    public IReadOnlyList<string> OtherTablespaces { get; init; } = [];

    /// <summary>Space that is needed and free, for each file system.</summary>
    public IReadOnlyList<SpaceNeed> Space { get; init; } = [];

    /// <summary>Whether there is something in the data directory.</summary>
    public bool IsInUse { get; init; }

    /// <summary>Whether an interrupted restore of the same backup is carried on.</summary>
    public bool Resumes { get; init; }

    /// <summary>How long it should take by earlier restores and recoveries of this repository; <see langword="null"/> when
    /// there were none.</summary>
    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>The port that the restored server will listen at; <see langword="null"/> when that cannot be told before: its
    /// configuration is not in the backup, or its programs are not on this host.</summary>
    public PlannedPort? Port { get; init; }

    /// <summary>Settings that are written into the data directory.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; } = [];

    /// <summary>What stands in the way; the restore would be refused.</summary>
    public IReadOnlyList<DrException> Obstacles { get; init; } = [];

    /// <summary>What is worth knowing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>Where a tablespace goes.</summary>
/// <param name="Oid">Its OID.</param>
/// <param name="Original">Where it was.</param>
/// <param name="Location">Where it will be.</param>
/// <param name="Bytes">What it holds, bytes.</param>
public sealed record TablespacePlace(uint Oid, string Original, string Location, long Bytes);

/// <summary>Space on one file system.</summary>
/// <param name="Path">A path on it.</param>
/// <param name="NeededBytes">What is to be written there, bytes.</param>
/// <param name="FreeBytes">What is free, bytes.</param>
public sealed record SpaceNeed(string Path, long NeededBytes, long FreeBytes)
{
    /// <summary>Whether it suffices.</summary>
    public bool Fits => NeededBytes <= FreeBytes;
}
