using System.Collections.Concurrent;
using DrTools.Stores;

namespace DrTools.Tests.Repositories;

/// <summary>A folder whose objects can be locked, by a clock that a test sets.</summary>
internal sealed class LockingStore(IObjectStore inner, TimeProvider time, ConcurrentDictionary<string, DateTimeOffset> locks) : IObjectStore, ILockingStore
{
    private TimeSpan _period;
    private Func<string, bool> _covers = _ => false;

    public static int Extended { get; set; }

    public string Location => inner.Location;

    public async ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken) =>
        new Writer(await inner.CreateAsync(name, cancellationToken), () => Lock(name));

    public async ValueTask<bool> TryPutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (!await inner.TryPutAsync(name, content, cancellationToken))
        {
            return false;
        }

        Lock(name);
        return true;
    }

    public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken) => inner.ReadAsync(name, offset, buffer, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        if (locks.TryGetValue(name, out var until) && until > time.GetUtcNow())
        {
            throw new DrException(DrError.ObjectLocked, $"{name} is locked until {until:u}.", "Wait.") { Subject = name };
        }

        locks.TryRemove(name, out _);
        return inner.DeleteAsync(name, cancellationToken);
    }

    public ValueTask RequireLockingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void LockNew(ObjectLockMode mode, TimeSpan period, Func<string, bool> covers) => (_period, _covers) = (period, covers);

    public ValueTask<DateTimeOffset?> ReadLockAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult(locks.TryGetValue(name, out var until) ? until : (DateTimeOffset?)null);

    public async ValueTask<bool> ExtendLockAsync(string name, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (await inner.FindAsync(name, cancellationToken) is null)
        {
            return false;
        }

        lock (locks)
        {
            Extended++;
        }

        locks.AddOrUpdate(name, until, (_, old) => old > until ? old : until);
        return true;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Lock(string name)
    {
        if (_covers(name))
        {
            locks[name] = time.GetUtcNow() + _period;
        }
    }

    private sealed class Writer(ObjectWriter inner, Action committed) : ObjectWriter
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.WriteAsync(content, cancellationToken);

        public override async ValueTask CommitAsync(CancellationToken cancellationToken)
        {
            await inner.CommitAsync(cancellationToken);
            committed();
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
