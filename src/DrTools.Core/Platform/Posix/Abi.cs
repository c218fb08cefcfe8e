using System.Runtime.InteropServices;

namespace DrTools.Platform.Posix;

/// <summary>Numbers of the kernel's interface, where x64 and arm64 differ and where they do not.</summary>
internal static class Abi
{
    internal const int ReadOnly = 0;
    internal const int WriteOnly = 1;
    internal const int ReadWrite = 2;
    internal const int Create = 0x40;
    internal const int Exclusive = 0x80;
    internal const int NonBlocking = 0x800;
    internal const int NoAccessTime = 0x40000;
    internal const int CloseOnExec = 0x80000;
    internal const int PathOnly = 0x200000;

    internal const int SetStatusFlags = 4;

    internal const int AtCurrentFolder = -100;
    internal const int AtSymlinkNoFollow = 0x100;
    internal const int AtRemoveDirectory = 0x200;
    internal const int AtNoAutomount = 0x800;
    internal const int AtEmptyPath = 0x1000;

    internal const int SeekStart = 0;
    internal const int SeekData = 3;
    internal const int SeekHole = 4;

    internal const uint RenameNoReplace = 1;

    internal const ulong ResolveNoSymlinks = 0x04;
    internal const ulong ResolveBeneath = 0x08;

    internal const long TimeOmit = (1L << 30) - 2;

    internal const uint TypeMask = 0xF000;
    internal const uint TypeFifo = 0x1000;
    internal const uint TypeCharacterDevice = 0x2000;
    internal const uint TypeDirectory = 0x4000;
    internal const uint TypeBlockDevice = 0x6000;
    internal const uint TypeFile = 0x8000;
    internal const uint TypeSymbolicLink = 0xA000;
    internal const uint TypeSocket = 0xC000;

    /// <summary>Longest path that one call takes, without the NUL.</summary>
    internal const int LongestPath = 4095;

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => false,
        Architecture.Arm64 => true,
        var other => throw new PlatformNotSupportedException($"File trees are read and written on x64 and arm64, not on {other}."),
    };

    internal static readonly int Directory = Arm ? 0x4000 : 0x10000;
    internal static readonly int NoFollow = Arm ? 0x8000 : 0x20000;
    internal static readonly int Direct = Arm ? 0x10000 : 0x4000;

    internal static readonly nint CallGetDents64 = Arm ? 61 : 217;
    internal static readonly nint CallStatX = Arm ? 291 : 332;
    internal static readonly nint CallRenameAt2 = Arm ? 276 : 316;
    internal static readonly nint CallMakeNodeAt = Arm ? 33 : 259;
    internal const nint CallOpenAt2 = 437;
}
