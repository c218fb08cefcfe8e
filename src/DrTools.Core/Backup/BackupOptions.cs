namespace DrTools.Backup;

/// <summary>How a backup is to be taken.</summary>
public sealed record BackupOptions
{
    /// <summary>What it builds on; without a full backup to build on, a full one is taken.</summary>
    public BackupType Type { get; init; } = BackupType.Incremental;

    /// <summary>Why it is taken; kept with it.</summary>
    public string? Reason { get; init; }

    /// <summary>The host to file it under, when it is not this one's name (containers).</summary>
    public string Host { get; init; } = Environment.MachineName;

    /// <summary>Zstandard level, 1 to 19.</summary>
    public int CompressionLevel { get; init; } = 3;

    /// <summary>Number of files read and frames compressed at once; 0 for one per processor, at most 8.</summary>
    public int Parallelism { get; init; }

    /// <summary>Patterns of what is left out, recorded in the manifest.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>A folder for temporary files; the system's when empty.</summary>
    public string? WorkFolder { get; init; }

    internal int Workers => Parallelism > 0 ? Math.Min(Parallelism, 32) : Math.Clamp(Environment.ProcessorCount, 2, 8);
}

/// <summary>How far a backup is.</summary>
/// <param name="Entries">Entries handled.</param>
/// <param name="ReadBytes">Content read from the source, bytes.</param>
/// <param name="NewBytes">Content that was not in the repository yet, before compression, bytes.</param>
/// <param name="ExpectedBytes">Content that the previous backup had, bytes; 0 when there is none.</param>
/// <param name="CurrentPath">The last entry handled.</param>
public readonly record struct BackupProgress(long Entries, long ReadBytes, long NewBytes, long ExpectedBytes, string CurrentPath);

/// <summary>What a backup came to.</summary>
public sealed record BackupResult
{
    /// <summary>The backup, as its manifest describes it.</summary>
    public required BackupInfo Backup { get; init; }

    /// <summary>Where it is.</summary>
    public required string Repository { get; init; }

    /// <summary>Entries that are missing or not as they should be: the first thousand, while the manifest keeps the first
    /// hundred.</summary>
    public IReadOnlyList<Sources.EntryIssue> Issues { get; init; } = [];

    /// <summary>What is worth knowing about how it was taken (a full one instead of an incremental one, a run resumed).</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
