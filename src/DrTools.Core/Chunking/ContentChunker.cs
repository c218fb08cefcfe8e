using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DrTools.Chunking;

/// <summary>
/// Cuts content where the content itself says, so that an insertion moves only the cuts next to it. FastCDC (Xia et
/// al., USENIX ATC 2016) with its gear hash, minimum skipping and normalised chunking.
/// </summary>
/// <remarks>
/// <para>The rule, byte by byte. Another program that follows it finds the same chunks and so shares them; one that
/// does not can still read and write the repository.</para>
/// <list type="number">
/// <item>The gear table has 256 unsigned 64-bit values: value <c>i</c> is the first eight bytes, little-endian, of
/// SHA-256 over the ASCII text <c>drtools gear table v1</c> followed by the one byte <c>i</c>.</item>
/// <item>The hash before position <c>n</c> is the sum over <c>k</c> from 0 to 63 of
/// <c>gear[data[n - 1 - k]] &lt;&lt; k</c>, modulo 2^64: it depends on the last 64 bytes alone, and they may lie
/// before the minimum.</item>
/// <item>With 2^b as the normal length, a chunk ends at the first length <c>n</c>, minimum ≤ n ≤ maximum, at which
/// the topmost b + 2 bits of the hash (while n ≤ normal) or b − 2 bits (from there on) are all zero.</item>
/// <item>If there is none, it ends at the maximum or where the content ends.</item>
/// </list>
/// </remarks>
public sealed class ContentChunker
{
    /// <summary>Bytes that the hash depends on.</summary>
    internal const int Window = 64;

    private const int Normalisation = 2;

    private readonly int _minimum;
    private readonly int _normal;
    private readonly int _maximum;
    private readonly ulong _strict;
    private readonly ulong _loose;

    /// <summary>Creates a chunker; it has no state and serves any number of threads.</summary>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    public ContentChunker(ChunkerParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        parameters.Validate();
        _minimum = parameters.MinimumLength;
        _normal = parameters.NormalLength;
        _maximum = parameters.MaximumLength;
        var bits = BitOperations.Log2((uint)_normal);

        // The topmost n bits are zero exactly when the hash is below 2^(64-n).
        _strict = 1UL << (64 - bits - Normalisation);
        _loose = 1UL << (64 - bits + Normalisation);
    }

    /// <summary>Finds where the first chunk of the data ends.</summary>
    /// <param name="data">What is left of the content: all of it, or at least the maximum length.</param>
    /// <returns>The length of the first chunk: all of <paramref name="data"/> when it is no longer than the minimum or
    /// has no cut before it ends; 0 for no data.</returns>
    public int Cut(ReadOnlySpan<byte> data)
    {
        if (data.Length <= _minimum)
        {
            return data.Length;
        }

        data = data[..Math.Min(data.Length, _maximum)];
        var hash = 0UL;
        foreach (var b in data.Slice(_minimum - Window, Window))
        {
            hash = (hash << 1) + GearTable.Values[b];
        }

        if (hash < _strict)
        {
            return _minimum;
        }

        var normal = Math.Min(_normal, data.Length);
        var position = Scan(data[..normal], _minimum, _strict, ref hash);
        if (position > 0)
        {
            return position;
        }

        position = Scan(data, normal, _loose, ref hash);
        return position > 0 ? position : data.Length;
    }

    /// <summary>The first length after <paramref name="start"/> at which the hash is below the limit, or 0.</summary>
    private static int Scan(ReadOnlySpan<byte> data, int start, ulong limit, ref ulong hash)
    {
        ref var bytes = ref MemoryMarshal.GetReference(data);
        ref var gear = ref MemoryMarshal.GetArrayDataReference(GearTable.Values);
        var h = hash;
        nuint i = (uint)start;
        var end = (nuint)(uint)data.Length;

        // Four steps at once: each hash is computed from the one before all four, which shortens the chain that the
        // processor has to wait for from four dependent steps to one.
        for (; end - i >= 4; i += 4)
        {
            var g0 = Unsafe.Add(ref gear, (nuint)Unsafe.Add(ref bytes, i));
            var g1 = (g0 << 1) + Unsafe.Add(ref gear, (nuint)Unsafe.Add(ref bytes, i + 1));
            var g2 = (g1 << 1) + Unsafe.Add(ref gear, (nuint)Unsafe.Add(ref bytes, i + 2));
            var g3 = (g2 << 1) + Unsafe.Add(ref gear, (nuint)Unsafe.Add(ref bytes, i + 3));
            if ((h << 1) + g0 < limit)
            {
                return (int)i + 1;
            }

            if ((h << 2) + g1 < limit)
            {
                return (int)i + 2;
            }

            if ((h << 3) + g2 < limit)
            {
                return (int)i + 3;
            }

            h = (h << 4) + g3;
            if (h < limit)
            {
                return (int)i + 4;
            }
        }

        for (; i < end; i++)
        {
            h = (h << 1) + Unsafe.Add(ref gear, (nuint)Unsafe.Add(ref bytes, i));
            if (h < limit)
            {
                return (int)i + 1;
            }
        }

        hash = h;
        return 0;
    }
}
