using System.Runtime.InteropServices;
using DrTools.Platform.Posix;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.PostgreSql.Physical;

/// <summary>Opens files of a data directory the way a backup reads them.</summary>
internal static partial class PosixFile
{
    private const int AdviceSequential = 2;
    private const int AdviceOnce = 5;

    /// <summary>Opens a file below a folder; no link on the way is followed.</summary>
    /// <exception cref="EntryUnreadableException">It cannot be opened, or is gone.</exception>
    public static int Open(TreeRoot root, ReadOnlySpan<byte> path)
    {
        const int Flags = Abi.ReadOnly | Abi.NonBlocking;
        var fd = root.Open(path, Flags | Abi.NoAccessTime);
        if (fd == -Errno.NotPermitted)
        {
            fd = root.Open(path, Flags);
        }

        return fd >= 0 ? fd : throw Unreadable(fd);
    }

    /// <summary>What the kernel says of an open file.</summary>
    /// <exception cref="EntryUnreadableException">It is no regular file.</exception>
    public static FileStatus StatusOf(int fd)
    {
        var error = FileStatus.OfDescriptor(fd, out var status);
        return error < 0 ? throw Unreadable(error)
            : status.IsFile ? status
            : throw new EntryUnreadableException("It was a regular file, and something else took its place.");
    }

    /// <summary>Tells the kernel that a file is read once from start to end, so that it reads ahead and does not push what
    /// the server uses out of memory for it.</summary>
    public static void AdviseReadOnce(int fd)
    {
        _ = Advise(fd, 0, 0, AdviceSequential);
        _ = Advise(fd, 0, 0, AdviceOnce);
    }

    /// <summary>Why a file could not be opened or read.</summary>
    public static EntryUnreadableException Unreadable(int error) => -error == Errno.NoEntry
        ? new EntryUnreadableException("It was dropped during the backup.") { Vanished = true }
        : new EntryUnreadableException($"It could not be opened: {Errno.Text(error)}.");

    /// <summary>A write in the same tick of the clock that stamps files, after the status was taken, would not show. The
    /// kernel's tick is at most ten milliseconds; file systems that keep whole seconds need more.</summary>
    public static bool IsRacy(in FileStatus status, DateTimeOffset now)
    {
        var latest = Math.Max(status.ModifiedNs, status.ChangedNs);
        var margin = latest % 1_000_000_000 == 0 ? 2_000_000_000 : 100_000_000;
        return latest > PosixTime.ToNanoseconds(now) - margin;
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(int fd, long offset, long length, int advice);
}
