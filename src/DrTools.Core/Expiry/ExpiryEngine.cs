using DrTools.Backup;
using DrTools.Repositories;

namespace DrTools.Expiry;

/// <summary>Removes backups that no rule keeps, and the packs that nothing refers to any more.</summary>
public sealed class ExpiryEngine(Repository repository)
{
    /// <summary>Applies a retention policy.</summary>
    public Task<ExpiryResult> RunAsync(ExpiryOptions options, CancellationToken cancellationToken) => throw new NotImplementedException(repository.Location);

    /// <summary>Removes named backups.</summary>
    /// <exception cref="DrException"><see cref="DrError.BackupProtected"/> for a pinned backup, or the last restorable
    /// one of a source unless <paramref name="force"/> is set.</exception>
    public Task<ExpiryResult> RemoveAsync(IReadOnlyList<BackupInfo> backups, bool force, CancellationToken cancellationToken) => throw new NotImplementedException(repository.Location);
}
