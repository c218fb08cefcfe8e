using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Stores;

namespace DrTools.Deposits;

/// <summary>Finds the deposits at a location.</summary>
/// <param name="location">Where hosts deposit.</param>
public sealed class DepositInbox(string location)
{
    /// <summary>Lists the deposits, the oldest first, as far as that can be told without opening them.</summary>
    /// <param name="repository">The repository that receives them, for whether it has; <see langword="null"/> to leave that open.</param>
    /// <param name="host">Only those of this host.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.RepositoryMissing"/> when there is no such folder, and whatever else
    /// the store says.</exception>
    public async ValueTask<IReadOnlyList<Deposit>> ListAsync(Repository? repository, string? host, CancellationToken cancellationToken)
    {
        if (host is not null)
        {
            DepositPlace.RequireHost(host);
        }

        var found = new Dictionary<(string Host, string Id), Gathered>();
        var store = Open();
        await using (store.ConfigureAwait(false))
        {
            await foreach (var stored in store.ListAsync(host is null ? string.Empty : host + "/", cancellationToken).ConfigureAwait(false))
            {
                var parts = stored.Name.Split('/', 3);
                if (parts.Length == 3)
                {
                    if (!found.TryGetValue((parts[0], parts[1]), out var gathered))
                    {
                        found.Add((parts[0], parts[1]), gathered = new Gathered());
                    }

                    gathered.Add(parts[2], stored);
                }
            }
        }

        var received = repository is null ? [] : (await repository.Manifests.ListAsync(null, cancellationToken).ConfigureAwait(false)).Select(m => m.Name.BackupId).ToHashSet(StringComparer.Ordinal);

        // Without a header it is something else that lies there.
        return [.. found.Where(f => f.Value.HasHeader)
            .Select(f => f.Value.Describe(f.Key.Host, f.Key.Id, DepositPlace.Below(location, f.Key.Host, f.Key.Id), received))
            .OrderBy(d => d.Stored)
            .ThenBy(d => d.Id, StringComparer.Ordinal)];
    }

    private IObjectStore Open()
    {
        try
        {
            return ObjectStores.Open(location, create: false);
        }
        catch (DrException e) when (e.Error == DrError.RepositoryMissing)
        {
            throw new DrException(DrError.RepositoryMissing, $"There are no deposits at {Path.GetFullPath(location)}: the folder does not exist.", "Check the location (is the disk mounted?): it is the one that hosts deposit at.", e) { Subject = location };
        }
    }

    private sealed class Gathered
    {
        private readonly List<string> _backups = [];
        private DateTimeOffset _newest;
        private int _objects;
        private long _bytes;

        public bool HasHeader { get; private set; }

        public void Add(string name, StoredObject stored)
        {
            _objects++;
            _bytes += stored.Length;
            _newest = stored.Created > _newest ? stored.Created : _newest;
            HasHeader |= RepositoryHeader.GenerationOf(name) is not null;
            if (ManifestName.TryParse(name) is { } manifest)
            {
                _backups.Add(manifest.BackupId);
            }
        }

        public Deposit Describe(string host, string id, string location, HashSet<string> received) => new()
        {
            Id = id,
            Host = host,
            Location = location,
            Stored = _newest,
            Objects = _objects,
            Bytes = _bytes,
            BackupIds = _backups,
            IsReceived = _backups.Count > 0 && _backups.TrueForAll(received.Contains),
        };
    }
}
