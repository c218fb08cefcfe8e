namespace DrTools.Repositories.Keys;

/// <summary>A key management service, with one of its keys: it wraps and unwraps repository keys with a key that never leaves
/// it, for whoever it lets. Providers implement it; <see cref="KeyServices"/> turns a location into one.</summary>
public interface IKeyService
{
    /// <summary>Wraps a key.</summary>
    /// <param name="key">The key, 32 bytes. It must not be kept.</param>
    /// <param name="repositoryId">The repository that it is of: what is wrapped must not open for another one.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">Why the service does not do it.</exception>
    Task<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, Guid repositoryId, CancellationToken cancellationToken);

    /// <summary>Unwraps a key.</summary>
    /// <param name="wrapped">As <see cref="WrapAsync"/> returned it. It comes from a repository, and may be forged.</param>
    /// <param name="repositoryId">The repository that it is of.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The key. The caller wipes it.</returns>
    /// <exception cref="DrException">Why the service does not do it.</exception>
    Task<byte[]> UnwrapAsync(WrappedKey wrapped, Guid repositoryId, CancellationToken cancellationToken);
}

/// <summary>A key as a key management service wrapped it.</summary>
/// <param name="Key">What only the service can turn back into the key.</param>
/// <param name="Location">Where to have that done, from any host: without what only this host knows, and without secrets.</param>
public sealed record WrappedKey(byte[] Key, string Location);
