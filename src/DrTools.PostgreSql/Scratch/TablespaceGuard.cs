using System.Buffers.Binary;
using System.Numerics;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Scratch;

/// <summary>
/// Keeps a scratch server from making tablespaces where the original has them. Replaying CREATE TABLESPACE makes the
/// folder that the log names; on the original's host that is the original's own, and the scratch server would write into
/// it. So the name is emptied in the scratch copy of the log, and the record's checksum made to fit: the tablespace then
/// lies in the data directory itself.
/// </summary>
/// <remarks>A tablespace without a location lies in <c>pg_tblspc/OID</c>: see
/// <see href="https://www.postgresql.org/docs/current/runtime-config-developer.html#GUC-ALLOW-IN-PLACE-TABLESPACES">
/// allow_in_place_tablespaces</see> and <c>tblspc_redo</c> in <c>src/backend/commands/tablespace.c</c>.</remarks>
internal static class TablespaceGuard
{
    private const int PageSize = 8192;
    private const int ShortHeader = 24;
    private const int LongHeader = 40;
    private const int RecordHeader = 24;
    private const int ChecksumAt = 20;
    private const int Piece = 1 << 20;

    /// <summary>Looks through a segment file, and changes it where it makes a tablespace.</summary>
    /// <exception cref="DrException"><see cref="DrError.UnsafePath"/> where it cannot be changed.</exception>
    public static void Apply(string path)
    {
        var records = new List<(Lsn Position, string Location)>();
        var scanner = new WalScanner((in WalRecord record) =>
        {
            if (record.TablespaceLocation is { Length: > 0 } location)
            {
                records.Add((record.Position, location));
            }
        });
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var length = RandomAccess.GetLength(file);
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(Piece, length));
        for (long offset = 0; offset < length && !scanner.HasEnded;)
        {
            var read = RandomAccess.Read(file, buffer, offset);
            scanner.Take(buffer.AsSpan(0, read));
            offset += read;
        }

        foreach (var (position, location) in records)
        {
            Change(file, (long)(position.Value % (ulong)length), location, path);
        }
    }

    private static void Change(Microsoft.Win32.SafeHandles.SafeFileHandle file, long start, string location, string path)
    {
        // Where each byte of the record lies: it may run on behind the header of the next page.
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

        var name = System.Text.Encoding.UTF8.GetBytes(location);
        var at = record.AsSpan(RecordHeader).IndexOf(name);
        if (at < 0)
        {
            throw new DrException(
                DrError.UnsafePath,
                $"The log makes a tablespace in {location}, where a scratch server may not write, and {Path.GetFileName(path)} cannot be changed.",
                "Choose a target before the tablespace was made, or take a new backup and use that.")
            { Subject = location };
        }

        record[RecordHeader + at] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(ChecksumAt), Checksum(record));
        for (var i = 0; i < record.Length; i++)
        {
            RandomAccess.Write(file, record.AsSpan(i, 1), places[i]);
        }
    }

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
