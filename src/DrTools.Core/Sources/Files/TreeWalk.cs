using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Sources.Files;

/// <summary>
/// Walks a tree depth first, the names of each folder in the order of their bytes, which makes the whole sequence that
/// of <see cref="TreePath.Compare"/>.
/// </summary>
/// <remarks>
/// Every name is looked up in the open folder above it and never followed if it is a link, so that the walk stays inside
/// the tree whatever is moved about meanwhile. Of deep chains of folders only the last are held open.
/// </remarks>
internal sealed class TreeWalk : IDisposable
{
    private const int MostOpenFolders = 64;
    private static readonly int FolderFlags = Abi.ReadOnly | Abi.Directory | Abi.NonBlocking;

    private readonly TreeRoot _root;
    private readonly TreeScope _scope;
    private readonly HardLinks _hardLinks = new();
    private readonly List<Folder> _folders = [];
    private readonly byte[] _records = new byte[32 * 1024];
    private readonly byte[] _target = new byte[Abi.LongestPath + 1];
    private byte[] _path = new byte[1024];
    private int _depth = -1;
    private bool _started;

    internal TreeWalk(TreeRoot root, TreeScope scope)
    {
        _root = root;
        _scope = scope;
    }

    /// <summary>The next entry, or <see langword="null"/> at the end.</summary>
    internal TreeEntry? Next()
    {
        if (!_started)
        {
            _started = true;
            return EnterRoot();
        }

        while (_depth >= 0)
        {
            var folder = _folders[_depth];
            if (folder.Next >= folder.Names.Count || !EnsureOpen(folder))
            {
                Leave(folder);
            }
            else if (Visit(folder, folder.Names[folder.Next++]) is { } entry)
            {
                return entry;
            }
        }

        return null;
    }

    public void Dispose()
    {
        foreach (var folder in _folders)
        {
            folder.Close();
        }
    }

    private TreeEntry EnterRoot()
    {
        var fd = OpenFolder(_root.Fd, "."u8);
        if (fd < 0)
        {
            throw new DrException(
                DrError.SourceMissing,
                $"The root of the source cannot be opened: {Errno.Text(fd)}.",
                "Check that this user may read it.");
        }

        _ = FileStatus.OfDescriptor(fd, out var status);
        return Enter(fd, 0, [], status);
    }

    private TreeEntry? Visit(Folder folder, ReadOnlySpan<byte> name)
    {
        var path = ExtendPath(folder.PathLength, name);
        var error = FileStatus.OfName(folder.Fd, name, out var status);
        if (error < 0)
        {
            ReportUnreadable(path, error);
            return null;
        }

        if (_scope.IsExcluded(path, status.IsDirectory))
        {
            return null;
        }

        switch (status.Type)
        {
            case Abi.TypeFile:
                return VisitFile(path.ToArray(), status);
            case Abi.TypeDirectory:
                return VisitFolder(folder, name, path, status);
            case Abi.TypeSymbolicLink:
                return VisitLink(folder, name, path.ToArray(), status);
            case Abi.TypeFifo:
                return VisitNode(folder, name, path.ToArray(), EntryKind.Fifo, status);
            case Abi.TypeCharacterDevice:
                return VisitNode(folder, name, path.ToArray(), EntryKind.CharacterDevice, status);
            case Abi.TypeBlockDevice:
                return VisitNode(folder, name, path.ToArray(), EntryKind.BlockDevice, status);
            default:
                _scope.ReportRemark(path, "It is a socket, which only the program behind it can create; left out.");
                return null;
        }
    }

    private TreeEntry VisitFile(byte[] path, in FileStatus status)
    {
        if (status.Links > 1 && _hardLinks.Meet(status, path) is { } first)
        {
            var link = EntryReader.Create(path, EntryKind.HardLink, status);
            link.LinkTarget = first;
            link.Size = 0;
            return link;
        }

        return EntryReader.Create(path, EntryKind.File, status);
    }

    private TreeEntry? VisitLink(Folder folder, ReadOnlySpan<byte> name, byte[] path, in FileStatus status)
    {
        var length = SymbolicLink.Read(folder.Fd, name, _target);
        if (length < 0)
        {
            ReportUnreadable(path, length);
            return null;
        }

        var link = EntryReader.Create(path, EntryKind.SymbolicLink, status);
        link.LinkTarget = _target.AsSpan(0, length).ToArray();
        link.Attributes = _scope.ReadAttributes(new AttributedFile(folder.Fd, name), path);
        return link;
    }

    private TreeEntry VisitNode(
        Folder folder, ReadOnlySpan<byte> name, byte[] path, EntryKind kind, in FileStatus status)
    {
        var node = EntryReader.Create(path, kind, status);
        node.DeviceNumber = kind == EntryKind.Fifo ? 0 : status.ReferredDevice;
        node.Attributes = _scope.ReadAttributes(new AttributedFile(folder.Fd, name), path);
        return node;
    }

    private TreeEntry? VisitFolder(Folder parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> path, FileStatus status)
    {
        if (_scope.Own.Explain(status) is { } own)
        {
            _scope.ReportRemark(path, own);
            return Unentered(parent, name, path, status);
        }

        if (status.Device != parent.Device && !MayCross(parent, name, path, status.Device))
        {
            return EntryReader.Create(path.ToArray(), EntryKind.Directory, status);
        }

        var fd = OpenFolder(parent.Fd, name);
        if (fd < 0)
        {
            ReportUnreadable(path, fd);
            return fd == -Errno.AccessDenied ? Unentered(parent, name, path, status) : null;
        }

        _ = FileStatus.OfDescriptor(fd, out var opened);
        if (!opened.IsSameFile(status) && opened.Device != parent.Device)
        {
            Descriptor.Close(fd);
            _scope.ReportLoss(path, "Something was mounted on it during the backup; left out.");
            return null;
        }

        return Enter(fd, path.Length, path.ToArray(), opened);
    }

