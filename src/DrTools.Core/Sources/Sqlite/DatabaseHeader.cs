using System.Buffers.Binary;

namespace DrTools.Sources.Sqlite;

/// <summary>
/// The first 100 bytes of a database (https://www.sqlite.org/fileformat2.html#the_database_header). They are read from
/// the file because PRAGMAs give up on a database whose schema is damaged.
/// </summary>
/// <param name="PageSize">Bytes per page.</param>
/// <param name="IsWal">Whether the journal mode is WAL, the only one that a file remembers.</param>
/// <param name="Encoding">How text is stored.</param>
/// <param name="UserVersion">A number that the application keeps there.</param>
/// <param name="ApplicationId">The application that the file belongs to.</param>
internal sealed record DatabaseHeader(int PageSize, bool IsWal, string Encoding, int UserVersion, int ApplicationId)
{
    private const int Length = 100;

    public static DatabaseHeader Read(string path)
    {
        var header = new byte[Length];
        using (var file = File.OpenHandle(path))
        {
            // A shorter file is one that no page was ever written to; zeros then mean the defaults.
            _ = RandomAccess.Read(file, header, 0);
        }

        int pageSize = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(16));
        return new DatabaseHeader(
            pageSize switch { 0 => 4096, 1 => 65536, _ => pageSize },
            header[18] == 2,
            BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(56)) switch { 2 => "UTF-16le", 3 => "UTF-16be", _ => "UTF-8" },
            BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(60)),
            BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(68)));
    }
}
