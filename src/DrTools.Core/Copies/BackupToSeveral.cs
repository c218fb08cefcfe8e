using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Sources;

namespace DrTools.Copies;

/// <summary>What became of a backup in one of several repositories.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Error">Why it is not there; <see langword="null"/> when it is.</param>
/// <param name="WasTakenHere">Whether the source was read for this one; the others have copies of it.</param>
/// <param name="Copy">How it was copied here.</param>
public sealed record RepositoryOutcome(Repository Repository, DrException? Error, bool WasTakenHere, CopiedBackup? Copy);

/// <summary>What a backup to several repositories came to.</summary>
public sealed record SeveralResult
{
    /// <summary>The backup, the same in all repositories that have it.</summary>
    public required BackupResult Taken { get; init; }

    /// <summary>What became of it in each repository, in their order.</summary>
    public required IReadOnlyList<RepositoryOutcome> Repositories { get; init; }
}

/// <summary>
/// Backs up to several repositories and reads the source once. The backup is taken into the first repository and copied into the
/// others from there, compressed as it is and sealed under their keys.
/// </summary>
/// <remarks>
/// Feeding all of them while the source is read was considered and rejected. What is to be read depends on the parent in each
/// repository, so either each would read a part of its own, or all would store what the most outdated one lacks; the slowest
/// would hold up the source, a database in backup mode among them, and each would have a backup of its own with another id.
/// A copy is the same backup everywhere, the source is done with as soon as the first repository is, and one that fails or lags
/// concerns nobody else. If the first repository fails the backup is taken into the next one: only then is the source read again.
/// </remarks>
/// <param name="repositories">The repositories, the one that is written fastest first.</param>
public sealed class BackupToSeveral(IReadOnlyList<Repository> repositories)
{
    /// <summary>Takes one backup of a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Takes how far the backup is.</param>
    /// <param name="copying">Takes how far the copies are.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">The source failed, or every repository: the first one's error.</exception>
    public async Task<SeveralResult> RunAsync(
        ISource source, BackupOptions options, IProgress<BackupProgress>? progress, IProgress<CopyProgress>? copying, CancellationToken cancellationToken)
    {
        if (repositories.Count != repositories.DistinctBy(r => r.Id).Count())
        {
            throw new DrException(DrError.BadUsage, "One repository is named twice.", "Name each once.");
        }

        var outcomes = new RepositoryOutcome[repositories.Count];
        for (var first = 0; first < repositories.Count; first++)
        {
            BackupResult taken;
            try
            {
                taken = await new BackupEngine(repositories[first]).RunAsync(source, options, progress, cancellationToken).ConfigureAwait(false);
            }
            catch (DrException e) when (IsOfRepository(e.Error))
            {
                outcomes[first] = new RepositoryOutcome(repositories[first], e, false, null);
                continue;
            }

            outcomes[first] = new RepositoryOutcome(repositories[first], null, true, null);
            var others = Enumerable.Range(first + 1, repositories.Count - first - 1).ToList();

            // They share the workers of one, and so its memory.
            var workers = Math.Max(1, options.Workers / Math.Max(1, others.Count));
            await Task.WhenAll(others.Select(async i => outcomes[i] = await CopyAsync(repositories[first], repositories[i], taken.Backup, workers, copying, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
            return new SeveralResult { Taken = taken, Repositories = outcomes };
        }

        throw outcomes[0].Error!;
    }

    private static async Task<RepositoryOutcome> CopyAsync(
        Repository from, Repository to, BackupInfo backup, int workers, IProgress<CopyProgress>? copying, CancellationToken cancellationToken)
    {
        try
        {
            var result = await new CopyEngine(from, to).RunAsync(
                new CopyOptions { BackupIds = [backup.Id], Parallelism = workers }, copying, cancellationToken).ConfigureAwait(false);
            return new RepositoryOutcome(to, result.Errors.FirstOrDefault(), false, result.Backups[0]);
        }
        catch (DrException e)
        {
            return new RepositoryOutcome(to, e, false, null);
        }
    }

    /// <summary>Whether another repository may do better: not when it is the source that failed.</summary>
    private static bool IsOfRepository(DrError error) => error is DrError.StoreReadOnly or DrError.OutOfSpace or DrError.StoreFailure
        or DrError.IntegrityFailure or DrError.ObjectMissing or DrError.ObjectExists or DrError.LeaseHeld or DrError.LeaseLost or DrError.RepositoryOlderFormat
        or DrError.StoreUnreachable or DrError.StoreMissing or DrError.StoreDenied or DrError.ClockSkew;
}
