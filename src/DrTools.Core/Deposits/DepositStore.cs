using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using DrTools.Stores;

namespace DrTools.Deposits;

/// <summary>
/// A store of which nothing is asked but to take objects. What this process has stored it remembers (small objects as a whole, of
/// packs the size), and that is all that is read, listed and deleted. Leases are not stored: nobody could see them or take them
/// away.
/// </summary>
/// <param name="store">Where the objects go.</param>
/// <param name="time">The clock.</param>
internal sealed class DepositStore(IObjectStore store, TimeProvider time) : IObjectStore
{
    private const string Packs = "packs/";
    private const string Leases = "leases/";

    private readonly ConcurrentDictionary<string, Remembered> _objects = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Location => store.Location;

    /// <inheritdoc/>
    public bool IsRemote => store.IsRemote;

    /// <inheritdoc/>
    public StoreTraffic? Traffic => store.Traffic;

    /// <summary>Objects that were stored.</summary>
    public int Count => _objects.Keys.Count(IsStored);

    /// <inheritdoc/>
    public async ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken) =>
        Remember(name, await store.CreateAsync(name, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public ObjectWriter Create(string name) => Remember(name, store.Create(name));

    /// <inheritdoc/>
    public async ValueTask<bool> TryPutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        if (_objects.ContainsKey(name) || (IsStored(name) && !await store.TryPutAsync(name, content, cancellationToken).ConfigureAwait(false)))
        {
            return false;
        }

        return _objects.TryAdd(name, new Remembered(content.ToArray(), content.Length, time.GetUtcNow()));
    }

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_objects.TryGetValue(name, out var known))
        {
            return ValueTask.FromException<int>(new DrException(DrError.ObjectMissing, $"{name} was not stored in {Location} by this run.", "Nothing is read of a place for deposits.") { Subject = name });
        }

        if (known.Content is null)
        {
            return ValueTask.FromException<int>(new DrException(DrError.StoreDenied, $"{name} cannot be read back: {Location} takes deposits, and nothing is read there.", "Take a backup of this source into a repository instead.") { Subject = name });
        }

        var count = (int)Math.Max(0, Math.Min(buffer.Length, known.Content.Length - offset));
        known.Content.AsSpan((int)Math.Min(offset, known.Content.Length), count).CopyTo(buffer.Span);
        return ValueTask.FromResult(count);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectName.RequirePrefix(prefix);
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var (name, known) in _objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            yield return new StoredObject(name, known.Length, known.Created);
        }
    }

    /// <inheritdoc/>
    /// <remarks>It is forgotten. In the store it stays: it is left to whoever receives the deposits.</remarks>
    public ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken) => ValueTask.FromResult(_objects.TryRemove(name, out _));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static bool IsStored(string name) => !name.StartsWith(Leases, StringComparison.Ordinal);

    private Writer Remember(string name, ObjectWriter writer) => new(this, name, writer, !name.StartsWith(Packs, StringComparison.Ordinal));

    private void Add(string name, byte[]? content, long length) => _objects[name] = new Remembered(content, length, time.GetUtcNow());

    private sealed record Remembered(byte[]? Content, long Length, DateTimeOffset Created);

    private sealed class Writer(DepositStore owner, string name, ObjectWriter inner, bool keeps) : ObjectWriter
    {
        private readonly MemoryStream _content = new();
        private long _length;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            await inner.WriteAsync(content, cancellationToken).ConfigureAwait(false);
            Keep(content.Span);
        }

        public override void Write(ReadOnlySpan<byte> content)
        {
            inner.Write(content);
            Keep(content);
        }

        public override async ValueTask CommitAsync(CancellationToken cancellationToken)
        {
            await inner.CommitAsync(cancellationToken).ConfigureAwait(false);
            owner.Add(name, keeps ? _content.ToArray() : null, _length);
        }

        public override bool TryCommit()
        {
            if (!inner.TryCommit())
            {
                return false;
            }

            owner.Add(name, keeps ? _content.ToArray() : null, _length);
            return true;
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();

        public override void Abandon() => inner.Abandon();

        private void Keep(ReadOnlySpan<byte> content)
        {
            _length += content.Length;
            if (keeps)
            {
                _content.Write(content);
            }
        }
    }
}
