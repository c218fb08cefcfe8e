using System.Buffers.Binary;

namespace DrTools.PostgreSql.Pages;

/// <summary>The header of a data page, in the byte order of the host that wrote it (here always little endian).</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/storage-page-layout.html">PostgreSQL: Database Page
/// Layout</see>.</remarks>
public readonly record struct PageHeader
{
    /// <summary>Bytes of a page. Clusters with another block size are refused when their control file is read.</summary>
    public const int PageSize = 8192;

    /// <summary>Bytes of the header.</summary>
    public const int Length = 24;

    internal const int ChecksumOffset = 8;
    internal const int UpperOffset = 14;

    /// <summary>End of the last WAL record that changed the page (<c>pd_lsn</c>).</summary>
    public required ulong Lsn { get; init; }

    /// <summary>The checksum that the page was written with (<c>pd_checksum</c>); 0 where checksums are off.</summary>
    public required ushort Checksum { get; init; }

    /// <summary>Offset of the start of free space (<c>pd_lower</c>).</summary>
    public required ushort Lower { get; init; }

    /// <summary>Offset of the end of free space (<c>pd_upper</c>); 0 on a page that was never initialised.</summary>
    public required ushort Upper { get; init; }

    /// <summary>Offset of the special space (<c>pd_special</c>).</summary>
    public required ushort Special { get; init; }

    /// <summary>Page size and layout version as they are packed (<c>pd_pagesize_version</c>).</summary>
    public required ushort PageSizeVersion { get; init; }

    /// <summary>Whether the page was added to the file and never initialised. Such a page holds zeros only.</summary>
    public bool IsNew => Upper == 0;

    /// <summary>Reads the header of a page.</summary>
    /// <param name="page">At least <see cref="Length"/> bytes.</param>
    public static PageHeader Read(ReadOnlySpan<byte> page) => new()
    {
        Lsn = ReadLsn(page),
        Checksum = BinaryPrimitives.ReadUInt16LittleEndian(page[ChecksumOffset..]),
        Lower = BinaryPrimitives.ReadUInt16LittleEndian(page[12..]),
        Upper = BinaryPrimitives.ReadUInt16LittleEndian(page[UpperOffset..]),
        Special = BinaryPrimitives.ReadUInt16LittleEndian(page[16..]),
        PageSizeVersion = BinaryPrimitives.ReadUInt16LittleEndian(page[18..]),
    };

    /// <summary>The LSN of a page: two halves, the high one first, each little endian.</summary>
    internal static ulong ReadLsn(ReadOnlySpan<byte> page) =>
        System.Numerics.BitOperations.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(page), 32);
}
