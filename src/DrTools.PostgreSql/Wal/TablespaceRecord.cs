using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace DrTools.PostgreSql.Wal;

/// <summary>A record that makes a tablespace, in a segment file.</summary>
/// <param name="Position">Where it starts.</param>
/// <param name="Oid">The tablespace; 0 where that is not in this file.</param>
/// <param name="Location">Its folder; <see langword="null"/> where that is not in this file.</param>
/// <param name="IsWhole">Whether all of it is in this file.</param>
/// <remarks>A tablespace without a location lies in <c>pg_tblspc/OID</c> (and where that is a link, in what it leads to): see
/// <see href="https://www.postgresql.org/docs/current/runtime-config-developer.html#GUC-ALLOW-IN-PLACE-TABLESPACES">
/// allow_in_place_tablespaces</see> and <c>create_tablespace_directories</c> in <c>src/backend/commands/tablespace.c</c>.</remarks>
internal sealed record TablespaceRecord(Lsn Position, uint Oid, string? Location, bool IsWhole)
{
    private const int PageSize = 8192;
    private const int ShortHeader = 24;
    private const int LongHeader = 40;
    private const int RecordHeader = 24;
    private const int InfoAt = 16;
    private const int ResourceManagerAt = 17;
    private const int ChecksumAt = 20;
    private const int Alignment = 8;
    private const int Piece = 1 << 20;

    /// <summary>Finds them in a file. One that runs on into the next segment is found in the file that has the byte which
    /// says what it is.</summary>
    public static IReadOnlyList<TablespaceRecord> Find(string path)
    {
        var records = new List<TablespaceRecord>();
        var scanner = new WalScanner((in WalRecord record) =>
        {
            if (record.MakesTablespace)
            {
                records.Add(new TablespaceRecord(record.Position, record.TablespaceOid, record.TablespaceLocation, IsWhole: true));
            }
        });
        using (var file = File.OpenHandle(path))
        {
            var length = RandomAccess.GetLength(file);
            var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(Piece, Math.Max(length, 1)));
            for (long offset = 0; offset < length && !scanner.HasEnded;)
            {
                var read = RandomAccess.Read(file, buffer, offset);
                scanner.Take(buffer.AsSpan(0, read));
                offset += read;
            }
        }

        AddParts(records, scanner);
        return records;
    }

    /// <summary>The same of a segment that is read from elsewhere; <paramref name="records"/> are the whole ones.</summary>
    public static void AddParts(List<TablespaceRecord> records, WalScanner scanner)
    {
        if (scanner.Unfinished is { Length: > ResourceManagerAt } begun && Is(begun))
        {
            records.Add(new TablespaceRecord(scanner.End, 0, null, IsWhole: false));
        }

        // Records begin on multiples of eight: of a header one or two thirds may lie in the segment before.
        for (var before = Alignment; before <= 2 * Alignment && scanner.RestOfPrevious.Length > 0; before += Alignment)
        {
            var record = new byte[before + scanner.RestOfPrevious.Length];
            scanner.RestOfPrevious.CopyTo(record.AsSpan(before));
            if (record.Length > RecordHeader && Is(record))
            {
                var read = new WalRecord(Lsn.Invalid, Lsn.Invalid, record[ResourceManagerAt], record[InfoAt], 0, WalScanner.MainData(record));
                if (read.TablespaceLocation is { Length: > 0 } location && location[0] == '/' && record[^1] == 0)
                {
                    records.Add(new TablespaceRecord(Lsn.Invalid, read.TablespaceOid, location, IsWhole: false));
                }
            }
        }
    }

    /// <summary>Puts another location into the record in a file, and makes its checksum fit.</summary>
    /// <param name="path">The file.</param>
    /// <param name="location">At most as long as the old one; none where it is to lie in <c>pg_tblspc/OID</c>.</param>
    /// <returns>Whether that could be done.</returns>
    public bool TryChange(string path, string location = "")
    {
        if (!IsWhole || Location is null)
        {
            return false;
        }

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);

        // Where each byte of the record lies: it may run on behind the header of the next page.
        var start = (long)(Position.Value % (ulong)RandomAccess.GetLength(file));
        Span<byte> word = stackalloc byte[4];
        RandomAccess.Read(file, word, start);
        var record = new byte[BinaryPrimitives.ReadUInt32LittleEndian(word)];
        var places = new long[record.Length];
        var place = start;
        for (var i = 0; i < record.Length; i++, place++)
        {
            if (place % PageSize == 0)
            {
                place += place == 0 ? LongHeader : ShortHeader;
            }

            places[i] = place;
        }

        for (var i = 0; i < record.Length; i++)
        {
            RandomAccess.Read(file, record.AsSpan(i, 1), places[i]);
        }

        var at = record.AsSpan(RecordHeader).IndexOf(Encoding.UTF8.GetBytes(Location));
        if (at < 0)
        {
            return false;
        }

        record.AsSpan(RecordHeader + at, Encoding.UTF8.GetByteCount(Location)).Clear();
        Encoding.UTF8.GetBytes(location, record.AsSpan(RecordHeader + at));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(ChecksumAt), Checksum(record));
        for (var i = 0; i < record.Length; i++)
        {
            RandomAccess.Write(file, record.AsSpan(i, 1), places[i]);
        }

        return true;
    }

    private static bool Is(ReadOnlySpan<byte> record) =>
        new WalRecord(Lsn.Invalid, Lsn.Invalid, record[ResourceManagerAt], record[InfoAt], 0, []).MakesTablespace;

    /// <summary>CRC-32C of what follows the header, and then of the header up to the checksum.</summary>
    private static uint Checksum(ReadOnlySpan<byte> record)
    {
        var crc = uint.MaxValue;
        foreach (var value in record[RecordHeader..])
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        foreach (var value in record[..ChecksumAt])
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
