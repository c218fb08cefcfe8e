using DrTools.Retention;

namespace DrTools.Expiry;

/// <summary>How an expiry is to be run.</summary>
public sealed record ExpiryOptions
{
    /// <summary>What is kept.</summary>
    public required RetentionPolicy Policy { get; init; }

    /// <summary>Whether to say only what would be removed.</summary>
    public bool DryRun { get; init; }

    /// <summary>Only backups of this source; the others are not touched.</summary>
    public string? Source { get; init; }

    /// <summary>How far back every moment is to stay restorable from logs; backups that are older keep only the logs that make
    /// them consistent. When <see langword="null"/>, every moment since the oldest backup that is kept.</summary>
    public TimeSpan? LogWindow { get; init; }

    /// <summary>What an interrupted backup has stored is kept this long for the next one of the source to resume from.
    /// Other packs that nothing refers to are removed at once.</summary>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Rules of single sources, which then take the place of <see cref="Policy"/>; other sources are not touched.</summary>
    internal IReadOnlyList<SourceRetention>? BySource { get; init; }

    /// <summary>Whether a backup that is to go and is locked ends it all: somebody asked for just that one.</summary>
    internal bool RefusesLocked { get; init; }
}

/// <summary>What an expiry did, or would do.</summary>
public sealed record ExpiryResult
{
    /// <summary>Every backup with its fate and the reasons for it.</summary>
    public required RetentionPlan Plan { get; init; }

    /// <summary>Whether nothing was removed because only the plan was asked for.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Backups removed (or to be removed).</summary>
    public int RemovedBackups { get; init; }

    /// <summary>Packs removed (or to be removed) because nothing refers to them any more.</summary>
    public int RemovedPacks { get; init; }

    /// <summary>Size of these packs, bytes.</summary>
    public long FreedBytes { get; init; }

    /// <summary>Packs that nothing refers to but that stay for now: a running or interrupted backup may use them.</summary>
    public int DeferredPacks { get; init; }

    /// <summary>Backups that no rule keeps and that stay all the same, because they are locked.</summary>
    public int LockedBackups { get; init; }

    /// <summary>Packs and logs that nothing needs and that stay, because they are locked.</summary>
    public int LockedObjects { get; init; }

    /// <summary>Until when the last of what is not needed is locked; <see langword="null"/> when nothing of it is.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>Locks of what is kept that were extended.</summary>
    public int ExtendedLocks { get; init; }

    /// <summary>What became of the logs, by series.</summary>
    public IReadOnlyList<LogSeriesExpiry> Logs { get; init; } = [];

    /// <summary>Logs removed (or to be removed) because no backup that is kept needs them.</summary>
    public int RemovedLogs => Logs.Sum(l => l.Removed);

    /// <summary>Size of these logs, bytes.</summary>
    public long FreedLogBytes => Logs.Sum(l => l.FreedBytes);

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }
}
