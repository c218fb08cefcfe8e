namespace DrTools.Stores;

/// <summary>Reading small objects as a whole.</summary>
internal static class ObjectStoreReading
{
    /// <summary>Reads an object that was listed.</summary>
    /// <param name="store">The store.</param>
    /// <param name="stored">The object.</param>
    /// <param name="maximumLength">The most that an object of its kind has, bytes; a larger one is not even read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> when its size cannot be right or has changed.</exception>
    public static async ValueTask<byte[]> ReadAllAsync(this IObjectStore store, StoredObject stored, long maximumLength, CancellationToken cancellationToken)
    {
        if (stored.Length > maximumLength)
        {
            throw new DrException(
                DrError.IntegrityFailure,
                $"The object {stored.Name} has {stored.Length} bytes, more than any of its kind ({maximumLength}).",
                "Run a verification, and bring the object back from another copy of the repository.")
            { Subject = stored.Name };
        }

        if (stored.Length >= 0)
        {
            var content = new byte[stored.Length];
            if (await store.ReadAsync(stored.Name, 0, content, cancellationToken).ConfigureAwait(false) == content.Length)
            {
                return content;
            }
        }

        throw new DrException(
            DrError.IntegrityFailure,
            $"The object {stored.Name} is not of the size that is listed ({stored.Length} bytes).",
            "Run a verification, and bring the object back from another copy of the repository.")
        { Subject = stored.Name };
    }

    /// <summary>Finds one object by its exact name.</summary>
    public static async ValueTask<StoredObject?> FindAsync(this IObjectStore store, string name, CancellationToken cancellationToken)
    {
        var folder = name[..(name.LastIndexOf('/') + 1)];
        await foreach (var stored in store.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            if (stored.Name == name)
            {
                return stored;
            }
        }

        return null;
    }

    /// <summary>Lists into memory.</summary>
    public static async ValueTask<List<StoredObject>> ListAllAsync(this IObjectStore store, string prefix, CancellationToken cancellationToken)
    {
        var objects = new List<StoredObject>();
        await foreach (var stored in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            objects.Add(stored);
        }

        return objects;
    }
}
