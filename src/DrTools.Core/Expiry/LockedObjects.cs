using DrTools.Repositories;

namespace DrTools.Expiry;

/// <summary>What an expiry would remove and cannot, because it is locked.</summary>
internal sealed class LockedObjects(Repository repository)
{
    private readonly HashSet<string> _backups = new(StringComparer.Ordinal);

    /// <summary>Ids of backups.</summary>
    public IReadOnlySet<string> Backups => _backups;

    /// <summary>Number of packs and logs.</summary>
    public int Objects { get; private set; }

    /// <summary>When the last lock ends.</summary>
    public DateTimeOffset? Until { get; private set; }

    /// <summary>Until when a backup is locked, by its manifest; it is noted then.</summary>
    public async ValueTask<DateTimeOffset?> FindAsync(string id, string manifest, CancellationToken cancellationToken)
    {
        if (repository.Locks is null || await repository.Locks.ReadAsync(manifest, cancellationToken).ConfigureAwait(false) is not { } until)
        {
            return null;
        }

        _backups.Add(id);
        Note(until);
        return until;
    }

    /// <summary>Whether an object is locked; it is noted then.</summary>
    public async ValueTask<bool> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (repository.Locks is null || await repository.Locks.ReadAsync(name, cancellationToken).ConfigureAwait(false) is not { } until)
        {
            return false;
        }

        Objects++;
        Note(until);
        return true;
    }

    /// <summary>Removes an object, unless it is locked; it is noted then.</summary>
    public async ValueTask<bool> TryDeleteAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await repository.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DrException e) when (e.Error == DrError.ObjectLocked)
        {
            // Whoever locked it: what the repository locks has a time that can be read.
            Objects += await FindAsync(name, cancellationToken).ConfigureAwait(false) ? 0 : 1;
            return false;
        }
    }

    private void Note(DateTimeOffset until) => Until = Until is { } other && other > until ? other : until;
}
