namespace DrTools.Trees;

/// <summary>What an entry of a tree is.</summary>
public enum EntryKind : byte
{
    /// <summary>A regular file.</summary>
    File = 1,

    /// <summary>A folder.</summary>
    Directory = 2,

    /// <summary>A symbolic link; <see cref="TreeEntry.LinkTarget"/> is what it holds.</summary>
    SymbolicLink = 3,

    /// <summary>A further name of a file that came earlier; <see cref="TreeEntry.LinkTarget"/> is that one's path.</summary>
    HardLink = 4,

    /// <summary>A named pipe.</summary>
    Fifo = 5,

    /// <summary>A character device.</summary>
    CharacterDevice = 6,

    /// <summary>A block device.</summary>
    BlockDevice = 7,
}

/// <summary>What is to be known about an entry beside its metadata.</summary>
[Flags]
public enum EntryFlags : byte
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>It had changed so shortly before it was read that a later change may bear the same time stamp;
    /// the next backup reads it again.</summary>
    Racy = 1,

    /// <summary>It kept changing while it was read: the content is a mixture of moments.</summary>
    ChangedWhileRead = 2,
}

/// <summary>An extended attribute; POSIX ACLs are attributes of the <c>system.</c> name space.</summary>
/// <param name="Name">Its full name, as the platform's bytes.</param>
/// <param name="Value">Its value.</param>
public readonly record struct ExtendedAttribute(byte[] Name, byte[] Value);

/// <summary>
/// A file, folder or link of a tree with its metadata. Paths are the platform's bytes, relative to the root of the
/// tree, divided by <c>/</c>; the root itself has the empty path. Nothing says that they are valid UTF-8.
/// </summary>
public sealed class TreeEntry
{
    /// <summary>Relative path; empty for the root.</summary>
    public required byte[] Path { get; init; }

    /// <summary>What it is.</summary>
    public required EntryKind Kind { get; init; }

    /// <summary>Permission bits (07777 octal).</summary>
    public uint Mode { get; set; }

    /// <summary>Numeric owner.</summary>
    public uint UserId { get; set; }

    /// <summary>Numeric group.</summary>
    public uint GroupId { get; set; }

    /// <summary>Size of a regular file in bytes, 0 for everything else.</summary>
    public long Size { get; set; }

    /// <summary>Last modification, nanoseconds since 1970-01-01 UTC.</summary>
    public long ModifiedNs { get; set; }

    /// <summary>Last change of the inode (ctime), nanoseconds since 1970-01-01 UTC.</summary>
    public long ChangedNs { get; set; }

    /// <summary>What a symbolic link holds, or the path of the first name of a hard-linked file.</summary>
    public byte[]? LinkTarget { get; set; }

    /// <summary>Major and minor number of a device, as the platform encodes them (<c>dev_t</c>).</summary>
    public ulong DeviceNumber { get; set; }

    /// <summary>Extended attributes in ordinal order of their names, or <see langword="null"/> for none.</summary>
    public IReadOnlyList<ExtendedAttribute>? Attributes { get; set; }

    /// <summary>What else is to be known.</summary>
    public EntryFlags Flags { get; set; }

    /// <summary>Whether other entries may turn out to be further names of this file. Known only while a tree is read; no
    /// manifest holds it.</summary>
    public bool MayHaveOtherNames { get; init; }

    /// <summary>The path for people: UTF-8 with every invalid byte written as <c>\xHH</c>; <c>.</c> for the root.</summary>
    public string DisplayPath => TreePath.Display(Path);
}
