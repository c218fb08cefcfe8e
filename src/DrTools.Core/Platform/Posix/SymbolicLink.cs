using System.Runtime.CompilerServices;

namespace DrTools.Platform.Posix;

/// <summary>Symbolic links: what they hold is bytes, and is never followed here.</summary>
internal static unsafe class SymbolicLink
{
    /// <summary>Reads what a link holds.</summary>
    /// <returns>Its length, or a negated error number.</returns>
    [SkipLocalsInit]
    internal static int Read(int directory, ReadOnlySpan<byte> name, Span<byte> target)
    {
        var text = new CString(name, stackalloc byte[CString.NameSpace]);
        fixed (byte* path = text)
        fixed (byte* bytes = target)
        {
            return Errno.Of(LibC.ReadLinkAt(directory, path, bytes, target.Length));
        }
    }

    /// <summary>Creates a link; fails with EEXIST when the name is taken.</summary>
    internal static int Create(ReadOnlySpan<byte> target, int directory, ReadOnlySpan<byte> name)
    {
        var targetText = new CString(target, []);
        var text = new CString(name, stackalloc byte[CString.NameSpace]);
        fixed (byte* content = targetText)
        fixed (byte* path = text)
        {
            return Errno.Of(LibC.SymbolicLinkAt(content, directory, path));
        }
    }
}
