using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DrTools.Chunking;

/// <summary>The 256 values of the gear hash.</summary>
internal static class GearTable
{
    /// <summary>Value <c>i</c> is the first eight bytes, little-endian, of SHA-256 over the ASCII text
    /// <c>drtools gear table v1</c> followed by the one byte <c>i</c>.</summary>
    public static readonly ulong[] Values = Generate();

    private static ulong[] Generate()
    {
        byte[] seed = [.. "drtools gear table v1"u8, 0];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        var values = new ulong[256];
        for (var i = 0; i < values.Length; i++)
        {
            seed[^1] = (byte)i;
            SHA256.HashData(seed, digest);
            values[i] = BinaryPrimitives.ReadUInt64LittleEndian(digest);
        }

        return values;
    }
}
