using DrTools.Backup;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Finds out which moments of the clusters in a repository can be restored.</summary>
public sealed class RecoveryWindows(Repository repository)
{
    private readonly LogArchive _archive = new(repository);

    /// <summary>The windows, one for each source and cluster (a source whose cluster was made anew has two).</summary>
    /// <param name="source">Only of this source; of all if not given.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">What the store says; damage.</exception>
    public async Task<IReadOnlyList<RecoveryWindow>> ListAsync(string? source, CancellationToken cancellationToken)
    {
        var windows = new List<RecoveryWindow>();
        foreach (var cluster in (await BackupsAsync(source, cancellationToken).ConfigureAwait(false)).GroupBy(b => (b.Info.Source, b.SystemIdentifier)))
        {
            windows.Add(await ComputeAsync([.. cluster], cancellationToken).ConfigureAwait(false));
        }

        return windows;
    }

    /// <summary>The physical backups of PostgreSQL, the oldest of each source first; damaged manifests are left out.</summary>
    internal async Task<IReadOnlyList<PhysicalBackup>> BackupsAsync(string? source, CancellationToken cancellationToken)
    {
        var backups = await new BackupCatalog(repository).ListAsync(new BackupFilter { Source = source }, cancellationToken, _ => { }).ConfigureAwait(false);
        return [.. backups.Select(PhysicalBackup.TryFrom).OfType<PhysicalBackup>()];
    }

    /// <summary>The window of the backups of one source and cluster.</summary>
    internal async Task<RecoveryWindow> ComputeAsync(IReadOnlyList<PhysicalBackup> backups, CancellationToken cancellationToken)
    {
        var wal = await WalInventory.ReadAsync(_archive, backups[0].SystemIdentifier, backups[0].SegmentSize, cancellationToken).ConfigureAwait(false);
        return await ComputeAsync(backups, wal, cancellationToken).ConfigureAwait(false);
    }

    internal async Task<RecoveryWindow> ComputeAsync(IReadOnlyList<PhysicalBackup> backups, WalInventory wal, CancellationToken cancellationToken)
    {
        var reader = new CommitReader(_archive, wal.SystemIdentifier);
        var answers = new Dictionary<CommitQuestion, CommitSpan>();
        var planner = new RecoveryWindowPlanner(backups[0].Info.Source, backups, wal, answers);
        while (true)
        {
            var window = planner.Compute(repository.Time.GetUtcNow(), out var questions);
            if (questions.Count == 0)
            {
                return window;
            }

            foreach (var question in questions)
            {
                answers[question] = await reader.ReadAsync(question, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
