using DrTools.Repositories;

namespace DrTools.Verification;

/// <summary>
/// Verifies backups. One engine remembers the packs it has read, so that backups with packs in common cost them once.
/// </summary>
public sealed class VerificationEngine(Repository repository, VerifyOptions options)
{
    /// <summary>Verifies one backup, and records it in the journal.</summary>
    public Task<VerifyResult> VerifyAsync(string backupId, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken) => throw new NotImplementedException(repository.Location + options);

    /// <summary>Verifies what belongs to no single backup: header copies, journal, leases, pins, stray objects.</summary>
    public Task<RepositoryCheckResult> CheckRepositoryAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}

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

    /// <summary>Number of journal records, each of which was checked against the one before.</summary>
    public long JournalRecords { get; init; }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<VerifyFinding> Findings { get; init; } = [];

    /// <summary>Whether nothing is wrong.</summary>
    public bool Passed => Findings.Count == 0;
}
