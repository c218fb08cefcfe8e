using System.Text;
using DrTools.Platform.Posix;
using DrTools.PostgreSql.Cluster;
using DrTools.Sources;
using DrTools.Sources.Files;
using DrTools.Trees;

namespace DrTools.PostgreSql.Physical;

/// <summary>
/// Walks a data directory in the order of <see cref="TreePath.Compare"/>: what belongs to a backup, tablespaces as
/// folders below <c>pg_tblspc</c>. Relations that come and go meanwhile are no matter; the log repairs it.
/// </summary>
internal sealed class ClusterWalk : IDisposable
{
    private static readonly int FolderFlags = Abi.ReadOnly | Abi.Directory | Abi.NonBlocking;

    private readonly TreeRoot _root;
    private readonly byte[] _versionFolder;
    private readonly Action<EntryIssue> _report;
    private readonly byte[] _records = new byte[32 * 1024];

    // Folders that lie elsewhere, behind a link: tablespaces, and the WAL on a disk of its own. By path.
    private readonly Dictionary<string, TreeRoot> _linked = new(StringComparer.Ordinal);

    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="versionFolder">The folder of each tablespace that belongs to the cluster; others may share it.</param>
    /// <param name="report">Takes what cannot be read.</param>
    /// <exception cref="DrException"><see cref="DrError.SourceMissing"/>.</exception>
    public ClusterWalk(string dataDirectory, string versionFolder, Action<EntryIssue> report)
    {
        (_versionFolder, _report) = (Encoding.UTF8.GetBytes(versionFolder), report);
        _root = new TreeRoot(OpenFolder(dataDirectory));
        try
        {
            FindLinked("pg_tblspc"u8, DataDirectory.IsNumber);
            FindLinked([], name => name.SequenceEqual("pg_wal"u8));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where each tablespace lies, by its number, for those that lie outside of the data directory.</summary>
    public Dictionary<string, string> TablespaceLocations { get; } = new(StringComparer.Ordinal);

    /// <summary>Every entry.</summary>
    public IEnumerable<TreeEntry> Read(CancellationToken cancellationToken) => ReadFolder(_root, [], [], cancellationToken);

    /// <summary>Opens a file by its path in the tree.</summary>
    /// <exception cref="EntryUnreadableException">It cannot be opened, or is gone.</exception>
    public int Open(ReadOnlySpan<byte> path)
    {
        var folder = path.StartsWith("pg_tblspc/"u8) && path[10..].IndexOf((byte)'/') is > 0 and var length ? 10 + length
            : path.StartsWith("pg_wal/"u8) ? 6
            : 0;
        return folder > 0 && _linked.TryGetValue(Encoding.ASCII.GetString(path[..folder]), out var root)
            ? PosixFile.Open(root, path[(folder + 1)..])
            : PosixFile.Open(_root, path);
    }

    /// <summary>The data directory's own metadata.</summary>
    public FileStatus Status()
    {
        _ = FileStatus.OfDescriptor(_root.Fd, out var status);
        return status;
    }

    public void Dispose()
    {
        _root.Dispose();
        foreach (var linked in _linked.Values)
        {
            linked.Dispose();
        }
    }

    private static int OpenFolder(string path)
    {
        var fd = Descriptor.OpenPath(Encoding.UTF8.GetBytes(path), FolderFlags);
        return fd >= 0 ? fd : throw new DrException(
            DrError.SourceMissing,
            $"The folder {path} cannot be opened: {Errno.Text(fd)}.",
            "Run as the owner of the data directory.")
        { Subject = path };
    }

    /// <summary>Opens what links in a folder lead to.</summary>
    private void FindLinked(ReadOnlySpan<byte> folder, LinkFilter isLinked)
    {
        var fd = _root.Open(folder, FolderFlags);
        if (fd < 0)
        {
            return;
        }

        try
        {
            var names = new FolderNames();
            _ = names.Read(fd, _records);
            var target = new byte[Abi.LongestPath + 1];
            for (var i = 0; i < names.Count; i++)
            {
                var length = isLinked(names[i]) ? SymbolicLink.Read(fd, names[i], target) : -1;
                if (length > 0)
                {
                    var (path, location) = (Encoding.ASCII.GetString(Join(folder, names[i])), Encoding.UTF8.GetString(target, 0, length));
                    _linked.Add(path, new TreeRoot(OpenFolder(location)));
                    if (!folder.IsEmpty)
                    {
                        TablespaceLocations.Add(Encoding.ASCII.GetString(names[i]), location);
                    }
                }
            }
        }
        finally
        {
            Descriptor.Close(fd);
        }
    }

    /// <summary>A folder and what it holds.</summary>
    /// <param name="root">What it lies in.</param>
    /// <param name="relative">Its path from there.</param>
    /// <param name="path">Its path in the tree.</param>
    /// <param name="cancellationToken">Stops it.</param>
    private IEnumerable<TreeEntry> ReadFolder(TreeRoot root, byte[] relative, byte[] path, CancellationToken cancellationToken)
    {
        var fd = root.Open(relative, FolderFlags);
        if (fd < 0)
        {
            ReportUnreadable(path, fd);
            yield break;
        }

        try
        {
            _ = FileStatus.OfDescriptor(fd, out var status);
            var names = new FolderNames();
            yield return EntryReader.Create(path, EntryKind.Directory, status);
            if (DataDirectory.Classify(path, isFolder: true, out _) == ClusterFileKind.EmptiedFolder)
            {
                yield break;
            }

            var error = names.Read(fd, _records);
            if (error < 0)
            {
                _report(new EntryIssue(TreePath.Display(path), $"The names in it could not all be read: {Errno.Text(error)}.", IsLoss: true));
            }

            var unlogged = FindUnlogged(path, names);
            var isTablespace = path.AsSpan().StartsWith("pg_tblspc/"u8) && DataDirectory.IsNumber(path.AsSpan(10));
            for (var i = 0; i < names.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (isTablespace && !names[i].SequenceEqual(_versionFolder))
                {
                    continue;
                }

                if (Visit(fd, path, names[i], unlogged, out var entry) is not { } child)
                {
                    continue;
                }

                if (entry is not null)
                {
                    yield return entry;
                    continue;
                }

                var (childRoot, childRelative) = _linked.TryGetValue(Encoding.UTF8.GetString(child), out var elsewhere)
                    ? (elsewhere, [])
                    : (root, Join(relative, names[i]));
                foreach (var below in ReadFolder(childRoot, childRelative, child, cancellationToken))
                {
                    yield return below;
                }
            }
        }
        finally
        {
            Descriptor.Close(fd);
        }
    }

    /// <returns>The path of an entry that belongs to the backup; <paramref name="entry"/> is it, unless it is a folder.</returns>
    private byte[]? Visit(int folder, byte[] folderPath, ReadOnlySpan<byte> name, HashSet<uint>? unlogged, out TreeEntry? entry)
    {
        entry = null;
        var error = FileStatus.OfName(folder, name, out var status);
        if (error < 0)
        {
            ReportUnreadable(Join(folderPath, name), error);
            return null;
        }

        if (status.Type == Abi.TypeSymbolicLink)
        {
            return VisitLink(folder, folderPath, name, status, out entry);
        }

        if (!status.IsDirectory && !status.IsFile)
        {
            return null;
        }

        switch (DataDirectory.Classify(folderPath, name, status.IsDirectory, out var relation))
        {
            case ClusterFileKind.Excluded or ClusterFileKind.Control:
                return null;
            case ClusterFileKind.MainFork or ClusterFileKind.OtherFork when unlogged is not null && DataDirectory.IsUnlogged(relation, unlogged):
                return null;
        }

        var path = Join(folderPath, name);
        entry = status.IsDirectory ? null : EntryReader.Create(path, EntryKind.File, status);
        return path;
    }

    /// <summary>A tablespace, the WAL on a disk of its own, or what an administrator put there.</summary>
    private byte[]? VisitLink(int folder, byte[] folderPath, ReadOnlySpan<byte> name, in FileStatus status, out TreeEntry? entry)
    {
        entry = null;
        var path = Join(folderPath, name);
        if (_linked.ContainsKey(Encoding.UTF8.GetString(path)))
        {
            return path;
        }

        if (folderPath.AsSpan().SequenceEqual("pg_tblspc"u8))
        {
            // A tablespace that was created after the backup was started: the log will create it again.
            return null;
        }

        var target = new byte[Abi.LongestPath + 1];
        var length = SymbolicLink.Read(folder, name, target);
        if (length < 0)
        {
            ReportUnreadable(path, length);
            return null;
        }

        entry = EntryReader.Create(path, EntryKind.SymbolicLink, status);
        entry.LinkTarget = target.AsSpan(0, length).ToArray();
        return path;
    }

    private void ReportUnreadable(ReadOnlySpan<byte> path, int error)
    {
        if (-error != Errno.NoEntry)
        {
            _report(new EntryIssue(TreePath.Display(path), $"It could not be read: {Errno.Text(error)}.", IsLoss: true));
        }
    }

    private static HashSet<uint>? FindUnlogged(byte[] path, FolderNames names)
    {
        if (!DataDirectory.IsRelationFolder(path))
        {
            return null;
        }

        HashSet<uint>? unlogged = null;
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i].EndsWith("_init"u8) && RelationFileName.TryParse(names[i], out var relation))
            {
                (unlogged ??= []).Add(relation.FileNode);
            }
        }

        return unlogged;
    }

    private static byte[] Join(ReadOnlySpan<byte> folder, ReadOnlySpan<byte> name)
    {
        if (folder.IsEmpty)
        {
            return name.ToArray();
        }

        var path = new byte[folder.Length + 1 + name.Length];
        folder.CopyTo(path);
        path[folder.Length] = (byte)'/';
        name.CopyTo(path.AsSpan(folder.Length + 1));
        return path;
    }

    private delegate bool LinkFilter(ReadOnlySpan<byte> name);
}
