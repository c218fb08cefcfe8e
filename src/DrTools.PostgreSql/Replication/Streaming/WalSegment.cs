using System.Globalization;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>A segment of the log: a timeline, and the number of the segment counted from the start of the log.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/wal-internals.html">WAL Internals</see>.</remarks>
internal readonly record struct WalSegment(uint Timeline, ulong Number, uint Length)
{
    public Lsn Start => new(Number * Length);

    public Lsn End => new((Number + 1) * Length);

    public WalSegment Next => this with { Number = Number + 1 };

    public string Name
    {
        get
        {
            var perId = 0x1_0000_0000UL / Length;
            return string.Create(CultureInfo.InvariantCulture, $"{Timeline:X8}{Number / perId:X8}{Number % perId:X8}");
        }
    }

    /// <summary>The segment that holds the byte at a position.</summary>
    public static WalSegment Containing(uint timeline, Lsn position, uint length) => new(timeline, position.Value / length, length);

    public static bool TryParse(string name, uint length, out WalSegment segment)
    {
        segment = default;
        if (name.Length != 24
            || !uint.TryParse(name.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var timeline)
            || !uint.TryParse(name.AsSpan(8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            || !uint.TryParse(name.AsSpan(16, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rest))
        {
            return false;
        }

        segment = new WalSegment(timeline, (id * (0x1_0000_0000UL / length)) + rest, length);
        return true;
    }

    /// <summary>Name of a copy of which only the first bytes are good.</summary>
    public string PartialName(long goodBytes) => string.Create(CultureInfo.InvariantCulture, $"{Name}.{goodBytes:X8}.partial");
}
