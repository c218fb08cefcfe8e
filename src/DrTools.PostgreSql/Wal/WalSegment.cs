using System.Globalization;

namespace DrTools.PostgreSql.Wal;

/// <summary>A segment of the log by its place: names of segments can be counted only by whoever knows their size.</summary>
/// <param name="Timeline">Its timeline.</param>
/// <param name="Number">Its place: the position at which it starts, divided by the size of segments.</param>
/// <param name="Size">Size of the cluster's segments, bytes: a power of two from 1 MiB to 1 GiB.</param>
/// <remarks><see href="https://www.postgresql.org/docs/current/wal-internals.html">WAL Internals</see>.</remarks>
public readonly record struct WalSegment(uint Timeline, ulong Number, uint Size)
{
    /// <summary>The size that clusters have unless initdb was told otherwise, bytes.</summary>
    public const uint DefaultSize = 16 << 20;

    private ulong PerLog => 0x1_0000_0000UL / Size;

    /// <summary>Where it starts.</summary>
    public Lsn Start => new(Number * Size);

    /// <summary>Where the next one starts.</summary>
    public Lsn End => new((Number + 1) * Size);

    /// <summary>The one that follows on the same timeline.</summary>
    public WalSegment Next => this with { Number = Number + 1 };

    /// <summary>Its file name.</summary>
    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{Timeline:X8}{Number / PerLog:X8}{Number % PerLog:X8}");

    /// <summary>Its file name. What the compiler would write holds <see cref="Next"/>, and so has no end.</summary>
    public override string ToString() => FileName;

    /// <summary>The segment that holds a position.</summary>
    public static WalSegment At(uint timeline, Lsn position, uint size) => new(timeline, position.Value / size, size);

    /// <summary>Whether a size is one that segments can have.</summary>
    public static bool IsSize(uint size) => uint.IsPow2(size) && size is >= 1 << 20 and <= 1 << 30;

    /// <summary>The segment that a file name (of a segment, a partial one, or a backup history) names.</summary>
    /// <returns><see langword="false"/> when a cluster with segments of that size has none of this name.</returns>
    public static bool TryOf(WalFileName name, uint size, out WalSegment segment)
    {
        segment = default;
        if (name.Kind == WalFileKind.TimelineHistory || !IsSize(size))
        {
            return false;
        }

        segment = new WalSegment(name.Timeline, 0, size);
        var isInLog = name.SegmentInLog < segment.PerLog;
        segment = segment with { Number = (name.Log * segment.PerLog) + name.SegmentInLog };
        return isInLog;
    }
}
