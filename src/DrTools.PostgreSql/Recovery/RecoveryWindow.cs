using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Which moments of a cluster can be restored.</summary>
public sealed record RecoveryWindow
{
    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>The cluster's identity.</summary>
    public required ulong SystemIdentifier { get; init; }

    /// <summary>When this was found out, UTC.</summary>
    public required DateTimeOffset Computed { get; init; }

    /// <summary>Spans of wall-clock time that can be restored, by timeline and time.</summary>
    public IReadOnlyList<RecoverySpan> Spans { get; init; } = [];

    /// <summary>Where the log is torn.</summary>
    public IReadOnlyList<LogGap> Gaps { get; init; } = [];

    /// <summary>The timelines as a tree: each names the one that it left.</summary>
    public IReadOnlyList<TimelineBranch> Timelines { get; init; } = [];

    /// <summary>How far each backup leads, on each timeline that it leads to.</summary>
    public IReadOnlyList<BackupReach> Backups { get; init; } = [];

    /// <summary>The oldest moment that can be restored, UTC.</summary>
    public DateTimeOffset? Oldest => Spans.Count == 0 ? null : Spans.Min(s => s.From);

    /// <summary>The newest moment that can be restored, UTC: the last transaction in log that a backup leads to without a
    /// gap. A later transaction is lost if the cluster is lost now.</summary>
    public DateTimeOffset? Newest => Spans.Count == 0 ? null : Spans.Max(s => s.To);

    /// <summary>Age of <see cref="Newest"/>. On a server where nothing is written it grows although nothing could be lost:
    /// see <see cref="LogAge"/>.</summary>
    public TimeSpan? NewestAge => Computed - Newest;

    /// <summary>When the newest segment arrived that a backup leads to without a gap, UTC.</summary>
    public DateTimeOffset? LogArrived { get; init; }

    /// <summary>Age of <see cref="LogArrived"/>.</summary>
    public TimeSpan? LogAge => Computed - LogArrived;

    /// <summary>Whether a moment lies in a span of a timeline (or of any).</summary>
    public bool Holds(DateTimeOffset moment, uint? timeline = null) => Spans.Any(s => (timeline is null || s.Timeline == timeline) && s.From <= moment && moment <= s.To);

    /// <summary>The restorable moments nearest to one that is not: before it, and behind it.</summary>
    public (DateTimeOffset? Before, DateTimeOffset? After) Nearest(DateTimeOffset moment)
    {
        var before = Spans.Where(s => s.From <= moment).Select(s => s.To < moment ? s.To : moment).DefaultIfEmpty().Max();
        var after = Spans.Where(s => s.From > moment).Select(s => s.From).DefaultIfEmpty().Min();
        return (before == default ? null : before, after == default ? null : after);
    }
}

/// <summary>A span of time every moment of which can be restored.</summary>
public sealed record RecoverySpan
{
    /// <summary>The timeline.</summary>
    public required uint Timeline { get; init; }

    /// <summary>Its first moment, UTC.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Its last moment, UTC: the last transaction that is in the log.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>The backups that lead to moments in it, the oldest first.</summary>
    public required IReadOnlyList<string> BackupIds { get; init; }

    /// <summary>The last segment of the log; <see langword="null"/> where there is none beyond what the backups hold.</summary>
    public string? LastSegment { get; init; }
}

/// <summary>Segments that are missing although segments behind them are there.</summary>
public sealed record LogGap
{
    /// <summary>The timeline.</summary>
    public required uint Timeline { get; init; }

    /// <summary>How many are missing.</summary>
    public required long Count { get; init; }

    /// <summary>The first ones by name.</summary>
    public required IReadOnlyList<string> Segments { get; init; }

    /// <summary>The last one.</summary>
    public required string Last { get; init; }

    /// <summary>The last moment before it that can be restored, UTC, if there is one.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The first moment behind it that can be restored, UTC, if there is one.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The backups that lead no further than to the gap.</summary>
    public IReadOnlyList<string> BackupIds { get; init; } = [];
}

/// <summary>A timeline.</summary>
public sealed record TimelineBranch
{
    /// <summary>Its number.</summary>
    public required uint Timeline { get; init; }

    /// <summary>The timeline that it left, if it left one.</summary>
    public uint? Parent { get; init; }

    /// <summary>Where it left it.</summary>
    public Lsn? LeftAt { get; init; }

    /// <summary>Why, in the words of the server that was promoted.</summary>
    public string? Reason { get; init; }

    /// <summary>The last of its segments.</summary>
    public string? LastSegment { get; init; }

    /// <summary>Whether its history file is there; without it no backup of an older timeline leads to it.</summary>
    public bool HasHistory { get; init; }
}

/// <summary>How far a backup leads along one timeline.</summary>
public sealed record BackupReach
{
    /// <summary>The backup.</summary>
    public required PhysicalBackup Backup { get; init; }

    /// <summary>The way.</summary>
    public required TimelinePath Path { get; init; }

    /// <summary>Whether the log is there that makes the backup consistent.</summary>
    public required bool IsConsistent { get; init; }

    /// <summary>Number of the first segment that is not there.</summary>
    public required ulong FirstMissing { get; init; }

    /// <summary>Whether the log goes on behind what is missing.</summary>
    public required bool EndsInGap { get; init; }

    /// <summary>Name of the first segment that is not there.</summary>
    public required string MissingSegment { get; init; }

    /// <summary>The last moment that it leads to, UTC; <see langword="null"/> if it is not consistent.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The latest time in that log, UTC: after <see cref="To"/> where a checkpoint or a restore point shows that no
    /// transaction ended in between.</summary>
    public DateTimeOffset? Clock { get; init; }

    /// <summary>Where the log that it leads along ends.</summary>
    public Lsn End { get; init; }

    /// <summary>Where the last record starts that it leads along: no recovery to a later position ends there by itself.</summary>
    public Lsn LastRecord { get; init; }
}
