using System.Collections.Concurrent;
using System.Text;
using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>
/// Writes a tree under a target folder.
/// </summary>
/// <remarks>
/// <para>Nothing is ever written outside the target: every path is checked, and every folder on it is opened without
/// following a symbolic link, be it one that the target has, one that the tree itself brought, or one that someone swaps
/// in meanwhile.</para>
/// <para>Files appear whole: in a target that was empty they are created under their own names and get their time last
/// (a resumed restore compares contents), elsewhere under a temporary name that is changed last. Folders can be entered
/// by nobody else until <see cref="Finish"/> gives them their metadata.</para>
/// <para>What is replaced is moved to <see cref="ReplacedFolder"/> and removed once all has succeeded.</para>
/// <para>All members but <see cref="Finish"/> and <see cref="Dispose"/> may be called from several threads; a folder
/// comes before what it holds, and a hard link after its file.</para>
/// </remarks>
public sealed class TreeWriter : IDisposable
{
    private const uint PrivateFolder = 0x1C0;
    private const uint PrivateFile = 0x180;

    private readonly string _target;
    private readonly TreeWriterOptions _options;
    private readonly TreeRoot _root;
    private readonly TargetFolders _folders;
    private readonly ReplacedEntries _replaced;
    private readonly Lock _directoriesLock = new();
    private readonly List<TreeEntry> _directories = [];
    private readonly ConcurrentDictionary<byte[], bool> _likeTemporary = new(PathComparer.Instance);
    private readonly bool _wasEmpty;
    private int _temporaryNames;

    private TreeWriter(string target, TreeWriterOptions options, TreeRoot root, bool wasEmpty)
    {
        _target = target;
        _options = options;
        _root = root;
        _wasEmpty = wasEmpty;
        _folders = new TargetFolders(root);
        _replaced = new ReplacedEntries(root, options.EarlierReplaced, options.ReplacedChanged);
        Metadata = new MetadataWriter(options);
        Errors = new TargetErrors(target, root.Fd);
        WritesDirectly = !options.IsReadSoon && FileSystems.WritesDirectly(root.Fd);
    }

    /// <summary>Where the replaced entries of the target lie, under their own relative paths; <see langword="null"/>
    /// when nothing was replaced, or all of it was removed after the restore succeeded.</summary>
    public string? ReplacedFolder => _replaced.Names is [.., var name] ? Path.Join(_target, Encoding.ASCII.GetString(name)) : null;

    internal MetadataWriter Metadata { get; }

    internal TargetErrors Errors { get; }

    /// <summary>Whether large files are to be written around the page cache.</summary>
    internal bool WritesDirectly { get; }

    /// <summary>Opens a target folder, creating it where it is missing. Links in the path of the target itself are
    /// followed.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public static TreeWriter Open(string target, TreeWriterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        try
        {
            Directory.CreateDirectory(target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(target, error.Message, error);
        }

        var fd = Descriptor.OpenPath(Encoding.UTF8.GetBytes(target), Abi.ReadOnly | Abi.Directory);
        if (fd < 0)
        {
            throw Unusable(target, Errno.Text(fd), null);
        }

        var root = new TreeRoot(fd);
        var names = new FolderNames();
        var failure = names.Read(fd, new byte[16 * 1024]);
        if (failure < 0)
        {
            root.Dispose();
            throw Unusable(target, Errno.Text(failure), null);
        }

        foreach (var (path, folder) in options.Mounts)
        {
            var mounted = Descriptor.OpenPath(Encoding.UTF8.GetBytes(folder), Abi.ReadOnly | Abi.Directory);
            if (mounted < 0)
            {
                root.Dispose();
                throw Unusable(folder, Errno.Text(mounted), null);
            }

            root.Mount(Encoding.UTF8.GetBytes(path), new TreeRoot(mounted));
        }

        return new TreeWriter(target, options, root, names.Count == 0);
    }

