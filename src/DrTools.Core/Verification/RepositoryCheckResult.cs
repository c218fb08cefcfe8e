namespace DrTools.Verification;

/// <summary>What the check of a repository came to.</summary>
public sealed record RepositoryCheckResult
{
    /// <summary>Where it is.</summary>
    public required string Location { get; init; }

    /// <summary>Its identity.</summary>
    public required Guid RepositoryId { get; init; }

    /// <summary>Number of backups.</summary>
    public int Backups { get; init; }

    /// <summary>Number of packs.</summary>
    public int Packs { get; init; }

    /// <summary>Size of all objects, bytes.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Packs that no backup refers to: left by interrupted runs, removed by expiry.</summary>
    public int OrphanedPacks { get; init; }

    /// <summary>Number of logs.</summary>
    public int Logs { get; init; }

    /// <summary>How many of them were read and authenticated; none at the catalog level.</summary>
    public int ReadLogs { get; init; }

    /// <summary>Number of journal records, each of which was checked against the one before.</summary>
    public long JournalRecords { get; init; }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<VerifyFinding> Findings { get; init; } = [];

    /// <summary>Whether nothing is wrong.</summary>
    public bool Passed => Findings.Count == 0;
}
