using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace DrTools.Content;

/// <summary>A SHA-256 of a chunk or of a whole file; for a run of pages the name that <see cref="Repositories.Packs.PageIdentity"/> gives it.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct ContentHash : IEquatable<ContentHash>
{
    /// <summary>Its length in bytes.</summary>
    public const int Length = 32;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>Takes 32 bytes.</summary>
    public ContentHash(ReadOnlySpan<byte> bytes) => this = MemoryMarshal.Read<ContentHash>(bytes);

    /// <summary>The hash of nothing, <c>e3b0c442…</c>.</summary>
    public static ContentHash Empty { get; } = Of([]);

    /// <summary>Whether only its first half is used: the name of a run of pages, see <see cref="Repositories.Packs.PageIdentity"/>.</summary>
    internal bool IsShort => (_c | _d) == 0;

    /// <summary>Hashes.</summary>
    public static ContentHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Length];
        SHA256.HashData(content, hash);
        return new ContentHash(hash);
    }

    /// <summary>Writes its 32 bytes.</summary>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    /// <summary>Its 32 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public bool Equals(ContentHash other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ContentHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)_a ^ (int)(_a >> 32);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    /// <summary>Equality.</summary>
    public static bool operator ==(ContentHash left, ContentHash right) => left.Equals(right);

    /// <summary>Inequality.</summary>
    public static bool operator !=(ContentHash left, ContentHash right) => !left.Equals(right);
}
