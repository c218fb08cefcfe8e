namespace DrTools.Stores;

/// <summary>Turns locations into stores. Providers add their schemes; Core knows folders.</summary>
public static class ObjectStores
{
    private static readonly Dictionary<string, Func<string, bool, IObjectStore>> Schemes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a scheme.</summary>
    /// <param name="scheme">Without colon (<c>s3</c>).</param>
    /// <param name="open">Opens a location; its second argument says whether a missing place is to be created.</param>
    public static void Register(string scheme, Func<string, bool, IObjectStore> open)
    {
        lock (Schemes)
        {
            Schemes[scheme] = open;
        }
    }

    /// <summary>Opens the store at a location.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> for an unknown scheme;
    /// <see cref="DrError.RepositoryMissing"/> when nothing is there and nothing is to be created.</exception>
    public static IObjectStore Open(string location, bool create)
    {
        if (string.IsNullOrWhiteSpace(location))
        {
            throw new DrException(DrError.BadUsage, "The location of the repository is empty.", "Give a folder.");
        }

        if (location.IndexOf("://", StringComparison.Ordinal) is > 0 and var colon)
        {
            lock (Schemes)
            {
                return Schemes.TryGetValue(location[..colon], out var open)
                    ? open(location, create)
                    : throw new DrException(
                        DrError.BadUsage,
                        $"Locations of the kind {location[..colon]}:// are not known.",
                        Schemes.Count == 0 ? "Give a folder." : $"Give a folder, or one of {string.Join(", ", Schemes.Keys.Order(StringComparer.Ordinal).Select(s => s + "://…"))}.");
            }
        }

        var folder = Path.GetFullPath(location);
        return create || Directory.Exists(folder)
            ? DirectoryStore.Open(folder, create)
            : throw new DrException(
                DrError.RepositoryMissing,
                $"There is no repository at {folder}: the folder does not exist.",
                "Check the location (is the disk mounted?), or create a repository there first (drtools init, New-DrRepository).");
    }
}