    /// <summary>Creates a folder, or keeps the one that is there. Its metadata comes with <see cref="Finish"/>.</summary>
    /// <exception cref="DrException"><see cref="DrError.UnsafePath"/>, <see cref="DrError.TargetNotEmpty"/>,
    /// <see cref="DrError.OutOfSpace"/> or <see cref="DrError.TargetFailure"/>.</exception>
    public void CreateDirectory(TreeEntry entry)
    {
        Expect(entry, EntryKind.Directory);
        if (entry.Path.Length > 0)
        {
            Create(entry, static (folder, name, _) => FolderEntries.CreateFolder(folder.Fd, name, PrivateFolder), KeepFolder);
        }

        lock (_directoriesLock)
        {
            _directories.Add(entry);
        }
    }

    /// <summary>Begins a regular file of <see cref="TreeEntry.Size"/> bytes.</summary>
    /// <exception cref="DrException">As <see cref="CreateDirectory"/>.</exception>
    public TreeFile CreateFile(TreeEntry entry)
    {
        Expect(entry, EntryKind.File);
        var folder = OpenFolderOf(entry.Path, out var name);
        NoteName(entry.Path, name);
        try
        {
            if (_wasEmpty)
            {
                var direct = CreateExclusively(folder, name);
                if (direct != -Errno.Exists)
                {
                    return Begin(entry, folder, direct, name);
                }
            }

            if (!_options.Overwrite && FileStatus.OfName(folder.Fd, name, out _) == 0)
            {
                throw Errors.Exists(entry.Path);
            }

            while (true)
            {
                var temporary = TemporaryName();
                var fd = CreateExclusively(folder, temporary);
                if (fd != -Errno.Exists)
                {
                    return Begin(entry, folder, fd, temporary);
                }
            }
        }
        catch
        {
            folder.Release();
            throw;
        }
    }

    /// <summary>Creates a symbolic link with its metadata.</summary>
    /// <exception cref="DrException">As <see cref="CreateDirectory"/>.</exception>
    public void CreateSymbolicLink(TreeEntry entry)
    {
        Expect(entry, EntryKind.SymbolicLink);
        Create(
            entry,
            (folder, name, link) =>
            {
                var error = SymbolicLink.Create(link.LinkTarget, folder.Fd, name);
                if (error == 0)
                {
                    Metadata.ApplyToName(folder.Fd, name, link, removeOtherAttributes: false);
                }

                return error;
            });
    }

    /// <summary>Gives a file that was committed before a further name.</summary>
    /// <exception cref="DrException">As <see cref="CreateDirectory"/>; <see cref="DrError.TargetFailure"/> too when the
    /// file is not there, or the file system has no hard links.</exception>
    public void CreateHardLink(TreeEntry entry)
    {
        Expect(entry, EntryKind.HardLink);
        var first = entry.LinkTarget ?? [];
        CheckPath(first);
        var firstFolder = OpenFolderOf(first, out var bytes);
        var firstName = bytes.ToArray();
        try
        {
            var error = FileStatus.OfName(firstFolder.Fd, firstName, out var file);
            if (error < 0 || !file.IsFile)
            {
                throw Errors.Failed(entry.Path, error < 0 ? error : -Errno.Invalid);
            }

            Create(
                entry,
                (folder, name, _) => FolderEntries.CreateHardLink(firstFolder.Fd, firstName, folder.Fd, name),
                (TargetFolder _, ReadOnlySpan<byte> _, in FileStatus existing) => existing.IsSameFile(file));
        }
        finally
        {
            firstFolder.Release();
        }
    }

    /// <summary>Creates a named pipe or a device with its metadata. A device that this user may not create is
    /// reported.</summary>
    /// <exception cref="DrException">As <see cref="CreateDirectory"/>.</exception>
    public void CreateSpecial(TreeEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var type = entry.Kind switch
        {
            EntryKind.Fifo => Abi.TypeFifo,
            EntryKind.CharacterDevice => Abi.TypeCharacterDevice,
            EntryKind.BlockDevice => Abi.TypeBlockDevice,
            _ => throw new ArgumentException($"{entry.Kind} is neither a pipe nor a device.", nameof(entry)),
        };
        CheckPath(entry.Path);
        Create(
            entry,
            (folder, name, node) =>
            {
                var error = FolderEntries.CreateNode(folder.Fd, name, type | PrivateFile, node.DeviceNumber);
                if (error == -Errno.NotPermitted)
                {
                    Metadata.Report(node.Path, "The device was not created: only the superuser may do that.");
                    return 0;
                }

                if (error == 0)
                {
                    Metadata.ApplyToName(folder.Fd, name, node, folder.InheritsAcl);
                }

                return error;
            });
    }

