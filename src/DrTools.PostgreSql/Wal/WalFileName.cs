using System.Globalization;

namespace DrTools.PostgreSql.Wal;

/// <summary>What a file that PostgreSQL archives is.</summary>
public enum WalFileKind
{
    /// <summary>A segment of the log.</summary>
    Segment,

    /// <summary>The last segment of a timeline that was left by a promotion; not full. Or what a receiver had of a segment
    /// when the stream was cut: named with the number of good bytes, because a longer one may follow
    /// (<c>000000010000000000000003.0003F2A8.partial</c>).</summary>
    Partial,

    /// <summary>Says when a base backup began and ended.</summary>
    BackupHistory,

    /// <summary>Says which timelines a timeline comes from.</summary>
    TimelineHistory,
}

/// <summary>The name of a file that PostgreSQL archives, which is also the name it asks for in recovery.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/continuous-archiving.html">Continuous Archiving</see>.
/// The forms are those of <c>src/include/access/xlog_internal.h</c>.</remarks>
public readonly record struct WalFileName
{
    private const int SegmentLength = 24;
    private const int TimelineLength = 8;
    private const string PartialSuffix = ".partial";
    private const string BackupSuffix = ".backup";
    private const string HistorySuffix = ".history";

    private WalFileName(string text, WalFileKind kind, uint timeline, uint log, uint segment) =>
        (Text, Kind, Timeline, Log, SegmentInLog) = (text, kind, timeline, log, segment);

    /// <summary>The name.</summary>
    public string Text { get; }

    /// <summary>What it names.</summary>
    public WalFileKind Kind { get; }

    /// <summary>Its timeline.</summary>
    public uint Timeline { get; }

    /// <summary>Upper 32 bits of the position at which the segment starts; 0 for a timeline history.</summary>
    public uint Log { get; }

    /// <summary>Number of the segment among those that have the same upper 32 bits; 0 for a timeline history.</summary>
    public uint SegmentInLog { get; }

    /// <summary>The timeline as archives write it: eight upper-case hexadecimal digits.</summary>
    public string TimelineText => Text[..TimelineLength];

    /// <summary>Whether it is what a receiver had of a segment, under a name that says how much of it is good.</summary>
    public bool IsCutStream => Kind == WalFileKind.Partial && Text.Length > SegmentLength + PartialSuffix.Length;

    /// <summary>Name of the segment that it is, or is a piece of.</summary>
    internal string SegmentText => Text[..Math.Min(SegmentLength, Text.Length)];

    /// <summary>How many bytes of what a receiver had of a segment are good.</summary>
    public uint GoodBytes => IsCutStream && TryHex(Text, SegmentLength + 1, out var good) ? good : 0;

    /// <summary>Reads a name.</summary>
    /// <returns><see langword="false"/> when PostgreSQL archives no file of such a name.</returns>
    public static bool TryParse(string? text, out WalFileName name)
    {
        name = default;
        if (text is null || text.Length < TimelineLength || !TryHex(text, 0, out var timeline) || timeline == 0)
        {
            return false;
        }

        if (text.Length == TimelineLength + HistorySuffix.Length && text.EndsWith(HistorySuffix, StringComparison.Ordinal))
        {
            name = new WalFileName(text, WalFileKind.TimelineHistory, timeline, 0, 0);
            return true;
        }

        if (text.Length < SegmentLength || !TryHex(text, 8, out var log) || !TryHex(text, 16, out var segment))
        {
            return false;
        }

        WalFileKind? kind = text.AsSpan(SegmentLength) switch
        {
            "" => WalFileKind.Segment,
            PartialSuffix => WalFileKind.Partial,
            { Length: 1 + 8 + 8 } rest when rest[0] == '.' && rest.EndsWith(PartialSuffix, StringComparison.Ordinal) && TryHex(text, SegmentLength + 1, out _) => WalFileKind.Partial,
            { Length: 1 + 8 + 7 } rest when rest[0] == '.' && rest.EndsWith(BackupSuffix, StringComparison.Ordinal) && TryHex(text, SegmentLength + 1, out _) => WalFileKind.BackupHistory,
            _ => null,
        };
        name = new WalFileName(text, kind ?? default, timeline, log, segment);
        return kind is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool TryHex(string text, int start, out uint value)
    {
        // PostgreSQL writes upper-case digits only, and two spellings of one name would be two logs.
        value = 0;
        foreach (var c in text.AsSpan(start, 8))
        {
            if (!char.IsAsciiHexDigitUpper(c))
            {
                return false;
            }
        }

        return uint.TryParse(text.AsSpan(start, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
