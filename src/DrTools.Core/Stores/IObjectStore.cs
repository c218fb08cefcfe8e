namespace DrTools.Stores;

/// <summary>
/// A place that holds named, immutable objects. Names are relative, made of ASCII letters, digits, <c>-</c>,
/// <c>_</c> and <c>.</c> in segments divided by <c>/</c>.
/// </summary>
/// <remarks>
/// Every store keeps these promises, and the conformance suite checks them:
/// an object is visible under its name only when it is whole and durable; creation is conditional, so of several
/// racing writers of one name exactly one wins; an object that was created is listed and readable at once;
/// failures are <see cref="DrException"/>s that name the object.
/// </remarks>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>Where the store is, in the form the user gave it, for messages.</summary>
    string Location { get; }

    /// <summary>Starts a new object that is written piece by piece and appears when it is committed.</summary>
    /// <exception cref="DrException"><see cref="DrError.StoreReadOnly"/>, <see cref="DrError.OutOfSpace"/> or
    /// <see cref="DrError.StoreFailure"/>.</exception>
    ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken);

    /// <summary>Creates a small object in one go, unless one of that name exists.</summary>
    /// <returns><see langword="false"/> when the name was taken; nothing has changed then.</returns>
    ValueTask<bool> TryPutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Fills <paramref name="buffer"/> with the bytes of an object from <paramref name="offset"/>.</summary>
    /// <returns>The number of bytes read: less than asked for only where the object ends.</returns>
    /// <exception cref="DrException"><see cref="DrError.ObjectMissing"/> when there is no such object.</exception>
    ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Lists the objects whose names start with <paramref name="prefix"/> (whole segments: <c>packs/</c>),
    /// in ordinal order of their names.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Removes an object.</summary>
    /// <returns><see langword="false"/> when there was none.</returns>
    ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Removes what writers that died have left behind: nothing that counts, but it takes room.</summary>
    /// <param name="olderThan">How long ago a writer must have shown life last.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops between two of them.</param>
    /// <returns>How many were removed.</returns>
    ValueTask<int> RemoveAbandonedAsync(TimeSpan olderThan, TimeProvider time, CancellationToken cancellationToken) => ValueTask.FromResult(0);

    /// <summary>Whether content comes over a network, so that what looks damaged may have been damaged on its way.</summary>
    bool IsRemote => false;

    /// <summary>Tells that what was read of an object looks damaged: the next reading must come from the store itself.</summary>
    void Distrust(string name)
    {
    }

    /// <summary>Tells that this process may not read here, and that its names are its own alone: one that is taken after an
    /// attempt whose answer was lost was taken by that attempt.</summary>
    void ForgoReading()
    {
    }

    /// <summary>What has gone between this process and the store since it was opened; <see langword="null"/> where
    /// requests are not what a store costs.</summary>
    StoreTraffic? Traffic => null;

    /// <summary><see cref="CreateAsync"/> on the caller's thread.</summary>
    ObjectWriter Create(string name) => CreateAsync(name, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary><see cref="ReadAsync"/> on the caller's thread.</summary>
    int Read(string name, long offset, Span<byte> buffer)
    {
        var content = new byte[buffer.Length];
        var read = ReadAsync(name, offset, content, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        content.AsSpan(0, read).CopyTo(buffer);
        return read;
    }
}

/// <summary>An object as listed.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Created">When it appeared, by the store's clock, UTC.</param>
public readonly record struct StoredObject(string Name, long Length, DateTimeOffset Created);

/// <summary>A new object being written. Disposing it without a commit leaves no trace.</summary>
public abstract class ObjectWriter : IAsyncDisposable
{
    /// <summary>Appends bytes; the buffer may be reused once the call has completed.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Makes the object durable and then visible.</summary>
    /// <exception cref="DrException"><see cref="DrError.ObjectExists"/> when the name was taken meanwhile.</exception>
    public abstract ValueTask CommitAsync(CancellationToken cancellationToken);

    /// <summary><see cref="WriteAsync"/> on the caller's thread.</summary>
    public virtual void Write(ReadOnlySpan<byte> content) => WriteAsync(content.ToArray(), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary><see cref="CommitAsync"/> on the caller's thread.</summary>
    /// <returns><see langword="false"/> when the name was taken meanwhile.</returns>
    public virtual bool TryCommit()
    {
        try
        {
            CommitAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            return true;
        }
        catch (DrException e) when (e.Error == DrError.ObjectExists)
        {
            return false;
        }
    }

    /// <summary><see cref="DisposeAsync"/> on the caller's thread.</summary>
    public virtual void Abandon() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
