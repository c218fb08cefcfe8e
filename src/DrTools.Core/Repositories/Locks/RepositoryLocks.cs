using DrTools.Repositories.Records;
using DrTools.Repositories.Manifests;
using DrTools.Stores;

namespace DrTools.Repositories.Locks;

/// <summary>
/// Keeps what is kept locked. New objects are locked when they are created; older ones that a new backup refers to, and
/// those of backups that retention goes on keeping, have their locks extended before less than what is promised is left
/// of them. What no rule keeps is not extended, and can be removed once its lock has ended.
/// </summary>
internal sealed class RepositoryLocks(Repository repository, ILockingStore store, LockPolicy policy)
{
    private const int Parallelism = 16;

    public LockPolicy Policy => policy;

    public async ValueTask<DateTimeOffset?> ReadAsync(string name, CancellationToken cancellationToken) =>
        await store.ReadLockAsync(name, cancellationToken).ConfigureAwait(false) is { } until && until > repository.Time.GetUtcNow() ? until : null;

    /// <summary>Until when headers, journal and logs are known to be locked, which the last expiry saw to; what was there from the
    /// first is locked since then.</summary>
    public async ValueTask<DateTimeOffset> PromisedUntilAsync(CancellationToken cancellationToken) =>
        (await LockMarkers.ReadAsync(repository, cancellationToken).ConfigureAwait(false)).Of(LockMarkers.OfRepository) ?? repository.CreatedAt + policy.Period;

    /// <summary>Locks a header, both of whose copies are there.</summary>
    public ValueTask CoverHeaderAsync(RepositoryHeader header, CancellationToken cancellationToken) =>
        ExtendAsync(RepositoryHeader.Copies.Select(c => RepositoryHeader.ObjectName(header.Generation, c)), [], cancellationToken);

    /// <summary>Sees to it that everything a new backup refers to is locked as long as itself.</summary>
    /// <param name="backup">The backup; its own packs and its manifest have just been locked.</param>
    /// <param name="parent">What it is built on.</param>
    /// <param name="cancellationToken">Stops it; the next expiry does what is left to do.</param>
    /// <returns>Number of locks that were extended.</returns>
    public async ValueTask<int> CoverAsync(ManifestRoot backup, ManifestRoot? parent, CancellationToken cancellationToken)
    {
        var borrowed = Borrowed(backup).ToHashSet(StringComparer.Ordinal);
        if (borrowed.Count == 0)
        {
            return 0;
        }

        var markers = await LockMarkers.ReadAsync(repository, cancellationToken).ConfigureAwait(false);
        var own = backup.Info.Started + policy.Period;
        var covered = parent is not null && borrowed.IsSubsetOf(Packs(parent)) ? Until(parent, markers) : null;
        var extended = 0;
        if (covered is null || covered < repository.Time.GetUtcNow() + policy.Promise)
        {
            await ExtendAsync(borrowed, [], cancellationToken).ConfigureAwait(false);
            extended = borrowed.Count;
            covered = own;
        }

        await markers.SetAsync(backup.Info.Id, covered < own ? covered.Value : own, cancellationToken).ConfigureAwait(false);
        return extended;
    }

    /// <summary>Extends the locks of what retention keeps, where little is left of them.</summary>
    /// <param name="kept">Backups that something else than their locks keeps.</param>
    /// <param name="gone">Ids of the backups that have been removed.</param>
    /// <param name="cancellationToken">Stops it; the next expiry goes on.</param>
    /// <returns>Number of locks that were extended.</returns>
    public async ValueTask<int> ExtendAsync(IEnumerable<ManifestRoot> kept, IEnumerable<string> gone, CancellationToken cancellationToken)
    {
        var markers = await LockMarkers.ReadAsync(repository, cancellationToken).ConfigureAwait(false);
        var due = repository.Time.GetUtcNow() + policy.Promise;
        var until = repository.Time.GetUtcNow() + policy.Period;
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var backup in kept.Where(b => Until(b, markers) is not { } known || known < due))
        {
            await ExtendAsync([repository.Manifests.NameOf(backup).ToString(), .. Packs(backup)], done, cancellationToken).ConfigureAwait(false);
            await markers.SetAsync(backup.Info.Id, until, cancellationToken).ConfigureAwait(false);
        }

        if (markers.Of(LockMarkers.OfRepository) is not { } all || all < due)
        {
            foreach (var prefix in (string[])[RepositoryHeader.Prefix, "journal/", "logs/", RecordStore.Drills, RecordStore.Actions])
            {
                await ExtendAsync((await repository.Store.ListAllAsync(prefix, cancellationToken).ConfigureAwait(false)).Select(o => o.Name), done, cancellationToken).ConfigureAwait(false);
            }

            await markers.SetAsync(LockMarkers.OfRepository, until, cancellationToken).ConfigureAwait(false);
        }

        foreach (var id in gone)
        {
            await markers.ForgetAsync(id, cancellationToken).ConfigureAwait(false);
        }

        return done.Count;
    }

    /// <summary>Until when all of a backup is known to be locked.</summary>
    private DateTimeOffset? Until(ManifestRoot backup, LockMarkers markers) =>
        markers.Of(backup.Info.Id) ?? (Borrowed(backup).Any() ? null : backup.Info.Started + policy.Period);

    private static IEnumerable<string> Packs(ManifestRoot backup) => backup.Packs.Select(p => p.ObjectName);

    /// <summary>Packs that others stored: an earlier backup, or one that was interrupted.</summary>
    private static IEnumerable<string> Borrowed(ManifestRoot backup) =>
        Packs(backup).Where(p => !p.StartsWith($"packs/{backup.Info.Id}/", StringComparison.Ordinal));

    private async ValueTask ExtendAsync(IEnumerable<string> names, HashSet<string> done, CancellationToken cancellationToken)
    {
        var until = repository.Time.GetUtcNow() + policy.Period;
        await Parallel.ForEachAsync(
            names.Where(done.Add).ToList(),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (name, stop) => await store.ExtendLockAsync(name, until, stop).ConfigureAwait(false)).ConfigureAwait(false);
    }
}
