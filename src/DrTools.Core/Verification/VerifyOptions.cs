using DrTools.Backup;
using DrTools.Sources;

namespace DrTools.Verification;

/// <summary>How deeply a backup is verified.</summary>
public enum VerifyLevel
{
    /// <summary>The manifest is whole, and every pack that it names is there with its size.</summary>
    Catalog,

    /// <summary>Also every frame (or a random share) is read, authenticated, unpacked and compared with its hashes.</summary>
    Content,

    /// <summary>Also everything is restored into a scratch folder, checked with the source's own means, and removed.</summary>
    Restore,
}

/// <summary>How a backup is to be verified.</summary>
public sealed record VerifyOptions
{
    /// <summary>How deeply.</summary>
    public VerifyLevel Level { get; init; } = VerifyLevel.Catalog;

    /// <summary>Share of the packs that a content verification reads, chosen at random, 1 to 100.</summary>
    public int Percent { get; init; } = 100;

    /// <summary>Number of packs read at once; 0 for one per processor, at most 8.</summary>
    public int Parallelism { get; init; }

    /// <summary>Where scratch folders are made; the system's temporary folder when empty.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>For level restore: queries that must return true on the restored copy. Of PostgreSQL
    /// <c>[database] select …</c> names the database.</summary>
    public IReadOnlyList<string> Assertions { get; init; } = [];

    /// <summary>For level restore: whether the source's checks that take long are wanted too (of PostgreSQL, that every
    /// row of a table is found through its indexes).</summary>
    public bool Thorough { get; init; }

    /// <summary>For level restore: what only the provider of the source knows.</summary>
    public ProviderOptions? Provider { get; init; }

    /// <summary>Chooses the packs; a test seeds it.</summary>
    internal Random Random { get; init; } = Random.Shared;

    internal int Workers => Parallelism > 0 ? Math.Min(Parallelism, 32) : Math.Clamp(Environment.ProcessorCount, 2, 8);
}

/// <summary>How far a verification is.</summary>
/// <param name="Bytes">Bytes of packs read.</param>
/// <param name="TotalBytes">Bytes of packs to be read.</param>
/// <param name="CurrentObject">The last object handled.</param>
public readonly record struct VerifyProgress(long Bytes, long TotalBytes, string CurrentObject);

/// <summary>Something that is not as it should be.</summary>
/// <param name="Object">The object of the repository.</param>
/// <param name="Problem">What is wrong with it.</param>
/// <param name="AffectedEntryCount">How many entries of the backup suffer.</param>
/// <param name="AffectedEntries">The first of them.</param>
public sealed record VerifyFinding(string Object, string Problem, long AffectedEntryCount, IReadOnlyList<string> AffectedEntries);

/// <summary>What a verification came to.</summary>
public sealed record VerifyResult
{
    /// <summary>The backup's id.</summary>
    public required string BackupId { get; init; }

    /// <summary>Location of the repository that it is in.</summary>
    public string? Repository { get; init; }

    /// <summary>The backup; <see langword="null"/> when not even its manifest can be read.</summary>
    public BackupInfo? Backup { get; init; }

    /// <summary>How deeply it was verified.</summary>
    public required VerifyLevel Level { get; init; }

    /// <summary>Share of the packs that were read, percent.</summary>
    public int Percent { get; init; } = 100;

    /// <summary>When, UTC.</summary>
    public required DateTimeOffset Verified { get; init; }

    /// <summary>How long it took. Packs that an earlier backup of the same run had in common are not read again.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Number of packs that the backup refers to.</summary>
    public int Packs { get; init; }

    /// <summary>Bytes of packs that were read (for this backup or an earlier one of the same run).</summary>
    public long CheckedBytes { get; init; }

    /// <summary>Bytes of all packs that the backup refers to.</summary>
    public long TotalBytes { get; init; }

    /// <summary>Entries whose content was compared with the manifest.</summary>
    public long CheckedEntries { get; init; }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<VerifyFinding> Findings { get; init; } = [];

    /// <summary>Results of the source's own checks on a restored copy (level restore).</summary>
    public IReadOnlyList<SourceCheck> Checks { get; init; } = [];

    /// <summary>How long the restore into a scratch folder took (level restore).</summary>
    public TimeSpan? RestoreDuration { get; init; }

    /// <summary>What else is worth knowing (the journal could not be written, say).</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether nothing is wrong. Optional checks that could not run do not count; <see cref="Checks"/> has them.</summary>
    public bool Passed => Findings.Count == 0 && Checks.All(c => !c.Failed);

    /// <summary>What passing proves, in words.</summary>
    public string Proves => Level switch
    {
        VerifyLevel.Catalog => "The manifest is whole and every pack that it names is there with its size. Contents were not read.",
        VerifyLevel.Content when Percent < 100 => $"A random {Percent} % of the packs was read; every frame in them is what was written.",
        VerifyLevel.Content => "Every frame was read; it is what was written, and every entry's content is there.",
        _ => "Everything was restored into a scratch folder, and every file has the content that was backed up.",
    };
}