    /// <summary>Whether the target already has a regular file with this content, as an interrupted restore leaves it.
    /// <see cref="Keep"/> then gives it its metadata.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="sha256">The SHA-256 of its content.</param>
    public bool Matches(TreeEntry entry, ReadOnlySpan<byte> sha256)
    {
        Expect(entry, EntryKind.File);
        var fd = OpenExisting(entry);
        try
        {
            // A file with further names may be one that others share, and whose metadata is not ours to set.
            return fd >= 0
                && FileStatus.OfDescriptor(fd, out var status) == 0
                && status.IsFile && status.Size == entry.Size && status.Links == 1
                && FileHash.Equals(fd, status.Size, sha256);
        }
        finally
        {
            Descriptor.Close(fd);
        }
    }

    /// <summary>Opens what the target has of a file, when it looks as if an interrupted restore had completed it: files get
    /// their time last. Its content is still to be compared; then <see cref="Keep"/> gives it its metadata.</summary>
    /// <returns>A descriptor to read from, which is the caller's; negative when there is none.</returns>
    internal int OpenRestored(TreeEntry entry)
    {
        Expect(entry, EntryKind.File);
        var fd = OpenExisting(entry);
        if (fd >= 0 && FileStatus.OfDescriptor(fd, out var status) == 0
            && status.IsFile && status.Size == entry.Size && status.ModifiedNs == entry.ModifiedNs && status.Links == 1)
        {
            return fd;
        }

        Descriptor.Close(fd);
        return -1;
    }

    /// <summary>Opens what the target has of a file, to bring it up to date in its place.</summary>
    /// <returns>A descriptor to read from and write to, which is the caller's; negative when there is no file of its own.</returns>
    internal int OpenForUpdate(TreeEntry entry)
    {
        Expect(entry, EntryKind.File);
        var fd = OpenExisting(entry, Abi.ReadWrite);
        if (fd >= 0 && FileStatus.OfDescriptor(fd, out var status) == 0 && status.IsFile && status.Links == 1)
        {
            return fd;
        }

        Descriptor.Close(fd);
        return -1;
    }

    /// <summary>Gives a file that <see cref="Matches"/> its metadata.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>: it is no longer there.</exception>
    public void Keep(TreeEntry entry)
    {
        Expect(entry, EntryKind.File);
        var fd = OpenExisting(entry);
        if (fd < 0)
        {
            throw Errors.Failed(entry.Path, fd);
        }

        PathParts.Split(entry.Path, out _, out var name);
        NoteName(entry.Path, name);

        Metadata.Apply(fd, entry, removeOtherAttributes: true);
        Descriptor.Close(fd);
    }

    /// <summary>
    /// Gives the folders their metadata, the innermost first. After a success everything is brought to disk and what was
    /// replaced is removed; after a failure it stays in <see cref="ReplacedFolder"/>.
    /// </summary>
    /// <param name="success">Whether everything was restored.</param>
    /// <param name="beforeRoot">Runs when all is done but the metadata of the outermost folder.</param>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>: the disk did not take it.</exception>
    public void Finish(bool success, Action? beforeRoot = null)
    {
        if (success && _replaced.Names is [.., var kept])
        {
            // Not before what took its place is safe.
            Sync();
            var error = _replaced.Remove();
            if (error < 0)
            {
                Metadata.Report(kept, $"What was replaced could not all be removed: {Errno.Text(error)}.");
            }
        }

        _folders.Dispose();
        for (var i = _directories.Count - 1; i > 0; i--)
        {
            FinishFolder(_directories[i]);
        }

        beforeRoot?.Invoke();
        if (_directories.Count > 0)
        {
            FinishFolder(_directories[0]);
        }

        _directories.Clear();
        Metadata.ReportOwners();
        if (success && _options.Sync)
        {
            Sync();
        }
    }

