using System.Runtime.CompilerServices;

namespace DrTools.Platform.Posix;

/// <summary>Creates, renames and removes names in open folders. None of it follows a link of that name, and each method
/// returns a negated error number on failure.</summary>
internal static unsafe class FolderEntries
{
    [SkipLocalsInit]
    internal static int CreateFolder(int directory, ReadOnlySpan<byte> name, uint mode)
    {
        var text = new CString(name, stackalloc byte[CString.NameSpace]);
        fixed (byte* path = text)
        {
            return Errno.Of(LibC.MakeDirectoryAt(directory, path, mode));
        }
    }

    /// <summary>Creates a pipe or a device; <paramref name="typeAndMode"/> says which.</summary>
    internal static int CreateNode(int directory, ReadOnlySpan<byte> name, uint typeAndMode, ulong device)
    {
        // The kernel takes 12 bits of major and 20 of minor number, which dev_t holds in its low half.
        var text = new CString(name, stackalloc byte[CString.NameSpace]);
        fixed (byte* path = text)
        {
            return Errno.Of(LibC.MakeNodeAt(Abi.CallMakeNodeAt, directory, path, typeAndMode, (uint)device));
        }
    }

    internal static int CreateHardLink(
        int existingDirectory, ReadOnlySpan<byte> existing, int directory, ReadOnlySpan<byte> name)
    {
        var from = new CString(existing, stackalloc byte[CString.NameSpace]);
        var to = new CString(name, stackalloc byte[CString.NameSpace]);
        fixed (byte* oldPath = from)
        fixed (byte* newPath = to)
        {
            return Errno.Of(LibC.LinkAt(existingDirectory, oldPath, directory, newPath, 0));
        }
    }

    /// <summary>Renames, and fails with EEXIST rather than replace anything.</summary>
    internal static int Rename(int fromDirectory, ReadOnlySpan<byte> from, int toDirectory, ReadOnlySpan<byte> to)
    {
        var fromText = new CString(from, stackalloc byte[CString.NameSpace]);
        var toText = new CString(to, stackalloc byte[CString.NameSpace]);
        fixed (byte* oldPath = fromText)
        fixed (byte* newPath = toText)
        {
            return Errno.Of(LibC.RenameAt2(
                Abi.CallRenameAt2, fromDirectory, oldPath, toDirectory, newPath, Abi.RenameNoReplace));
        }
    }

    [SkipLocalsInit]
    internal static int Remove(int directory, ReadOnlySpan<byte> name, bool isFolder)
    {
        var text = new CString(name, stackalloc byte[CString.NameSpace]);
        fixed (byte* path = text)
        {
            return Errno.Of(LibC.UnlinkAt(directory, path, isFolder ? Abi.AtRemoveDirectory : 0));
        }
    }
}
