using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;

namespace DrTools.Copies;

/// <summary>The packs that backups of a source in the target name. Their manifests are read the newest first, and no more of them
/// than it takes to answer.</summary>
internal sealed class TargetPacks(Repository target, IReadOnlyList<ListedManifest> manifests)
{
    private readonly Dictionary<Guid, PackInfo> _known = [];
    private int _unread = manifests.Count;

    /// <summary>The pack as a manifest of the target names it; <see langword="null"/> when none does.</summary>
    public async ValueTask<PackInfo?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        PackInfo? pack;
        while (!_known.TryGetValue(id, out pack) && _unread > 0)
        {
            _unread--;
            try
            {
                Add((await target.Manifests.ReadAsync(manifests[_unread], cancellationToken).ConfigureAwait(false)).Packs);
            }
            catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
            {
                // What a damaged one names is unknown. A pack that no other names is then looked at as a whole.
            }
        }

        return pack;
    }

    /// <summary>Remembers what a new manifest names.</summary>
    public void Add(IEnumerable<PackInfo> packs)
    {
        foreach (var pack in packs)
        {
            _known.TryAdd(pack.Id, pack);
        }
    }
}
