using System.Text;
using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>
/// Keeps what a restore replaces: it is moved into a folder of the target under its own path, and removed only when the
/// restore has succeeded. Safe for any thread.
/// </summary>
/// <remarks>The folder is <c>.drtools-replaced</c>, or with a number behind it where an earlier restore left one.</remarks>
internal sealed class ReplacedEntries(TreeRoot root, IReadOnlyList<byte[]> earlier, Action<IReadOnlyList<byte[]>> changed) : IDisposable
{
    private readonly List<byte[]> _names = [.. earlier];
    private readonly Lock _lock = new();
    private TreeRoot? _kept;
    private TargetFolders? _folders;

    /// <summary>The names of these folders in the target, those of an interrupted restore first; empty while nothing was
    /// replaced.</summary>
    internal IReadOnlyList<byte[]> Names => _names;

    /// <summary>Moves an entry of the target away.</summary>
    /// <returns>0, or a negated error number.</returns>
    internal int Take(int folder, ReadOnlySpan<byte> name, ReadOnlySpan<byte> path)
    {
        lock (_lock)
        {
            var error = EnsureFolder();
            if (error < 0)
            {
                return error;
            }

            PathParts.Split(path, out var parent, out _);
            error = _folders!.Acquire(parent, out var kept);
            if (error < 0)
            {
                return error;
            }

            error = FolderEntries.Rename(folder, name, kept!.Fd, name);
            kept.Release();
            return error;
        }
    }

    /// <summary>Gives way to an entry of the tree that bears the folder's name.</summary>
    internal int MakeWayFor(ReadOnlySpan<byte> path)
    {
        lock (_lock)
        {
            for (var i = 0; i < _names.Count; i++)
            {
                var name = _names[i];
                if (!path.StartsWith(name) || (path.Length > name.Length && path[name.Length] != (byte)'/'))
                {
                    continue;
                }

                // It may be known without being there: its name is written down before it is made.
                var error = UseFree(candidate => FolderEntries.Rename(root.Fd, name, root.Fd, candidate));
                if (error < 0 && error != -Errno.NoEntry)
                {
                    return error;
                }

                _names.RemoveAt(i--);
                changed(_names);
            }

            return 0;
        }
    }

    /// <summary>Removes everything that was replaced.</summary>
    /// <returns>0, or a negated error number; something is left then.</returns>
    internal int Remove()
    {
        lock (_lock)
        {
            Close();
            while (_names.Count > 0)
            {
                var error = FolderRemoval.Remove(root.Fd, _names[^1]);
                if (error < 0 && error != -Errno.NoEntry)
                {
                    return error;
                }

                _names.RemoveAt(_names.Count - 1);
            }

            return 0;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            Close();
        }
    }

    private void Close()
    {
        _folders?.Dispose();
        _kept?.Dispose();
        (_folders, _kept) = (null, null);
    }

    private int EnsureFolder()
    {
        if (_kept is not null)
        {
            return 0;
        }

        var error = UseFree(candidate => FolderEntries.CreateFolder(root.Fd, candidate, 0x1C0));
        var fd = error < 0 ? error : Descriptor.OpenName(root.Fd, _names[^1], Abi.ReadOnly | Abi.Directory);
        if (fd < 0)
        {
            return fd;
        }

        _kept = new TreeRoot(fd);
        _folders = new TargetFolders(_kept);
        return 0;
    }

    /// <summary>Does something with the first name that is free. The name is told before, so that an interruption right
    /// after it leaves nothing that nobody knows of.</summary>
    private int UseFree(Func<byte[], int> attempt)
    {
        for (var number = 1; ; number++)
        {
            var name = Encoding.ASCII.GetBytes(number == 1 ? ".drtools-replaced" : $".drtools-replaced-{number}");
            if (FileStatus.OfName(root.Fd, name, out _) != -Errno.NoEntry || _names.Any(n => n.AsSpan().SequenceEqual(name)))
            {
                continue;
            }

            _names.Add(name);
            changed(_names);
            var error = attempt(name);
            if (error == 0)
            {
                return 0;
            }

            _names.Remove(name);
            changed(_names);
            if (error != -Errno.Exists)
            {
                return error;
            }
        }
    }
}
