using System.Text.Json.Serialization;
using DrTools.Sources;
using DrTools.Stores;

namespace DrTools.Backup;

/// <summary>A completed backup as its manifest describes it.</summary>
public sealed record BackupInfo
{
    private readonly IReadOnlyList<string>? _unusual;

    /// <summary>Its id: the UTC time it was started and a random suffix (<c>20261121T024501Z-7f3a9c21</c>).</summary>
    public required string Id { get; init; }

    /// <summary>Canonical name of the source (<c>files:/etc</c>).</summary>
    public required string Source { get; init; }

    /// <summary>The host that the source is on.</summary>
    public required string Host { get; init; }

    /// <summary>What it builds on.</summary>
    public required BackupType Type { get; init; }

    /// <summary>Its place in the source's history, from 1. Rules over the clock where both say what is newest.</summary>
    public required long Sequence { get; init; }

    /// <summary>The backup that it was compared with, if any.</summary>
    public string? ParentId { get; init; }

    /// <summary>The full backup that its chain starts with; its own id for a full one.</summary>
    public required string FullId { get; init; }

    /// <summary>When it was started, UTC. What changed later may be missing from it.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it was complete, UTC.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>Why it was taken, in the words of whoever took it.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether some entries could not be read (<see cref="Issues"/>).</summary>
    public bool IsPartial { get; init; }

    /// <summary>Number of regular files, hard links counted as such.</summary>
    public long Files { get; init; }

    /// <summary>Number of folders.</summary>
    public long Directories { get; init; }

    /// <summary>Number of symbolic links, pipes and devices.</summary>
    public long Others { get; init; }

    /// <summary>Files that were new or changed and therefore read.</summary>
    public long FilesRead { get; init; }

    /// <summary>Size of all files, bytes.</summary>
    public long SourceBytes { get; init; }

    /// <summary>How much of <see cref="SourceBytes"/> are holes, which take no space, bytes.</summary>
    public long HoleBytes { get; init; }

    /// <summary>Bytes read from the source.</summary>
    public long ReadBytes { get; init; }

    /// <summary>Content that was not in the repository yet, before compression, bytes.</summary>
    public long NewBytes { get; init; }

    /// <summary>What this backup added to the repository, bytes.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Number of objects that this backup added.</summary>
    public int StoredObjects { get; init; }

    /// <summary>Number of chunks that the manifest names; sizes the index of the next backup.</summary>
    public long Chunks { get; init; }

    /// <summary>How many entries are missing or not as they should be; <see cref="Issues"/> holds the first ones.</summary>
    public long IssueCount { get; init; }

    /// <summary>The first entries that are missing or not as they should be.</summary>
    public IReadOnlyList<EntryIssue> Issues { get; init; } = [];

    /// <summary>What the source said of itself.</summary>
    public SourceFacts Facts { get; init; } = SourceFacts.None;

    /// <summary>Patterns of what was left out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Version of DrTools that took it.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>Where it was copied from, when this is a copy. All else is as in the original, but for the two members below,
    /// which speak of the journal of the repository that it is in.</summary>
    public BackupOrigin? CopiedFrom { get; init; }

    /// <summary>Number of the last journal record when it was completed, 0 for none; with <see cref="JournalHash"/> it
    /// shows later that the journal has not been cut short.</summary>
    public long JournalSequence { get; init; }

    /// <summary>SHA-256 of that record's object, hexadecimal.</summary>
    public string? JournalHash { get; init; }

    /// <summary>What is unusual about it, compared with those before it of the same source: signs of ransomware, or of a
    /// mistake.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Unusual { get => _unusual is { Count: > 0 } ? _unusual : null; init => _unusual = value; }

    /// <summary>This backup and those before it, oldest first, at most thirty: what the next one is compared with.</summary>
    public IReadOnlyList<ChangeRate> ChangeHistory { get; init; } = [];

    /// <summary>Whether retention may not remove it. Not part of the manifest.</summary>
    [JsonIgnore]
    public bool IsPinned { get; init; }

    /// <summary>Why it was pinned.</summary>
    [JsonIgnore]
    public string? PinReason { get; init; }

    /// <summary>What went between this machine and the store while it was taken, where requests are what a store costs.
    /// Known to whoever takes it; not part of the manifest.</summary>
    [JsonIgnore]
    public StoreTraffic? Traffic { get; init; }

    /// <summary>How long it took.</summary>
    [JsonIgnore]
    public TimeSpan Duration => Finished - Started;
}

/// <summary>Where a copy of a backup comes from.</summary>
/// <param name="RepositoryId">The repository that it was read from.</param>
/// <param name="Location">Where that was.</param>
/// <param name="Copied">When it was copied, UTC.</param>
public sealed record BackupOrigin(Guid RepositoryId, string Location, DateTimeOffset Copied);
