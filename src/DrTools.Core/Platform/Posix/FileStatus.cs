using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DrTools.Platform.Posix;

/// <summary>struct statx: what the kernel says of a file. Its layout is the same on every platform.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal unsafe struct FileStatus
{
    private const uint BasicStatus = 0x7FF;

    [FieldOffset(16)] internal uint Links;
    [FieldOffset(20)] internal uint UserId;
    [FieldOffset(24)] internal uint GroupId;
    [FieldOffset(28)] private ushort _mode;
    [FieldOffset(32)] internal ulong Inode;
    [FieldOffset(40)] internal long Size;
    [FieldOffset(48)] internal long Blocks;
    [FieldOffset(96)] private long _changedSeconds;
    [FieldOffset(104)] private uint _changedNanoseconds;
    [FieldOffset(112)] private long _modifiedSeconds;
    [FieldOffset(120)] private uint _modifiedNanoseconds;
    [FieldOffset(128)] private uint _referredMajor;
    [FieldOffset(132)] private uint _referredMinor;
    [FieldOffset(136)] private uint _deviceMajor;
    [FieldOffset(140)] private uint _deviceMinor;

    /// <summary>The S_IF… bits.</summary>
    internal readonly uint Type => _mode & Abi.TypeMask;

    /// <summary>Permission bits, 07777.</summary>
    internal readonly uint Permissions => _mode & 0xFFFu;

    internal readonly bool IsFile => Type == Abi.TypeFile;

    internal readonly bool IsDirectory => Type == Abi.TypeDirectory;

    /// <summary>The file system that holds it.</summary>
    internal readonly ulong Device => ((ulong)_deviceMajor << 32) | _deviceMinor;

    /// <summary>The device that a device node stands for, as <c>dev_t</c>.</summary>
    internal readonly ulong ReferredDevice =>
        (_referredMinor & 0xFFu)
        | ((ulong)(_referredMajor & 0xFFFu) << 8)
        | ((ulong)(_referredMinor & ~0xFFu) << 12)
        | ((ulong)(_referredMajor & ~0xFFFu) << 32);

    internal readonly long ModifiedNs => PosixTime.ToNanoseconds(_modifiedSeconds, _modifiedNanoseconds);

    internal readonly long ChangedNs => PosixTime.ToNanoseconds(_changedSeconds, _changedNanoseconds);

    /// <summary>Fewer blocks than its size needs: it has holes (or is compressed).</summary>
    internal readonly bool MayHaveHoles => Blocks * 512 < Size;

    internal readonly bool IsSameFile(in FileStatus other) => Inode == other.Inode && Device == other.Device;

    /// <summary>Asks for a name in an open folder, not following a link and not triggering an automount.</summary>
    [SkipLocalsInit]
    internal static int OfName(int directory, ReadOnlySpan<byte> name, out FileStatus status)
    {
        var text = new CString(name, stackalloc byte[CString.NameSpace]);
        fixed (byte* path = text)
        fixed (FileStatus* result = &status)
        {
            return Errno.Of(LibC.StatX(
                Abi.CallStatX, directory, path, Abi.AtSymlinkNoFollow | Abi.AtNoAutomount, BasicStatus, result));
        }
    }

    /// <summary>Asks for an open file.</summary>
    internal static int OfDescriptor(int fd, out FileStatus status)
    {
        byte empty = 0;
        fixed (FileStatus* result = &status)
        {
            return Errno.Of(LibC.StatX(Abi.CallStatX, fd, &empty, Abi.AtEmptyPath, BasicStatus, result));
        }
    }
}
