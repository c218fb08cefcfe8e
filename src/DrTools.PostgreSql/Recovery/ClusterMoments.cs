using DrTools.Backup;
using DrTools.Moments;
using DrTools.Repositories;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Tells how far backups and log of a cluster lead.</summary>
public sealed class ClusterMoments : IRecoveryMoments
{
    /// <inheritdoc/>
    public bool Knows(BackupInfo backup) => PhysicalBackup.TryFrom(backup) is not null;

    /// <inheritdoc/>
    public async Task<NewestMoment?> FindAsync(Repository repository, BackupInfo newest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(newest);
        var physical = PhysicalBackup.TryFrom(newest)!;
        var windows = await new RecoveryWindows(repository).ListAsync(newest.Source, cancellationToken).ConfigureAwait(false);
        if (windows.FirstOrDefault(w => w.SystemIdentifier == physical.SystemIdentifier) is not { } window)
        {
            return null;
        }

        var reaches = window.Backups.Where(r => r.IsConsistent).ToList();
        if (reaches.Select(r => r.Clock ?? r.To).Max() is not { } moment)
        {
            return null;
        }

        // By the timeline that leads furthest: what the newest backup needs to get there.
        var furthest = reaches.Where(r => (r.Clock ?? r.To) == moment).MaxBy(r => r.Backup.Info.Started)!;
        var log = furthest.End > furthest.Backup.Start ? (long)(furthest.End.Value - furthest.Backup.Start.Value) : 0;
        return new NewestMoment(moment, log, window.LogArrived);
    }
}
