using System.Globalization;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>Names of segments, and of copies of segments that were not completed.</summary>
internal static class PartialSegments
{
    /// <summary>Name of a copy of which only the first bytes are good.</summary>
    public static string Name(WalSegment segment, long goodBytes) => string.Create(CultureInfo.InvariantCulture, $"{segment.FileName}.{goodBytes:X8}.partial");

    /// <summary>Reads the name of a complete segment.</summary>
    public static bool TryParse(string name, uint size, out WalSegment segment)
    {
        segment = default;
        return WalFileName.TryParse(name, out var file) && file.Kind == WalFileKind.Segment && WalSegment.TryOf(file, size, out segment);
    }
}
