using System.Globalization;
using DrTools.Backup;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Chooses the backup that a recovery starts from: the newest one that was complete at the target, because the
/// least log is then replayed.</summary>
public static class TargetBackup
{
    /// <summary>Finds it.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="source">Canonical name of the cluster.</param>
    /// <param name="target">Where recovery is to end. A transaction or restore point does not say when it was: the newest
    /// backup is then chosen.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/> when the source has no physical backup, or
    /// <see cref="DrError.TargetUnreachable"/>, naming the first moment that can be reached, when the target is before all.</exception>
    public static async ValueTask<BackupInfo> FindAsync(Repository repository, string source, RecoveryTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(target);
        var physical = await ListAsync(repository, source, cancellationToken).ConfigureAwait(false);
        return physical.LastOrDefault(b => IsCompleteAt(b, target)) ?? throw new DrException(
            DrError.TargetUnreachable,
            $"No backup of {source} was complete at {target}: the first one, {physical[0].Id}, was at {Figures.Moment(StopOf(physical[0]))}.",
            "Choose a moment from then on.")
        { Subject = source };
    }

    /// <summary>Finds the backup that a search through time begins with.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="source">Canonical name of the cluster.</param>
    /// <param name="from">Where the search begins; with the first backup if not given.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">As for <see cref="FindAsync"/>.</exception>
    public static async ValueTask<BackupInfo> FindFirstAsync(Repository repository, string source, DateTimeOffset? from, CancellationToken cancellationToken) => from is { } time
        ? await FindAsync(repository, source, RecoveryTarget.At(time), cancellationToken).ConfigureAwait(false)
        : (await ListAsync(repository, source, cancellationToken).ConfigureAwait(false))[0];

    private static async ValueTask<IReadOnlyList<BackupInfo>> ListAsync(Repository repository, string source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var all = await new BackupCatalog(repository).ListAsync(new BackupFilter { Source = source }, cancellationToken, _ => { }).ConfigureAwait(false);
        var physical = all.Where(b => b.Facts.Details.GetValueOrDefault("method") == "physical").OrderBy(b => b.Started).ToList();
        if (physical.Count == 0)
        {
            throw new DrException(
                DrError.BackupMissing,
                $"There is no physical backup of {source}.",
                "Check the name of the source (a cluster is named without a database), or name a backup.")
            { Subject = source };
        }

        return physical;
    }

    private static bool IsCompleteAt(BackupInfo backup, RecoveryTarget target) => target.Kind switch
    {
        RecoveryTargetKind.Time => StopOf(backup) <= target.Time,
        RecoveryTargetKind.Lsn => Lsn.TryParse(backup.Facts.Details.GetValueOrDefault("stopLsn") ?? string.Empty, out var stop) && stop <= target.Lsn,
        _ => true,
    };

    /// <summary>By the server's clock, as commits are.</summary>
    private static DateTimeOffset StopOf(BackupInfo backup) =>
        DateTimeOffset.TryParse(backup.Facts.Details.GetValueOrDefault("stopTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var stop) ? stop : backup.Finished;
}