    /// <summary>Whether to enter a folder that another file system is mounted on.</summary>
    private bool MayCross(Folder parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> path, ulong device)
    {
        if (_scope.Options.OneFileSystem)
        {
            _scope.ReportRemark(path, "Another file system is mounted here; its content is left out, as asked for.");
            return false;
        }

        // O_PATH opens an automount point without mounting anything.
        var fd = Descriptor.OpenName(parent.Fd, name, Abi.PathOnly | Abi.Directory);
        if (fd < 0)
        {
            return true;
        }

        var kind = FileSystems.PseudoKind(fd, device);
        Descriptor.Close(fd);
        switch (kind)
        {
            case null:
                return true;
            case FileSystems.Automount:
                _scope.ReportLoss(path, "It is an automount point with nothing mounted on it; nothing was read. "
                    + "Mount it before the backup, or exclude it.");
                return false;
            default:
                _scope.ReportRemark(path, $"A pseudo file system ({kind}) is mounted here; its content is left out.");
                return false;
        }
    }

    private TreeEntry Unentered(Folder parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> path, in FileStatus status)
    {
        var entry = EntryReader.Create(path.ToArray(), EntryKind.Directory, status);
        entry.Attributes = _scope.ReadAttributes(new AttributedFile(parent.Fd, name), entry.Path);
        return entry;
    }

    /// <summary>Makes an open folder the current one.</summary>
    private TreeEntry Enter(int fd, int pathLength, byte[] path, in FileStatus status)
    {
        var entry = EntryReader.Create(path, EntryKind.Directory, status);
        entry.Attributes = _scope.ReadAttributes(new AttributedFile(fd), path);

        if (++_depth == _folders.Count)
        {
            _folders.Add(new Folder());
        }

        if (_depth >= MostOpenFolders)
        {
            _folders[_depth - MostOpenFolders].Close();
        }

        var folder = _folders[_depth];
        folder.Open(fd, pathLength, status);
        var error = folder.Names.Read(fd, _records);
        if (error < 0)
        {
            _scope.ReportLoss(path, $"The names in it could not all be read: {Errno.Text(error)}.");
        }

        return entry;
    }

    private void Leave(Folder folder)
    {
        folder.Close();
        _depth--;
    }

    /// <summary>Opens a folder again that was closed while the walk was far below it.</summary>
    private bool EnsureOpen(Folder folder)
    {
        if (folder.Fd >= 0)
        {
            return true;
        }

        var path = _path.AsSpan(0, folder.PathLength);
        var fd = _root.Open(path, FolderFlags);
        if (fd >= 0 && FileStatus.OfDescriptor(fd, out var status) == 0 && folder.Is(status))
        {
            folder.Reopen(fd);
            return true;
        }

        Descriptor.Close(fd);
        _scope.ReportLoss(path, "It was moved or deleted while what it holds was read; the rest of it is missing.");
        return false;
    }

    private static int OpenFolder(int parent, ReadOnlySpan<byte> name)
    {
        var fd = Descriptor.OpenName(parent, name, FolderFlags | Abi.NoAccessTime);
        return fd == -Errno.NotPermitted ? Descriptor.OpenName(parent, name, FolderFlags) : fd;
    }

    private void ReportUnreadable(ReadOnlySpan<byte> path, int error)
    {
        switch (-error)
        {
            case Errno.NoEntry:
                _scope.ReportRemark(path, "It was deleted during the backup.");
                break;
            case Errno.Loop or Errno.NotDirectory or Errno.Invalid:
                _scope.ReportLoss(path, "Something else took its place while it was read; left out.");
                break;
            default:
                _scope.ReportLoss(path, $"It could not be read: {Errno.Text(error)}.");
                break;
        }
    }

    private ReadOnlySpan<byte> ExtendPath(int parentLength, ReadOnlySpan<byte> name)
    {
        var start = parentLength == 0 ? 0 : parentLength + 1;
        var length = start + name.Length;
        if (length > _path.Length)
        {
            Array.Resize(ref _path, length * 2);
        }

        if (start > 0)
        {
            _path[parentLength] = (byte)'/';
        }

        name.CopyTo(_path.AsSpan(start));
        return _path.AsSpan(0, length);
    }

    /// <summary>A folder on the way from the root to where the walk is.</summary>
    private sealed class Folder
    {
        private ulong _inode;

        internal int Fd { get; private set; } = -1;

        internal ulong Device { get; private set; }

        internal int PathLength { get; private set; }

        internal FolderNames Names { get; } = new();

        internal int Next { get; set; }

        internal bool Is(in FileStatus status) => status.Inode == _inode && status.Device == Device;

        internal void Open(int fd, int pathLength, in FileStatus status)
        {
            (Fd, PathLength, Device, _inode, Next) = (fd, pathLength, status.Device, status.Inode, 0);
        }

        internal void Reopen(int fd) => Fd = fd;

        internal void Close()
        {
            Descriptor.Close(Fd);
            Fd = -1;
        }
    }
}
