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

    [LibraryImport("libc", EntryPoint = "opendir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint OpenFolder(string path);

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenFolder(int descriptor);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial byte* ReadFolder(nint folder);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseFolder(nint folder);

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(byte* buffer, nuint length, uint flags);

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

    /// <summary>Names in a folder, without its own and its parent's. <c>struct dirent</c> of 64-bit systems has a type at 18
    /// and a name, ended by a zero, at 19.</summary>
    internal static List<string> ReadNames(string path)
    {
        var folder = OpenFolder(path);
        return folder != 0 ? ReadNames(folder, int.MaxValue) : throw Failure();
    }

    /// <summary>Whether anything lies in the folder that a handle stands for, whatever lies under its name by now.</summary>
    internal static bool HasNames(SafeFileHandle handle)
    {
        var again = OpenAt(handle, ".", ReadOnly | CloseOnExec, 0);
        var folder = again >= 0 ? OpenFolder(again) : 0;
        if (folder != 0)
        {
            return ReadNames(folder, limit: 1).Count > 0;
        }

        var failure = Failure();
        if (again >= 0)
        {
            new SafeFileHandle(again, ownsHandle: true).Dispose();
        }

        throw failure;
    }

    private static List<string> ReadNames(nint folder, int limit)
    {
        try
        {
            var names = new List<string>();
            while (names.Count < limit)
            {
                var entry = ReadFolder(folder);
                if (entry is null)
                {
                    return Marshal.GetLastPInvokeError() == 0 ? names : throw Failure();
                }

                if (Marshal.PtrToStringUTF8((nint)(entry + 19)) is { } name and not ("." or ".."))
                {
                    names.Add(name);
                }
            }

            return names;
        }
        finally
        {
            _ = CloseFolder(folder);
        }
    }

    /// <summary>Random bytes of the kernel, which .NET gives only through OpenSSL.</summary>
    internal static void FillRandom(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            for (var filled = 0; filled < buffer.Length;)
            {
                var got = GetRandom(start + filled, (nuint)(buffer.Length - filled), 0);
                if (got > 0)
                {
                    filled += (int)got;
                }
                else if (Marshal.GetLastPInvokeError() != Errno.Interrupted)
                {
                    throw Failure();
                }
            }
        }
    }

    /// <summary>The last call's error in the shape that .NET gives its own: <c>errno</c> in <c>HResult</c>.</summary>
    internal static IOException Failure() => Failure(Marshal.GetLastPInvokeError());

    internal static IOException Failure(int errno) => new(Marshal.GetPInvokeErrorMessage(errno), errno);
}
