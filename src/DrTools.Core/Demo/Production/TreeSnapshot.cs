using System.Security.Cryptography;
using System.Text;
using DrTools.Platform.Posix;
using DrTools.Trees;
using Microsoft.Win32.SafeHandles;

namespace DrTools.Demo.Production;

/// <summary>
/// What a file tree holds, as the kernel tells it: a walk and hashes of the demo's own, so that it owes nothing to the
/// engine that it is to judge.
/// </summary>
internal sealed class TreeSnapshot
{
    private const int DirentBuffer = 32 * 1024;
    private const long SparseFrom = 1 << 20;

    private readonly Dictionary<(ulong Device, ulong Inode), string> _firstNames = [];

    private TreeSnapshot()
    {
    }

    /// <summary>Entries by path as <see cref="TreePath.Display"/> writes it; the root is <c>.</c>.</summary>
    public SortedDictionary<string, TreeFact> Entries { get; } = new(StringComparer.Ordinal);

    public int Files => Entries.Values.Count(e => e.Kind == 'f');

    public int Folders => Entries.Values.Count(e => e.Kind == 'd');

    public int Links => Entries.Values.Count(e => e.Kind == 'l');

    public long Bytes => Entries.Values.Where(e => e.SameFileAs is null).Sum(e => e.Size);

    /// <summary>Walks a tree.</summary>
    /// <exception cref="IOException">Something in it cannot be read.</exception>
    public static TreeSnapshot Take(string root, CancellationToken cancellationToken)
    {
        var snapshot = new TreeSnapshot();
        snapshot.Add(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(root), [], cancellationToken);
        return snapshot;
    }

    /// <summary>Compares with a later state.</summary>
    public TreeDifferences CompareWith(TreeSnapshot later)
    {
        var (content, metadata) = (new List<string>(), new List<string>());
        foreach (var (path, expected) in Entries)
        {
            if (!later.Entries.TryGetValue(path, out var actual))
            {
                content.Add($"{path}: missing");
                continue;
            }

            if (expected.ContentDifferences(actual) is { Length: > 0 } differences)
            {
                content.Add($"{path}: {differences}");
            }

            if (expected.MetadataDifferences(actual) is { Length: > 0 } otherDifferences)
            {
                metadata.Add($"{path}: {otherDifferences}");
            }
        }

        return new TreeDifferences(content, metadata, [.. later.Entries.Keys.Where(p => !Entries.ContainsKey(p))]);
    }

    private void Add(int parent, ReadOnlySpan<byte> name, byte[] path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var shown = TreePath.Display(path);
        Check(FileStatus.OfName(parent, name, out var status), shown);
        var kind = status.IsFile ? 'f' : status.IsDirectory ? 'd' : status.Type == Abi.TypeSymbolicLink ? 'l' : '?';
        Entries[shown] = new TreeFact
        {
            Kind = kind,
            Size = kind == 'd' ? 0 : status.Size,
            Permissions = status.Permissions,
            User = status.UserId,
            Group = status.GroupId,
            ModifiedNs = status.ModifiedNs,
            Content = kind switch
            {
                'f' => Hash(parent, name, shown),
                'l' => ReadLink(parent, name, shown),
                _ => null,
            },
            SameFileAs = kind == 'f' && status.Links > 1 && !_firstNames.TryAdd((status.Device, status.Inode), shown)
                ? _firstNames[(status.Device, status.Inode)]
                : null,
            IsSparse = kind == 'f' && status.Size >= SparseFrom && status.Blocks * 512 < status.Size / 2,
        };
        if (kind == 'd')
        {
            AddChildren(parent, name, path, shown, cancellationToken);
        }
    }

    private void AddChildren(int parent, ReadOnlySpan<byte> name, byte[] path, string shown, CancellationToken cancellationToken)
    {
        using var folder = Open(parent, name, Abi.ReadOnly | Abi.Directory, shown);
        var fd = (int)folder.DangerousGetHandle();
        var names = new FolderNames();
        Check(names.Read(fd, new byte[DirentBuffer]), shown);
        for (var i = 0; i < names.Count; i++)
        {
            byte[] child = path.Length == 0 ? [.. names[i]] : [.. path, (byte)'/', .. names[i]];
            Add(fd, names[i], child, cancellationToken);
        }
    }

    private static string Hash(int parent, ReadOnlySpan<byte> name, string shown)
    {
        using var stream = new FileStream(Open(parent, name, Abi.ReadOnly, shown), FileAccess.Read, bufferSize: 0);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string ReadLink(int parent, ReadOnlySpan<byte> name, string shown)
    {
        Span<byte> target = stackalloc byte[Abi.LongestPath];
        return TreePath.Display(target[..Check(SymbolicLink.Read(parent, name, target), shown)]);
    }

    private static SafeFileHandle Open(int parent, ReadOnlySpan<byte> name, int flags, string shown) =>
        new(Check(Descriptor.OpenName(parent, name, flags), shown), ownsHandle: true);

    private static int Check(int result, string shown) =>
        result >= 0 ? result : throw new IOException($"{shown} cannot be read: {Errno.Text(result)}");
}

/// <summary>What differs between two states of a tree.</summary>
/// <param name="Content">Entries that are missing or have other content, and how.</param>
/// <param name="Metadata">Entries with other metadata, and which.</param>
/// <param name="Added">Paths that were not there.</param>
internal sealed record TreeDifferences(IReadOnlyList<string> Content, IReadOnlyList<string> Metadata, IReadOnlyList<string> Added);
