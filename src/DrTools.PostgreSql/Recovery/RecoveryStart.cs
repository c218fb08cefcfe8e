using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Recovery;

/// <summary>The backup that a recovery starts from, and its target as it is told to the server.</summary>
/// <param name="Backup">The newest backup that leads to the target, because the least log is then replayed.</param>
/// <param name="Target">The target, with the timeline by its number; where no server would stop by itself (behind the last
/// transaction), the position of the last record.</param>
public sealed record RecoveryStart(BackupInfo Backup, RecoveryTarget Target)
{
    /// <summary>Finds it.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="source">Canonical name of the cluster.</param>
    /// <param name="target">Where recovery is to end.</param>
    /// <param name="backupId">The only backup that may be used, if one is named.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/> when the source has no physical backup, or
    /// <see cref="DrError.TargetUnreachable"/>, naming the nearest moments that can be reached.</exception>
    public static async Task<RecoveryStart> FindAsync(Repository repository, string source, RecoveryTarget target, string? backupId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var known = await ClusterLog.ReadAsync(repository, source, backupId, cancellationToken).ConfigureAwait(false);
        var choice = await known.ChooseAsync(target, backupId, cancellationToken).ConfigureAwait(false);
        return new RecoveryStart(choice.Reach.Backup.Info, choice.Target);
    }

    /// <summary>Finds the backup that a search through time begins with.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="source">Canonical name of the cluster.</param>
    /// <param name="from">Where the search begins; with the first backup that can be made consistent if not given.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">As for <see cref="FindAsync"/>.</exception>
    public static async Task<BackupInfo> FindFirstAsync(Repository repository, string source, DateTimeOffset? from, CancellationToken cancellationToken)
    {
        if (from is { } time)
        {
            return (await FindAsync(repository, source, RecoveryTarget.At(time), null, cancellationToken).ConfigureAwait(false)).Backup;
        }

        var known = await ClusterLog.ReadAsync(repository, source, null, cancellationToken).ConfigureAwait(false);
        return known.Window.Backups.Where(r => r.IsConsistent).MinBy(r => r.Backup.Stop)?.Backup.Info
            ?? (await known.ChooseAsync(RecoveryTarget.Latest, null, cancellationToken).ConfigureAwait(false)).Reach.Backup.Info;
    }
}

/// <summary>What a repository holds of one cluster: backups, log, and where they lead.</summary>
internal sealed record ClusterLog(IReadOnlyList<PhysicalBackup> Backups, WalInventory Wal, RecoveryWindow Window, CommitReader Reader)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/>, or what the store says.</exception>
    public static async Task<ClusterLog> ReadAsync(Repository repository, string source, string? backupId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var windows = new RecoveryWindows(repository);
        var backups = await windows.BackupsAsync(source, cancellationToken).ConfigureAwait(false);
        if (backups.Count == 0)
        {
            throw new DrException(
                DrError.BackupMissing,
                $"There is no physical backup of {source} in {repository.Location}.",
                "Take one first, or check the source's name (drtools list, Get-DrBackup): a cluster is named without a database.")
            { Subject = source };
        }

        // A cluster that was made anew under the same name is another one: the newest counts, unless a backup is named.
        var system = (backupId is null ? null : backups.FirstOrDefault(b => b.Id == backupId))?.SystemIdentifier ?? backups[^1].SystemIdentifier;
        var own = backups.Where(b => b.SystemIdentifier == system).ToList();
        var archive = new LogArchive(repository);
        var wal = await WalInventory.ReadAsync(archive, system, own[^1].SegmentSize, cancellationToken).ConfigureAwait(false);
        var window = await windows.ComputeAsync(own, wal, cancellationToken).ConfigureAwait(false);
        return new ClusterLog(own, wal, window, new CommitReader(archive, system));
    }

    /// <summary>Chooses the backup and the way to a target.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetUnreachable"/>.</exception>
    public Task<TargetChoice> ChooseAsync(RecoveryTarget target, string? backupId, CancellationToken cancellationToken) =>
        TargetChoice.FindAsync(Window, Wal, target, backupId, Reader, cancellationToken);
}
