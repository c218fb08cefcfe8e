using System.Diagnostics.CodeAnalysis;
using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>
/// Keeps the folders open that were used last, so that an entry costs one call in its own folder and not a walk from
/// the root. Safe for any thread.
/// </summary>
internal sealed class TargetFolders : IDisposable
{
    private const int MostOpen = 128;
    private static readonly int Flags = Abi.ReadOnly | Abi.Directory | Abi.NonBlocking;

    private readonly TreeRoot _root;
    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], TargetFolder> _open = new(PathComparer.Instance);
    private readonly Dictionary<byte[], TargetFolder>.AlternateLookup<ReadOnlySpan<byte>> _openBySpan;
    private readonly HashSet<byte[]> _created = new(PathComparer.Instance);
    private long _calls;

    internal TargetFolders(TreeRoot root)
    {
        _root = root;
        _openBySpan = _open.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Opens a folder, creating it and those above it where they are missing (the part of a tree that is
    /// restored may begin anywhere). The caller releases it.</summary>
    /// <returns>0, or a negated error number.</returns>
    internal int Acquire(ReadOnlySpan<byte> path, [NotNullWhen(true)] out TargetFolder? folder)
    {
        lock (_lock)
        {
            return AcquireLocked(path, out folder);
        }
    }

    /// <summary>Whether a folder came into being because something in it was wanted.</summary>
    internal bool WasCreated(byte[] path)
    {
        lock (_lock)
        {
            return _created.Contains(path);
        }
    }

    /// <summary>Forgets a path and what lies below it, because something else takes its place.</summary>
    internal void Forget(ReadOnlySpan<byte> path)
    {
        lock (_lock)
        {
            var stale = new List<byte[]>();
            foreach (var open in _open.Keys)
            {
                if (open.AsSpan().StartsWith(path) && (open.Length == path.Length || open[path.Length] == (byte)'/'))
                {
                    stale.Add(open);
                }
            }

            foreach (var open in stale)
            {
                Drop(open);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var folder in _open.Values)
            {
                folder.Release();
            }

            _open.Clear();
        }
    }

    private int AcquireLocked(ReadOnlySpan<byte> path, out TargetFolder? folder)
    {
        if (!_openBySpan.TryGetValue(path, out folder))
        {
            var fd = Open(path);
            if (fd == -Errno.NoEntry && !path.IsEmpty)
            {
                fd = CreateAndOpen(path);
            }

            if (fd < 0)
            {
                return fd;
            }

            if (_open.Count >= MostOpen)
            {
                Drop(_open.MinBy(static pair => pair.Value.LastUse).Key);
            }

            folder = new TargetFolder(fd);
            _open.Add(path.ToArray(), folder);
        }

        folder.LastUse = ++_calls;
        folder.Retain();
        return 0;
    }

    private int Open(ReadOnlySpan<byte> path)
    {
        PathParts.Split(path, out var parent, out var name);
        return !path.IsEmpty && !_root.IsMount(path) && _openBySpan.TryGetValue(parent, out var above)
            ? Descriptor.OpenName(above.Fd, name, Flags)
            : _root.Open(path, Flags);
    }

    private int CreateAndOpen(ReadOnlySpan<byte> path)
    {
        PathParts.Split(path, out var parent, out var name);
        var error = AcquireLocked(parent, out var above);
        if (error < 0)
        {
            return error;
        }

        error = FolderEntries.CreateFolder(above!.Fd, name, 0x1FF);
        if (error == 0)
        {
            _created.Add(path.ToArray());
        }

        var fd = error is 0 or -Errno.Exists ? Descriptor.OpenName(above.Fd, name, Flags) : error;
        above.Release();
        return fd;
    }

    private void Drop(byte[] path)
    {
        if (_open.Remove(path, out var folder))
        {
            folder.Release();
        }
    }
}
