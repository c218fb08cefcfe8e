using DrTools.Repositories;

namespace DrTools.Copies;

/// <summary>Lists packs of some backups.</summary>
internal static class PackListing
{
    /// <summary>From so many backups on, one listing of all packs costs less than one for each.</summary>
    private const int ManyOwners = 16;

    /// <summary>The packs that the store has, with their sizes, by their names.</summary>
    public static async ValueTask<Dictionary<string, long>> OfAsync(Repository repository, IReadOnlyCollection<string> owners, CancellationToken cancellationToken)
    {
        var packs = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var prefix in owners.Count < ManyOwners ? owners.Select(o => $"packs/{o}/") : ["packs/"])
        {
            await foreach (var stored in repository.Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
            {
                packs[stored.Name] = stored.Length;
            }
        }

        return packs;
    }
}