    /// <summary>Closes what is open. Without <see cref="Finish"/> folders stay private.</summary>
    public void Dispose()
    {
        _folders.Dispose();
        _replaced.Dispose();
        _root.Dispose();
    }

    /// <summary>Gives a complete file its name.</summary>
    internal void Place(TreeEntry entry, TargetFolder folder, ReadOnlySpan<byte> writtenAs)
    {
        PathParts.Split(entry.Path, out _, out var name);
        if (writtenAs.SequenceEqual(name))
        {
            return;
        }

        var error = Rename(folder.Fd, writtenAs, name);
        if (error == -Errno.Exists)
        {
            Replace(entry.Path, folder, name);
            error = Rename(folder.Fd, writtenAs, name);
        }

        if (error < 0)
        {
            throw Errors.Failed(entry.Path, error);
        }
    }

    private static DrException Unusable(string target, string why, Exception? cause) => new(
        DrError.TargetFailure,
        $"Cannot restore into {target}: {why}",
        "Name a folder that exists or can be created, and that this user may write to.",
        cause) { Subject = target };

    /// <summary>Renames without replacing, by a hard link where the file system cannot (NFS).</summary>
    private static int Rename(int folder, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        var error = FolderEntries.Rename(folder, from, folder, to);
        if (error != -Errno.Invalid)
        {
            return error;
        }

        error = FolderEntries.CreateHardLink(folder, from, folder, to);
        return error < 0 ? error : FolderEntries.Remove(folder, from, isFolder: false);
    }

    private static int CreateExclusively(TargetFolder folder, ReadOnlySpan<byte> name) =>
        Descriptor.OpenName(folder.Fd, name, Abi.WriteOnly | Abi.Create | Abi.Exclusive, PrivateFile);

    private TreeFile Begin(TreeEntry entry, TargetFolder folder, int fd, ReadOnlySpan<byte> name) =>
        fd >= 0 ? new TreeFile(this, entry, folder, fd, name.ToArray()) : throw Errors.Failed(entry.Path, fd, entry.Size);

    private byte[] TemporaryName() => TemporaryFile.Name(Environment.ProcessId, Interlocked.Increment(ref _temporaryNames));

    private void NoteName(byte[] path, ReadOnlySpan<byte> name)
    {
        if (_options.RemoveTemporaries && TemporaryFile.IsName(name))
        {
            _likeTemporary[path] = true;
        }
    }

