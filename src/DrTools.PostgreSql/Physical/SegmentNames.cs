using System.Globalization;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Physical;

/// <summary>Names of the segment files that a range of the log lies in.</summary>
internal static class SegmentNames
{
    /// <summary>The segment that holds the byte at a position (<c>pg_walfile_name</c> and its arithmetic).</summary>
    public static string At(uint timeline, Lsn position, uint segmentSize) => Name(timeline, position.Value / segmentSize, segmentSize);

    /// <summary>The segment that holds the byte before a position: where a range that ends there ends.</summary>
    public static string Before(uint timeline, Lsn position, uint segmentSize) => Name(timeline, (position.Value - 1) / segmentSize, segmentSize);

    /// <summary>All segments of a range, in order.</summary>
    public static IReadOnlyList<string> Range(uint timeline, Lsn start, Lsn stop, uint segmentSize)
    {
        var names = new List<string>();
        for (var number = start.Value / segmentSize; number <= (stop.Value - 1) / segmentSize; number++)
        {
            names.Add(Name(timeline, number, segmentSize));
        }

        return names;
    }

    private static string Name(uint timeline, ulong number, uint segmentSize)
    {
        var perId = 0x1_0000_0000UL / segmentSize;
        return string.Create(CultureInfo.InvariantCulture, $"{timeline:X8}{number / perId:X8}{number % perId:X8}");
    }
}
