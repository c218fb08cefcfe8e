using System.Runtime.InteropServices;

namespace DrTools.Platform.Posix;

/// <summary>A path with every symbolic link resolved.</summary>
internal static unsafe class RealPath
{
    /// <summary>The absolute path without links, or <see langword="null"/> when it leads nowhere.</summary>
    internal static byte[]? Of(ReadOnlySpan<byte> path)
    {
        var text = new CString(path, []);
        Span<byte> buffer = stackalloc byte[Abi.LongestPath + 1];
        fixed (byte* bytes = text)
        fixed (byte* result = buffer)
        {
            return LibC.RealPath(bytes, result) is null
                ? null
                : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(result).ToArray();
        }
    }
}
