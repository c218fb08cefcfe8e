using System.Buffers.Binary;
using System.Text;

namespace DrTools.PostgreSql.Scratch;

/// <summary>
/// Finds a superuser who may log in, in the files of a cluster that nobody can ask yet: the name is the cluster's own
/// choice (<c>initdb -U</c>), and a connection must give one.
/// </summary>
/// <remarks>pg_authid is a shared, mapped relation (src/backend/utils/cache/relmapper.c) of heap pages
/// (<see href="https://www.postgresql.org/docs/current/storage-page-layout.html">Database Page Layout</see>); its first
/// columns (oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin) are the same in 12 to 18.</remarks>
internal static class BootstrapSuperuser
{
    private const uint Authid = 1260;
    private const uint Bootstrap = 10;
    private const int PageSize = 8192;
    private const int NameLength = 64;

    /// <summary>The bootstrap superuser where he may log in, another superuser otherwise; <c>postgres</c> where nothing
    /// can be made out.</summary>
    public static string Find(string dataDirectory)
    {
        string? other = null;
        try
        {
            var map = File.ReadAllBytes(Path.Combine(dataDirectory, "global", "pg_filenode.map"));
            var count = BinaryPrimitives.ReadInt32LittleEndian(map.AsSpan(4));
            var file = Authid;
            for (var i = 0; i < count && 16 + (8 * i) <= map.Length; i++)
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(8 + (8 * i))) == Authid)
                {
                    file = BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(12 + (8 * i)));
                }
            }

            var content = File.ReadAllBytes(Path.Combine(dataDirectory, "global", $"{file}"));
            for (var start = 0; start + PageSize <= content.Length; start += PageSize)
            {
                foreach (var (oid, name) in Superusers(content.AsMemory(start, PageSize)))
                {
                    if (oid == Bootstrap)
                    {
                        return name;
                    }

                    other ??= name;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A damaged catalogue shows itself when the server starts; here it only costs the name.
        }

        return other ?? "postgres";
    }

    private static IEnumerable<(uint Oid, string Name)> Superusers(ReadOnlyMemory<byte> page)
    {
        ushort Short(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(page.Span[offset..]);
        uint Word(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(page.Span[offset..]);
        var lower = Math.Min((int)Short(12), PageSize);
        for (var pointer = 24; pointer + 4 <= lower; pointer += 4)
        {
            // A line pointer: 15 bits of offset, 2 of state (1 = normal), 15 of length.
            var item = Word(pointer);
            var (offset, state, length) = ((int)(item & 0x7FFF), (item >> 15) & 3, (int)(item >> 17));
            if (state != 1 || offset + length > PageSize || length < 24)
            {
                continue;
            }

            var data = offset + page.Span[offset + 22];
            if (data + 4 + NameLength + 5 > offset + length || Word(offset + 4) != 0)
            {
                // With an xmax it may have been replaced by a newer version, which stands elsewhere.
                continue;
            }

            var (isSuper, mayLogIn) = (page.Span[data + 4 + NameLength] != 0, page.Span[data + 4 + NameLength + 4] != 0);
            if (isSuper && mayLogIn)
            {
                var name = page.Span.Slice(data + 4, NameLength);
                yield return (Word(data), Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]));
            }
        }
    }
}
