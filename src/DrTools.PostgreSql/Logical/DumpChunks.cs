using DrTools.Chunking;

namespace DrTools.PostgreSql.Logical;

/// <summary>
/// How finely dumps are cut. Rows lie in a dump in the order of the table's pages, and new versions of rows go wherever a
/// page has room, so changes come in many small places: a chunk of 256 KiB rarely stays as it was, one of 16 KiB often does.
/// Every chunk has to be remembered while a backup is taken, which sets the limits for larger databases.
/// </summary>
internal static class DumpChunks
{
    /// <summary>Normal length of chunks, and up to which size of the databases it is used.</summary>
    private static readonly (int Length, long UpTo)[] Classes = [(16 << 10, 16L << 30), (64 << 10, 64L << 30), (256 << 10, long.MaxValue)];

    /// <summary>Chooses the normal length of chunks, bytes. A length that the parent has stays for as long as it can: with
    /// another one no chunk is known again.</summary>
    /// <param name="size">Size of the databases, bytes.</param>
    /// <param name="before">What the parent has, if there is one.</param>
    public static int Choose(long size, int? before)
    {
        foreach (var (length, limit) in Classes)
        {
            if (length == before && size <= (limit > long.MaxValue / 2 ? limit : limit * 2))
            {
                return length;
            }
        }

        return Classes.First(c => size <= c.UpTo).Length;
    }

    /// <summary>The parameters for a normal length.</summary>
    public static ChunkerParameters Of(int length) => new() { MinimumLength = length / 4, NormalLength = length, MaximumLength = length * 4 };
}
