using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DrTools.Stores;

/// <summary>The Linux calls that .NET has no face for. The numbers are those that x86-64 and arm64 share.</summary>
internal static unsafe partial class Libc
{
    internal const int CurrentFolder = -100;
    internal const int ReadOnly = 0, ReadWrite = 2, WriteOnly = 1, Create = 0x40, Exclusive = 0x80, CloseOnExec = 0x80000;
    internal const int LockShared = 1, LockExclusive = 2, LockNoWait = 4;
    internal const uint RenameNoReplace = 1;

    private const int StatxEmptyPath = 0x1000;
    private const uint StatxLinks = 4;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int OpenAt(SafeFileHandle folder, string name, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MakeFolderAt(SafeFileHandle folder, string name, int mode);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int RenameAt2(int oldFolder, string oldPath, SafeFileHandle newFolder, string newName, uint flags);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LinkAt(int oldFolder, string oldPath, SafeFileHandle newFolder, string newName, int flags);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int UnlinkAt(SafeFileHandle folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int RemoveFolder(string path);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle folder, string path, int flags, uint mask, byte* result);

    /// <summary>How many names an open file has. Unlike <c>struct stat</c>, <c>struct statx</c> is the same on every
    /// architecture: 256 bytes, with <c>stx_nlink</c> at 16.</summary>
    internal static uint LinkCount(SafeFileHandle file)
    {
        var result = stackalloc byte[256];
        if (Statx(file, "", StatxEmptyPath, StatxLinks, result) != 0)
        {
            throw Failure();
        }

        return *(uint*)(result + 16);
    }

    /// <summary>The last call's error in the shape that .NET gives its own: <c>errno</c> in <c>HResult</c>.</summary>
    internal static IOException Failure() => Failure(Marshal.GetLastPInvokeError());

    internal static IOException Failure(int errno) => new(Marshal.GetPInvokeErrorMessage(errno), errno);
}
