namespace DrTools.Copies;

/// <summary>Which backups of a repository are copied.</summary>
public enum CopyPolicy
{
    /// <summary>Every backup.</summary>
    All,

    /// <summary>The newest backup of each source.</summary>
    Latest,

    /// <summary>The newest full backup of each source.</summary>
    LatestFull,
}

/// <summary>Which logs of database servers are copied.</summary>
public enum CopyLogs
{
    /// <summary>What a recovery from the copied backups can read: from the start of the oldest one to the present.</summary>
    Needed,

    /// <summary>Every log of the repository.</summary>
    All,

    /// <summary>None.</summary>
    None,
}

/// <summary>What is to be copied, and how.</summary>
public sealed record CopyOptions
{
    /// <summary>Which backups.</summary>
    public CopyPolicy Policy { get; init; } = CopyPolicy.All;

    /// <summary>Only these, by their complete ids; the policy does not count then.</summary>
    public IReadOnlyList<string> BackupIds { get; init; } = [];

    /// <summary>Only backups of this source (what <see cref="Sources.ISource.Name"/> says).</summary>
    public string? Source { get; init; }

    /// <summary>Only backups of this host.</summary>
    public string? Host { get; init; }

    /// <summary>Only backups that were started at most so long ago.</summary>
    public TimeSpan? NewerThan { get; init; }

    /// <summary>Which logs.</summary>
    public CopyLogs Logs { get; init; } = CopyLogs.Needed;

    /// <summary>Whether backups that the target's retention removed are copied once more. Those named by id always are.</summary>
    public bool IncludeRemoved { get; init; }

    /// <summary>Whether to say only what would be copied.</summary>
    public bool DryRun { get; init; }

    /// <summary>Number of packs and logs copied at once; 0 for one per processor, at most 8.</summary>
    public int Parallelism { get; init; }

    /// <summary>Whether the source is a deposit: nothing is written there, neither leases, which no expiry looks for, nor records;
    /// and its pins and its number in a history count nothing, because whoever deposits may claim what he likes.</summary>
    internal bool FromDeposit { get; init; }

    internal int Workers => Parallelism > 0 ? Math.Min(Parallelism, 32) : Math.Clamp(Environment.ProcessorCount, 2, 8);
}

/// <summary>How far a copy is.</summary>
/// <param name="Bytes">Bytes of packs and logs copied.</param>
/// <param name="TotalBytes">Bytes of packs and logs to be copied.</param>
/// <param name="CurrentObject">The last object handled.</param>
public readonly record struct CopyProgress(long Bytes, long TotalBytes, string CurrentObject);
