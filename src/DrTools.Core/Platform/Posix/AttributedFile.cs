using System.Globalization;

namespace DrTools.Platform.Posix;

/// <summary>A file whose extended attributes are meant: an open one, or a name in an open folder.</summary>
internal readonly ref struct AttributedFile
{
    /// <summary>Scratch space for <c>/proc/self/fd/&lt;number&gt;/&lt;name&gt;</c>.</summary>
    internal const int PathSpace = 320;

    private readonly ReadOnlySpan<byte> _name;

    internal AttributedFile(int fd)
    {
        Fd = fd;
        IsOpen = true;
    }

    internal AttributedFile(int folder, ReadOnlySpan<byte> name)
    {
        Fd = folder;
        _name = name;
    }

    /// <summary>The file, or its folder.</summary>
    internal int Fd { get; }

    internal bool IsOpen { get; }

    /// <summary>The path of a file that is not open; empty for an open one.</summary>
    internal CString Path(Span<byte> scratch)
    {
        if (IsOpen)
        {
            return new CString([], scratch);
        }

        Span<byte> path = stackalloc byte[PathSpace];
        "/proc/self/fd/"u8.CopyTo(path);
        _ = Fd.TryFormat(path[14..], out var digits, default, CultureInfo.InvariantCulture);
        path[14 + digits] = (byte)'/';
        _name.CopyTo(path[(15 + digits)..]);
        return new CString(path[..(15 + digits + _name.Length)], scratch);
    }
}
