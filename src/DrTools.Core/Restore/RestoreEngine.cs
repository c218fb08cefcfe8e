using DrTools.Backup;
using DrTools.Repositories;

namespace DrTools.Restore;

/// <summary>Restores backups into folders and files.</summary>
public sealed class RestoreEngine(Repository repository)
{
    /// <summary>Says what a restore would do, changing nothing.</summary>
    public Task<RestorePlan> PlanAsync(BackupInfo backup, string target, RestoreOptions options, CancellationToken cancellationToken) => throw new NotImplementedException(repository.Location);

    /// <summary>Restores a backup.</summary>
    public Task<RestoreResult> RestoreAsync(BackupInfo backup, string target, RestoreOptions options, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken) => throw new NotImplementedException(repository.Location);
}
