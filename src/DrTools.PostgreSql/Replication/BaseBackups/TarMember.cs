using System.Text;
using DrTools.Trees;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>An entry of a tar archive.</summary>
/// <param name="Name">Its path without a slash at the end.</param>
/// <param name="Kind">File, folder or symbolic link.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="UserId">Numeric owner.</param>
/// <param name="GroupId">Numeric group.</param>
/// <param name="ModifiedSeconds">Last modification, seconds since 1970-01-01 UTC.</param>
/// <param name="LinkTarget">What a symbolic link holds.</param>
internal sealed record TarMember(
    string Name, EntryKind Kind, long Size, uint Mode, uint UserId, uint GroupId, long ModifiedSeconds, string? LinkTarget);

/// <summary>Reads tar headers: ustar, with names of any length as GNU and pax write them, and sizes above 8 GiB in base 256
/// as PostgreSQL writes them.</summary>
/// <remarks>PostgreSQL's writer is <c>src/port/tar.c</c>; the format is that of POSIX.1-1988, section 10.1.1.</remarks>
internal static class TarHeader
{
    public const int BlockLength = 512;

    /// <summary>Bytes with which content of a length is filled up to whole blocks.</summary>
    public static int Padding(long length) => (int)(-length & (BlockLength - 1));

    /// <summary>Whether a block holds only zeros: two of them end an archive.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    /// <summary>The type of a header (<c>0</c> file, <c>5</c> folder, <c>2</c> symbolic link, <c>L</c>, <c>K</c>, <c>x</c>, <c>g</c>).</summary>
    public static char Type(ReadOnlySpan<byte> block) => (char)block[156];

    /// <summary>Bytes of content behind a header.</summary>
    public static long Size(ReadOnlySpan<byte> block) => Number(block.Slice(124, 12));

    /// <summary>Reads a header of a file, folder or link.</summary>
    /// <param name="block">The header.</param>
    /// <param name="longer">What headers before it said instead: <c>path</c>, <c>linkpath</c>, <c>size</c>.</param>
    public static TarMember Parse(ReadOnlySpan<byte> block, IReadOnlyDictionary<string, string> longer)
    {
        var kind = Type(block) switch
        {
            '0' or '\0' => EntryKind.File,
            '5' => EntryKind.Directory,
            '2' => EntryKind.SymbolicLink,
            var other => throw new InvalidDataException($"the base backup's archive holds an entry of the type '{other}'"),
        };
        var prefix = Text(block.Slice(345, 155));
        var name = longer.GetValueOrDefault("path") ?? (prefix.Length > 0 ? prefix + "/" : string.Empty) + Text(block[..100]);
        return new TarMember(
            // Servers write "./pg_wal/archive_status", and links with a slash at their end.
            (name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name).TrimEnd('/'),
            kind,
            kind != EntryKind.File ? 0
                : longer.TryGetValue("size", out var size) ? long.Parse(size, System.Globalization.CultureInfo.InvariantCulture)
                : Size(block),
            (uint)Number(block.Slice(100, 8)) & 0xFFF,
            (uint)Number(block.Slice(108, 8)),
            (uint)Number(block.Slice(116, 8)),
            Number(block.Slice(136, 12)),
            kind == EntryKind.SymbolicLink ? longer.GetValueOrDefault("linkpath") ?? Text(block.Slice(157, 100)) : null);
    }

    /// <summary>Throws when a header is not what was written.</summary>
    public static void Verify(ReadOnlySpan<byte> block)
    {
        var sum = 0;
        for (var i = 0; i < BlockLength; i++)
        {
            sum += i is >= 148 and < 156 ? ' ' : block[i];
        }

        if (Number(block.Slice(148, 8)) != sum)
        {
            throw new InvalidDataException("a header in the base backup's archive has a wrong checksum");
        }
    }

    /// <summary>The records of a pax header: <c>length key=value\n</c>.</summary>
    public static void ReadPax(ReadOnlySpan<byte> content, Dictionary<string, string> into)
    {
        while (!content.IsEmpty)
        {
            var space = content.IndexOf((byte)' ');
            if (space < 1 || !int.TryParse(content[..space], System.Globalization.CultureInfo.InvariantCulture, out var length)
                || length <= space + 1 || length > content.Length
                || content[(space + 1)..length].IndexOf((byte)'=') is not (>= 1 and var equals))
            {
                throw new InvalidDataException("an extended header in the base backup's archive makes no sense");
            }

            var record = content[(space + 1)..(length - 1)];
            into[Encoding.UTF8.GetString(record[..equals])] = Encoding.UTF8.GetString(record[(equals + 1)..]);
            content = content[length..];
        }
    }

    public static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    /// <summary>Octal digits; or, with the highest bit set, big-endian base 256.</summary>
    private static long Number(ReadOnlySpan<byte> field)
    {
        var value = 0L;
        if ((field[0] & 0x80) != 0)
        {
            foreach (var b in field[1..])
            {
                value = (value << 8) | b;
            }

            return value;
        }

        foreach (var b in field)
        {
            if (b is >= (byte)'0' and <= (byte)'7')
            {
                value = (value << 3) | (uint)(b - '0');
            }
            else if (b is not ((byte)' ' or 0))
            {
                throw new InvalidDataException("a header in the base backup's archive holds a number that is none");
            }
        }

        return value;
    }
}
