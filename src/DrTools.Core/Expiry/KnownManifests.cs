using DrTools.Repositories;
using DrTools.Repositories.Manifests;

namespace DrTools.Expiry;

/// <summary>What the manifests of a repository refer to, as far as they can be read.</summary>
internal sealed class KnownManifests
{
    private readonly SortedDictionary<string, (ListedManifest Listed, ManifestRoot? Root, DrException? Damage)> _byId = new(StringComparer.Ordinal);

    private KnownManifests()
    {
    }

    public IEnumerable<string> Ids => _byId.Keys;

    public IEnumerable<ManifestRoot> Whole => _byId.Values.Select(m => m.Root).OfType<ManifestRoot>();

    /// <summary>Manifests whose names are known and whose content is not.</summary>
    public IEnumerable<(ListedManifest Listed, DrException Damage)> Damaged => _byId.Values.Where(m => m.Damage is not null).Select(m => (m.Listed, m.Damage!));

    public bool Contains(string id) => _byId.ContainsKey(id);

    public ListedManifest Listed(string id) => _byId[id].Listed;

    /// <summary>Packs that a backup refers to; <see langword="null"/> when that is unknown.</summary>
    public IEnumerable<string>? PacksOf(string id) => _byId[id].Root?.Packs.Select(p => p.ObjectName);

    /// <summary>Reads every manifest that is not known yet.</summary>
    public static async ValueTask<KnownManifests> ReadAsync(Repository repository, KnownManifests? before, CancellationToken cancellationToken)
    {
        var known = new KnownManifests();
        foreach (var listed in await repository.Manifests.ListStrictlyAsync(cancellationToken).ConfigureAwait(false))
        {
            var id = listed.Name.BackupId;
            if (before is not null && before._byId.TryGetValue(id, out var read))
            {
                known._byId[id] = read;
                continue;
            }

            try
            {
                known._byId[id] = (listed, await repository.Manifests.ReadAsync(listed, cancellationToken).ConfigureAwait(false), null);
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure)
            {
                known._byId[id] = (listed, null, e);
            }
        }

        return known;
    }
}
