using System.Buffers.Binary;

namespace DrTools.PostgreSql.Wal;

/// <summary>What the first page of a segment says of it.</summary>
/// <remarks><c>XLogLongPageHeaderData</c> in <c>src/include/access/xlog_internal.h</c>, the same since PostgreSQL 9.3 but
/// for the magic number, which rises with the format of records.</remarks>
internal readonly record struct WalSegmentHeader(ushort Magic, uint Timeline, Lsn Position, ulong SystemIdentifier, uint SegmentSize)
{
    public const int Length = 40;

    private const ushort LongHeader = 0x0002;

    /// <summary>Reads the header from the first bytes of a segment.</summary>
    /// <returns>What is wrong with it, or <see langword="null"/>.</returns>
    public static string? TryRead(ReadOnlySpan<byte> page, out WalSegmentHeader header)
    {
        header = default;
        if (page.Length < Length)
        {
            return "it is shorter than a page header";
        }

        var magic = BinaryPrimitives.ReadUInt16LittleEndian(page);

        // D066 was PostgreSQL 9.1; D118 is 18.
        if (magic >> 8 is not (0xD0 or 0xD1))
        {
            return BinaryPrimitives.ReverseEndianness(magic) >> 8 is 0xD0 or 0xD1
                ? "it was written by a host of the other byte order"
                : $"it does not begin as a segment does (magic number {magic:X4})";
        }

        if ((BinaryPrimitives.ReadUInt16LittleEndian(page[2..]) & LongHeader) == 0)
        {
            return "its first page has no long header";
        }

        header = new WalSegmentHeader(
            magic,
            BinaryPrimitives.ReadUInt32LittleEndian(page[4..]),
            new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(page[8..])),
            BinaryPrimitives.ReadUInt64LittleEndian(page[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(page[32..]));
        return WalSegment.IsSize(header.SegmentSize) && header.Timeline != 0 ? null : "its page header is damaged";
    }

    /// <summary>Compares with the name that the segment has.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    /// <remarks>The first segment of a timeline begins with a copy of the one that it branched off, so its first page bears
    /// the older timeline.</remarks>
    public string? Contradiction(WalFileName name)
    {
        if (!WalSegment.TryOf(name, SegmentSize, out var segment))
        {
            return $"with segments of {SegmentSize} bytes there is none of this name";
        }

        if (segment.Start != Position)
        {
            return $"it holds the log from {Position} on, and the name says {segment.Start}";
        }

        return Timeline <= segment.Timeline ? null : $"it is of timeline {Timeline}, and the name says {segment.Timeline}";
    }
}
