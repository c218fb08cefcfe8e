using DrTools.Backup;
using DrTools.Sources;

namespace DrTools.Restore;

/// <summary>How a backup is to be restored.</summary>
public sealed record RestoreOptions
{
    /// <summary>Patterns of what is restored; everything when empty.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Whether what is in the target may be replaced. It is kept until the restore has succeeded.</summary>
    public bool Force { get; init; }

    /// <summary>Whether an existing copy is brought up to date: files that are as they should be stay, and of paged files
    /// only the pages that differ are written, in their place. What is replaced is not kept: until the restore has succeeded
    /// (or has been run again) the target is neither what it was nor what it is to be.</summary>
    public bool Delta { get; init; }

    /// <summary>Existing folders elsewhere that stand for paths of the backup (a tablespace on a disk of its own).</summary>
    public IReadOnlyDictionary<string, string> Mounts { get; init; } = new Dictionary<string, string>();

    /// <summary>Number of files written at once; 0 for two per processor (while one waits for the disk the other unpacks), 4
    /// to 8.</summary>
    public int Parallelism { get; init; }

    /// <summary>Whether the source's own checks run on what was restored (integrity check, row counts).</summary>
    public bool Check { get; init; } = true;

    internal int Workers => Parallelism > 0 ? Math.Min(Parallelism, 32) : Math.Clamp(2 * Environment.ProcessorCount, 4, 8);
}

/// <summary>How far a restore is.</summary>
/// <param name="Entries">Entries restored.</param>
/// <param name="TotalEntries">Entries in the backup.</param>
/// <param name="Bytes">Content restored, bytes.</param>
/// <param name="TotalBytes">Content in the backup, bytes.</param>
/// <param name="CurrentPath">The last entry handled.</param>
public readonly record struct RestoreProgress(long Entries, long TotalEntries, long Bytes, long TotalBytes, string CurrentPath);

/// <summary>What a restore would do. Nothing has been changed to find out.</summary>
public sealed record RestorePlan
{
    /// <summary>The backup.</summary>
    public required BackupInfo Backup { get; init; }

    /// <summary>Where it would go: an absolute path.</summary>
    public required string Target { get; init; }

    /// <summary>Regular files (further names included) that would be written.</summary>
    public long Files { get; init; }

    /// <summary>Folders that would be made.</summary>
    public long Directories { get; init; }

    /// <summary>Links, pipes and devices that would be made.</summary>
    public long Others { get; init; }

    /// <summary>Content that would be written, bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Free space where the target is, bytes.</summary>
    public long FreeBytes { get; init; }

    /// <summary>Whether <see cref="Bytes"/> fit into <see cref="FreeBytes"/>.</summary>
    public bool Fits => Bytes <= FreeBytes;

    /// <summary>How many entries of the target would be replaced.</summary>
    public long ReplacedCount { get; init; }

    /// <summary>The first of them, as paths in the target.</summary>
    public IReadOnlyList<string> Replaced { get; init; } = [];

    /// <summary>Whether an interrupted restore of the same backup would be carried on.</summary>
    public bool Resumes { get; init; }

    /// <summary>How long it should take by the rates of earlier restores of this repository; <see langword="null"/> when
    /// there has been none.</summary>
    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>What stands in the way, if anything (a target that is not empty, too little space).</summary>
    public IReadOnlyList<string> Obstacles { get; init; } = [];
}

/// <summary>What a restore came to.</summary>
public sealed record RestoreResult
{
    /// <summary>The backup.</summary>
    public required BackupInfo Backup { get; init; }

    /// <summary>Location of the repository that it came from.</summary>
    public string? Repository { get; init; }

    /// <summary>Where it is now: an absolute path.</summary>
    public required string Target { get; init; }

    /// <summary>Regular files (further names included).</summary>
    public long Files { get; init; }

    /// <summary>Folders.</summary>
    public long Directories { get; init; }

    /// <summary>Links, pipes and devices.</summary>
    public long Others { get; init; }

    /// <summary>Content written, bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Files that an interrupted restore had completed, found whole by their hashes, or by their content.</summary>
    public long ReusedFiles { get; init; }

    /// <summary>How many of the files are made of pages and have no hash: each frame of theirs was compared with its
    /// seal.</summary>
    public long PagedFiles { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>How many entries are missing or incomplete because the repository is damaged.</summary>
    public long LossCount { get; init; }

    /// <summary>Where what was replaced still lies, because not everything could be restored.</summary>
    public string? ReplacedFolder { get; init; }

    /// <summary>How many entries are not as they were (an owner that could not be set, say), the lost ones included.</summary>
    public long IssueCount { get; init; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<EntryIssue> Issues { get; init; } = [];

    /// <summary>What else is worth knowing (the journal could not be written, say).</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Results of the source's own checks on the restored copy.</summary>
    public IReadOnlyList<SourceCheck> Checks { get; init; } = [];

    /// <summary>Whether everything is there and every check passed. The hash of every file has been compared in any
    /// case.</summary>
    public bool Passed => LossCount == 0 && Checks.All(c => c.Passed);
}
