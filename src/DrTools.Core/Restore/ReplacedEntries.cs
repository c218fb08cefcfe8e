using System.Text;
using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>
/// Keeps what a restore replaces: it is moved into a folder of the target under its own path, and removed only when the
/// restore has succeeded. Safe for any thread.
/// </summary>
/// <remarks>The folder is <c>.drtools-replaced</c>, or with a number behind it where an earlier restore left one.</remarks>
internal sealed class ReplacedEntries(TreeRoot root) : IDisposable
{
    private readonly Lock _lock = new();
    private TreeRoot? _kept;
    private TargetFolders? _folders;

    /// <summary>The folder's name in the target; <see langword="null"/> while nothing was replaced.</summary>
    internal byte[]? Name { get; private set; }

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
            if (Name is null || !path.StartsWith(Name) || (path.Length > Name.Length && path[Name.Length] != (byte)'/'))
            {
                return 0;
            }

            var (error, free) = FirstFree(candidate => FolderEntries.Rename(root.Fd, Name, root.Fd, candidate));
            Name = error < 0 ? Name : free;
            return error;
        }
    }

    /// <summary>Removes everything that was replaced.</summary>
    /// <returns>0, or a negated error number; something is left then.</returns>
    internal int Remove()
    {
        lock (_lock)
        {
            if (Name is null)
            {
                return 0;
            }

            Close();
            var error = FolderRemoval.Remove(root.Fd, Name);
            Name = error < 0 ? Name : null;
            return error;
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
        if (Name is not null)
        {
            return 0;
        }

        var (error, name) = FirstFree(candidate => FolderEntries.CreateFolder(root.Fd, candidate, 0x1C0));
        var fd = error < 0 ? error : Descriptor.OpenName(root.Fd, name, Abi.ReadOnly | Abi.Directory);
        if (fd < 0)
        {
            return fd;
        }

        Name = name;
        _kept = new TreeRoot(fd);
        _folders = new TargetFolders(_kept);
        return 0;
    }

    private static (int Error, byte[] Name) FirstFree(Func<byte[], int> attempt)
    {
        for (var number = 1; ; number++)
        {
            var name = Encoding.ASCII.GetBytes(number == 1 ? ".drtools-replaced" : $".drtools-replaced-{number}");
            var error = attempt(name);
            if (error != -Errno.Exists)
            {
                return (error, name);
            }
        }
    }
}
