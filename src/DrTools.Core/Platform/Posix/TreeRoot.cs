using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace DrTools.Platform.Posix;

/// <summary>
/// An open folder beneath which paths are opened such that no symbolic link in any component is followed, and nothing
/// outside is ever reached, whoever swaps folders for links meanwhile.
/// </summary>
/// <remarks>openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS resolves a whole path in one call (Linux 5.6).
/// Older kernels, and sandboxes that refuse it, get one openat(2) with O_NOFOLLOW for each component.</remarks>
internal sealed unsafe class TreeRoot : IDisposable
{
    private static readonly bool KernelResolves = Probe();
    private readonly SafeFileHandle _handle;
    private readonly bool _kernelResolves;
    private readonly List<(byte[] Path, TreeRoot Root)> _mounts = [];

    /// <param name="fd">An open folder, which is closed with this object.</param>
    /// <param name="allowOpenAt2">False to go component by component even where the kernel has openat2.</param>
    internal TreeRoot(int fd, bool allowOpenAt2 = true)
    {
        _handle = new SafeFileHandle(fd, ownsHandle: true);
        Fd = fd;
        _kernelResolves = allowOpenAt2 && KernelResolves;
    }

    internal int Fd { get; }

    /// <summary>Folders elsewhere, each of which stands for a path beneath this one.</summary>
    internal IReadOnlyList<(byte[] Path, TreeRoot Root)> Mounts => _mounts;

    /// <summary>Has another folder stand for a path; it is closed with this object.</summary>
    internal void Mount(byte[] path, TreeRoot root) => _mounts.Add((path, root));

    /// <summary>Whether another folder stands for a path.</summary>
    internal bool IsMount(ReadOnlySpan<byte> path)
    {
        foreach (var (mount, _) in _mounts)
        {
            if (path.SequenceEqual(mount))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Opens a relative path (the empty path is the root itself). It must hold no <c>..</c>.</summary>
    /// <returns>A descriptor, or a negated error number: ELOOP or ENOTDIR where a component is a symbolic link.</returns>
    internal int Open(ReadOnlySpan<byte> path, int flags, uint mode = 0)
    {
        if (path.IsEmpty)
        {
            return Descriptor.OpenName(Fd, "."u8, flags, mode);
        }

        foreach (var (mount, root) in _mounts)
        {
            if (path.StartsWith(mount) && (path.Length == mount.Length || path[mount.Length] == (byte)'/'))
            {
                return root.Open(path[Math.Min(mount.Length + 1, path.Length)..], flags, mode);
            }
        }

        var longest = _kernelResolves ? Abi.LongestPath : 0;
        var directory = Fd;
        try
        {
            while (path.Length > longest)
            {
                var cut = longest == 0 ? path.IndexOf((byte)'/') : path[..longest].LastIndexOf((byte)'/');
                if (cut < 0)
                {
                    break;
                }

                var next = OpenStep(directory, path[..cut], Abi.PathOnly | Abi.Directory, 0);
                if (next < 0)
                {
                    return next;
                }

                CloseStep(directory);
                directory = next;
                path = path[(cut + 1)..];
            }

            return OpenStep(directory, path, flags, mode);
        }
        finally
        {
            CloseStep(directory);
        }
    }

    public void Dispose()
    {
        foreach (var (_, root) in _mounts)
        {
            root.Dispose();
        }

        _handle.Dispose();
    }

    private static bool Probe()
    {
        var fd = OpenAt2(Abi.AtCurrentFolder, "."u8, Abi.PathOnly | Abi.Directory, 0);
        Descriptor.Close(fd);
        return fd is not (-Errno.NotImplemented or -Errno.NotPermitted);
    }

    private int OpenStep(int directory, ReadOnlySpan<byte> path, int flags, uint mode) =>
        _kernelResolves ? OpenAt2(directory, path, flags, mode) : Descriptor.OpenName(directory, path, flags, mode);

    private void CloseStep(int directory)
    {
        if (directory != Fd)
        {
            Descriptor.Close(directory);
        }
    }

    [SkipLocalsInit]
    private static int OpenAt2(int directory, ReadOnlySpan<byte> path, int flags, uint mode)
    {
        var text = new CString(path, stackalloc byte[512]);
        var how = new OpenHow
        {
            Flags = (uint)(flags | Abi.NoFollow | Abi.CloseOnExec),
            Mode = mode,
            Resolve = Abi.ResolveBeneath | Abi.ResolveNoSymlinks,
        };
        fixed (byte* bytes = text)
        {
            int fd;
            do
            {
                fd = Errno.Of(LibC.OpenAt2(Abi.CallOpenAt2, directory, bytes, &how, sizeof(OpenHow)));
            }
            while (fd == -Errno.Interrupted);

            return fd;
        }
    }
}
