using System.Runtime.InteropServices;

namespace DrTools.Platform.Posix;

/// <summary>Bytes followed by a NUL, in the caller's scratch space when they fit.</summary>
internal readonly ref struct CString
{
    /// <summary>Scratch space that holds every name of a folder.</summary>
    internal const int NameSpace = 256;

    private readonly ReadOnlySpan<byte> _bytes;

    internal CString(scoped ReadOnlySpan<byte> text, Span<byte> scratch)
    {
        if (text.Length >= scratch.Length)
        {
            scratch = new byte[text.Length + 1];
        }

        text.CopyTo(scratch);
        scratch[text.Length] = 0;
        _bytes = scratch[..(text.Length + 1)];
    }

    public ref readonly byte GetPinnableReference() => ref MemoryMarshal.GetReference(_bytes);
}
