using Microsoft.Win32.SafeHandles;

namespace DrTools.Stores;

/// <summary>
/// Keeps the handles that were used last, by name. One that is in use stays open until its last user returns it,
/// even when it has been dropped meanwhile.
/// </summary>
internal sealed class HandleCache(int capacity) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _clock;
    private bool _disposed;

    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>A handle that was kept, or nothing.</summary>
    internal Use? Find(string name)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(DirectoryStore));
            return _entries.TryGetValue(name, out var entry) ? Take(entry) : null;
        }
    }

    /// <summary>Keeps a handle that was just opened, in place of an older one of that name.</summary>
    internal Use Add(string name, SafeFileHandle handle)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                handle.Dispose();
                throw new ObjectDisposedException(nameof(DirectoryStore));
            }

            if (_entries.TryGetValue(name, out var older))
            {
                Drop(older);
            }
            else if (_entries.Count >= capacity)
            {
                Drop(_entries.Values.MinBy(e => e.LastUse)!);
            }

            var entry = new Entry(name, handle);
            _entries.Add(name, entry);
            return Take(entry);
        }
    }

    /// <summary>Forgets a name.</summary>
    internal void Drop(string name)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(name, out var entry))
            {
                Drop(entry);
            }
        }
    }

    /// <summary>Forgets a handle, but not one that has taken its place.</summary>
    internal void Drop(Use use)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(use.Entry.Name, out var entry) && entry == use.Entry)
            {
                Drop(entry);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var entry in _entries.Values.ToArray())
            {
                Drop(entry);
            }
        }
    }

    private Use Take(Entry entry)
    {
        entry.Users++;
        entry.LastUse = ++_clock;
        return new Use(this, entry);
    }

    private void Drop(Entry entry)
    {
        _entries.Remove(entry.Name);
        entry.Dropped = true;
        if (entry.Users == 0)
        {
            entry.Handle.Dispose();
        }
    }

    private void Return(Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Users == 0 && entry.Dropped)
            {
                entry.Handle.Dispose();
            }
        }
    }

    /// <summary>The right to use a handle until it is disposed, once.</summary>
    internal readonly struct Use(HandleCache cache, Entry entry) : IDisposable
    {
        internal Entry Entry => entry;

        internal SafeFileHandle Handle => entry.Handle;

        public void Dispose() => cache.Return(entry);
    }

    internal sealed class Entry(string name, SafeFileHandle handle)
    {
        internal string Name => name;

        internal SafeFileHandle Handle => handle;

        internal int Users { get; set; }

        internal long LastUse { get; set; }

        internal bool Dropped { get; set; }
    }
}
