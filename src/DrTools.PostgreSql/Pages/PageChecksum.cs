using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DrTools.PostgreSql.Pages;

/// <summary>The checksum of a data page: 32 interleaved FNV-1a sums, mixed, folded, and bound to the block number.</summary>
/// <remarks>
/// PostgreSQL computes it in <c>src/include/storage/checksum_impl.h</c> (<c>pg_checksum_page</c>). The page is a table of
/// 64 rows of 32 words; each column has a sum of its own, so that the columns can be computed side by side.
/// </remarks>
public static class PageChecksum
{
    private const int Sums = 32;
    private const int RowLength = Sums * sizeof(uint);
    private const int Rows = PageHeader.PageSize / RowLength;
    private const uint Prime = 16777619;
    private const int Shift = 17;

    // The word at offset 8 holds the checksum itself in its low half, which counts as zero.
    private const uint WithoutChecksum = 0xFFFF_0000;

    private static readonly uint[] Offsets =
    [
        0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
        0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
        0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
        0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756,
    ];

    /// <summary>The checksum that a page should bear. The checksum in the page plays no part.</summary>
    /// <param name="page">A whole page.</param>
    /// <param name="block">Its number in the relation fork, counted through all segments.</param>
    public static ushort Compute(ReadOnlySpan<byte> page, uint block)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(page.Length, PageHeader.PageSize);
        ref readonly var first = ref MemoryMarshal.GetReference(page);
        return (ushort)(((Vector512.IsHardwareAccelerated ? Sum512(in first) : Vector256.IsHardwareAccelerated ? Sum256(in first) : Sum128(page)) ^ block) % 65535 + 1);
    }

    internal static uint Sum512(ref readonly byte page)
    {
        ref var start = ref Unsafe.AsRef(in page);
        var a = Vector512.Create(Offsets);
        var b = Vector512.Create(Offsets, 16);
        var mask = Vector512<uint>.AllBitsSet.WithElement(2, WithoutChecksum);
        a = Mix(a, Load512(ref start, 0) & mask);
        b = Mix(b, Load512(ref start, 64));
        for (nuint row = RowLength; row < PageHeader.PageSize; row += RowLength)
        {
            a = Mix(a, Load512(ref start, row));
            b = Mix(b, Load512(ref start, row + 64));
        }

        a = Mix(Mix(a, default), default) ^ Mix(Mix(b, default), default);
        var folded = a.GetLower() ^ a.GetUpper();
        return Fold(folded.GetLower() ^ folded.GetUpper());
    }

    internal static uint Sum256(ref readonly byte page)
    {
        ref var start = ref Unsafe.AsRef(in page);
        var a = Vector256.Create(Offsets);
        var b = Vector256.Create(Offsets, 8);
        var c = Vector256.Create(Offsets, 16);
        var d = Vector256.Create(Offsets, 24);
        var mask = Vector256<uint>.AllBitsSet.WithElement(2, WithoutChecksum);
        for (nuint row = 0; row < PageHeader.PageSize; row += RowLength)
        {
            a = Mix(a, Load256(ref start, row) & mask);
            b = Mix(b, Load256(ref start, row + 32));
            c = Mix(c, Load256(ref start, row + 64));
            d = Mix(d, Load256(ref start, row + 96));
            mask = Vector256<uint>.AllBitsSet;
        }

        a = Mix(Mix(a, default), default) ^ Mix(Mix(b, default), default) ^ Mix(Mix(c, default), default) ^ Mix(Mix(d, default), default);
        return Fold(a.GetLower() ^ a.GetUpper());
    }

    /// <summary>For processors with 128-bit vectors; correct, if slower, without any.</summary>
    internal static uint Sum128(ReadOnlySpan<byte> page)
    {
        Span<Vector128<uint>> sums = stackalloc Vector128<uint>[Sums / 4];
        MemoryMarshal.Cast<uint, Vector128<uint>>(Offsets).CopyTo(sums);
        var data = MemoryMarshal.Cast<byte, Vector128<uint>>(page);
        var mask = Vector128<uint>.AllBitsSet.WithElement(2, WithoutChecksum);
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] = Mix(sums[i], data[(row * sums.Length) + i] & (row + i == 0 ? mask : Vector128<uint>.AllBitsSet));
            }
        }

        var folded = Vector128<uint>.Zero;
        foreach (var sum in sums)
        {
            folded ^= Mix(Mix(sum, default), default);
        }

        return Fold(folded);
    }

    private static Vector512<uint> Load512(ref byte start, nuint offset) => Vector512.LoadUnsafe(ref start, offset).AsUInt32();

    private static Vector256<uint> Load256(ref byte start, nuint offset) => Vector256.LoadUnsafe(ref start, offset).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Mix(Vector512<uint> sum, Vector512<uint> value)
    {
        var mixed = sum ^ value;
        return (mixed * Prime) ^ (mixed >>> Shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Mix(Vector256<uint> sum, Vector256<uint> value)
    {
        var mixed = sum ^ value;
        return (mixed * Prime) ^ (mixed >>> Shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Mix(Vector128<uint> sum, Vector128<uint> value)
    {
        var mixed = sum ^ value;
        return (mixed * Prime) ^ (mixed >>> Shift);
    }

    private static uint Fold(Vector128<uint> sums) =>
        sums.GetElement(0) ^ sums.GetElement(1) ^ sums.GetElement(2) ^ sums.GetElement(3);
}
