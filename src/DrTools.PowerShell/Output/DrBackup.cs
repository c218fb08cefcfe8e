using DrTools.Backup;
using DrTools.Sources;
using DrTools.Stores;

namespace DrTools.PowerShell;

/// <summary>A backup, and the repository that it is in.</summary>
public sealed class DrBackup
{
    internal DrBackup(DrRepository repository, BackupInfo info) => (Repository, Info) = (repository, info);

    /// <summary>The repository that it is in.</summary>
    public DrRepository Repository { get; }

    /// <summary>Its id: the UTC time it was started and a random suffix.</summary>
    public string Id => Info.Id;

    /// <summary>Canonical name of the source.</summary>
    public string Source => Info.Source;

    /// <summary>The host that the source is on.</summary>
    public string HostName => Info.Host;

    /// <summary>What it builds on.</summary>
    public BackupType Type => Info.Type;

    /// <summary>Its place in the source's history, from 1.</summary>
    public long Sequence => Info.Sequence;

    /// <summary>The backup that it was compared with, if any.</summary>
    public string? ParentId => Info.ParentId;

    /// <summary>The full backup that its chain starts with.</summary>
    public string FullId => Info.FullId;

    /// <summary>When it was started, UTC. What changed later may be missing from it.</summary>
    public DateTimeOffset Started => Info.Started;

    /// <summary>When it was complete, UTC.</summary>
    public DateTimeOffset Finished => Info.Finished;

    /// <summary>How long it took.</summary>
    public TimeSpan Duration => Info.Duration;

    /// <summary>Why it was taken.</summary>
    public string? Reason => Info.Reason;

    /// <summary>Where it was copied from, when this is a copy.</summary>
    public BackupOrigin? CopiedFrom => Info.CopiedFrom;

    /// <summary>Whether some entries could not be read.</summary>
    public bool IsPartial => Info.IsPartial;

    /// <summary>Whether retention may not remove it.</summary>
    public bool IsPinned => Info.IsPinned;

    /// <summary>Why it was protected.</summary>
    public string? PinReason => Info.PinReason;

    /// <summary>Requests to the store while it was taken, where they are what it costs; known only of a backup that has
    /// just been taken.</summary>
    public StoreTraffic? Traffic => Info.Traffic;

    /// <summary>Number of regular files.</summary>
    public long Files => Info.Files;

    /// <summary>Number of folders.</summary>
    public long Directories => Info.Directories;

    /// <summary>Number of links, pipes and devices.</summary>
    public long Others => Info.Others;

    /// <summary>Files that were new or changed and therefore read.</summary>
    public long FilesRead => Info.FilesRead;

    /// <summary>Size of all files, bytes.</summary>
    public long SourceBytes => Info.SourceBytes;

    /// <summary>Bytes read from the source.</summary>
    public long ReadBytes => Info.ReadBytes;

    /// <summary>Content that was not in the repository yet, before compression, bytes.</summary>
    public long NewBytes => Info.NewBytes;

    /// <summary>What this backup added to the repository, bytes.</summary>
    public long StoredBytes => Info.StoredBytes;

    /// <summary>How many entries are missing or not as they should be.</summary>
    public long IssueCount => Info.IssueCount;

    /// <summary>What is unusual about it, compared with those before it of the same source: signs of ransomware, or of a
    /// mistake.</summary>
    public IReadOnlyList<string> Unusual => Info.Unusual ?? [];

    /// <summary>The first of them.</summary>
    public IReadOnlyList<EntryIssue> Issues => Info.Issues;

    /// <summary>What the source said of itself, rows per table for example.</summary>
    public SourceFacts Facts => Info.Facts;

    /// <summary>Patterns of what was left out.</summary>
    public IReadOnlyList<string> Exclude => Info.Exclude;

    /// <summary>Version of DrTools that took it.</summary>
    public string ToolVersion => Info.ToolVersion;

    internal BackupInfo Info { get; }

    /// <summary>Its id.</summary>
    public override string ToString() => Id;
}
