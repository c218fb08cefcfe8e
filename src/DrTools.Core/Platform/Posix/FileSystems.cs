namespace DrTools.Platform.Posix;

/// <summary>What kind of file system an open file lies on, by the magic numbers of statfs(2).</summary>
internal static unsafe class FileSystems
{
    /// <summary>A folder that mounts something when it is entered, and has not yet.</summary>
    internal const string Automount = "autofs";

    private static readonly Dictionary<uint, string> WithoutFiles = new()
    {
        [0x0187] = Automount,
        [0x9FA0] = "proc",
        [0x62656572] = "sysfs",
        [0x1CD1] = "devpts",
        [0x27E0EB] = "cgroup",
        [0x63677270] = "cgroup2",
        [0x64626720] = "debugfs",
        [0x74726163] = "tracefs",
        [0x73636673] = "securityfs",
        [0xCAFE4A11] = "bpf",
        [0x6165676C] = "pstore",
        [0x62656570] = "configfs",
        [0xDE5E81E4] = "efivarfs",
        [0x42494E4D] = "binfmt_misc",
        [0x65735543] = "fusectl",
        [0x19800202] = "mqueue",
        [0x958458F6] = "hugetlbfs",
        [0xF97CFF8C] = "selinuxfs",
        [0x6E736673] = "nsfs",
        [0x67596969] = "rpc_pipefs",
        [0x6E667364] = "nfsd",
        [0x7655821] = "resctrl",
        [0xABBA1974] = "xenfs",
    };

    // ext2 to ext4, and XFS. Others refuse direct writes, take them through the page cache all the same, or store them
    // differently (btrfs does not compress them).
    private static readonly HashSet<uint> WritingDirectly = [0xEF53, 0x58465342];

    // devtmpfs bears tmpfs's (or ramfs's) magic number; only its place tells it apart.
    private static readonly ulong? DeviceFolder = FindDeviceFolder();

    /// <summary>The name of the pseudo file system (one that shows the kernel's state and holds no files) that an open
    /// folder lies on, or <see langword="null"/>.</summary>
    internal static string? PseudoKind(int fd, ulong device)
    {
        FileSystemStatus status;
        return LibC.StatFileSystem(fd, &status) == 0 && WithoutFiles.TryGetValue((uint)status.Type, out var kind) ? kind
            : device == DeviceFolder ? "devtmpfs"
            : null;
    }

    /// <summary>Bytes that an unprivileged writer can still store, or <see langword="null"/> when nobody knows.</summary>
    internal static long? FreeBytes(int fd)
    {
        FileSystemStatus status;
        return LibC.StatFileSystem(fd, &status) == 0 ? (long)status.AvailableBlocks * status.BlockSize : null;
    }

    /// <summary>Whether an open folder's file system writes around the page cache, and gains by it.</summary>
    internal static bool WritesDirectly(int fd)
    {
        FileSystemStatus status;
        return LibC.StatFileSystem(fd, &status) == 0 && WritingDirectly.Contains((uint)status.Type);
    }

    private static ulong? FindDeviceFolder()
    {
        // "<id> <parent> <major>:<minor> <root> <mount point> <options> [<fields>] - <type> <source> <options>"
        try
        {
            foreach (var line in File.ReadLines("/proc/self/mountinfo"))
            {
                if (!line.Contains(" - devtmpfs ", StringComparison.Ordinal))
                {
                    continue;
                }

                var fields = line.Split(' ', 4);
                var numbers = fields[2].Split(':');
                if (numbers.Length == 2
                    && uint.TryParse(numbers[0], out var major) && uint.TryParse(numbers[1], out var minor))
                {
                    return ((ulong)major << 32) | minor;
                }
            }
        }
        catch (IOException)
        {
            // Without /proc nothing tells; device nodes are then stored as device nodes.
        }

        return null;
    }
}