    private static void Expect(TreeEntry entry, EntryKind kind)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Kind != kind)
        {
            throw new ArgumentException($"{entry.DisplayPath} is a {entry.Kind}, not a {kind}.", nameof(entry));
        }

        CheckPath(entry.Path);
        if (entry.Path.Length == 0 && kind != EntryKind.Directory)
        {
            throw TargetErrors.Unsafe(entry.Path, "is the target itself, which is a folder");
        }
    }

    private static void CheckPath(ReadOnlySpan<byte> path)
    {
        if (!TreePath.IsSafe(path))
        {
            throw TargetErrors.Unsafe(path, "would leave the target");
        }
    }

    private TargetFolder OpenFolderOf(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> name)
    {
        var error = _replaced.MakeWayFor(path);
        PathParts.Split(path, out var parent, out name);
        TargetFolder? folder = null;
        error = error < 0 ? error : _folders.Acquire(parent, out folder);
        return error switch
        {
            0 => folder!,
            -Errno.Loop or -Errno.NotDirectory => throw TargetErrors.Unsafe(
                path, "leads through a symbolic link or something else that is no folder"),
            _ => throw Errors.Failed(path, error),
        };
    }

    /// <summary>Creates an entry; what has its name is kept when <paramref name="keep"/> says so, or else replaced.</summary>
    private void Create(TreeEntry entry, CreateName create, KeepExisting? keep = null)
    {
        var folder = OpenFolderOf(entry.Path, out var name);
        NoteName(entry.Path, name);
        try
        {
            var error = create(folder, name, entry);
            if (error == -Errno.Exists)
            {
                if (keep is not null && KeepsExisting(entry, folder, name, keep))
                {
                    return;
                }

                Replace(entry.Path, folder, name);
                error = create(folder, name, entry);
            }

            if (error < 0)
            {
                throw Errors.Failed(entry.Path, error);
            }
        }
        finally
        {
            folder.Release();
        }
    }

    private bool KeepsExisting(TreeEntry entry, TargetFolder folder, ReadOnlySpan<byte> name, KeepExisting keep)
    {
        var mayKeep = _options.Overwrite || _folders.WasCreated(entry.Path);
        return mayKeep && FileStatus.OfName(folder.Fd, name, out var existing) == 0 && keep(folder, name, existing);
    }

    private bool KeepFolder(TargetFolder folder, ReadOnlySpan<byte> name, in FileStatus existing)
    {
        if (!existing.IsDirectory)
        {
            return false;
        }

        // Its owner may have taken the right to write from himself; its own metadata comes with Finish.
        if ((existing.Permissions & PrivateFolder) != PrivateFolder)
        {
            _ = DrTools.Platform.Posix.Metadata.SetPermissionsOfNode(folder.Fd, name, existing.Permissions | PrivateFolder);
        }

        return true;
    }

    private void Replace(byte[] path, TargetFolder folder, ReadOnlySpan<byte> name)
    {
        if (!_options.Overwrite)
        {
            throw Errors.Exists(path);
        }

        _folders.Forget(path);
        var error = _options.KeepReplaced ? _replaced.Take(folder.Fd, name, path) : Remove(folder.Fd, name);
        if (error < 0 && error != -Errno.NoEntry)
        {
            throw Errors.Failed(path, error);
        }
    }

    private static int Remove(int folder, ReadOnlySpan<byte> name)
    {
        var error = FolderEntries.Remove(folder, name, isFolder: false);
        return error is -Errno.IsDirectory or -Errno.NotPermitted ? FolderRemoval.Remove(folder, name) : error;
    }

    private int OpenExisting(TreeEntry entry, int access = Abi.ReadOnly)
    {
        var folder = OpenFolderOf(entry.Path, out var name);
        try
        {
            return Descriptor.OpenName(folder.Fd, name, access | Abi.NonBlocking);
        }
        finally
        {
            folder.Release();
        }
    }

    private void FinishFolder(TreeEntry entry)
    {
        var fd = _root.Open(entry.Path, Abi.ReadOnly | Abi.Directory);
        if (fd < 0)
        {
            Metadata.Report(entry.Path, $"The folder could not be given its metadata: {Errno.Text(fd)}.");
            return;
        }

        if (_options.RemoveTemporaries)
        {
            RemoveTemporaries(fd, entry.Path);
        }

        Metadata.Apply(fd, entry, removeOtherAttributes: true);
        Descriptor.Close(fd);
    }

    private void RemoveTemporaries(int folder, byte[] path)
    {
        var names = new FolderNames();
        if (names.Read(folder, new byte[16 * 1024]) < 0)
        {
            return;
        }

        for (var i = 0; i < names.Count; i++)
        {
            if (TemporaryFile.IsName(names[i]) && !_likeTemporary.ContainsKey(TemporaryFile.Join(path, names[i])))
            {
                _ = FolderEntries.Remove(folder, names[i], isFolder: false);
            }
        }
    }

    private void Sync()
    {
        foreach (var fd in _root.Mounts.Select(m => m.Root.Fd).Append(_root.Fd))
        {
            var error = Errno.Of(LibC.SyncFileSystem(fd));
            if (error < 0)
            {
                throw Errors.Failed([], error);
            }
        }
    }

    private delegate int CreateName(TargetFolder folder, ReadOnlySpan<byte> name, TreeEntry entry);

    private delegate bool KeepExisting(TargetFolder folder, ReadOnlySpan<byte> name, in FileStatus existing);
}
