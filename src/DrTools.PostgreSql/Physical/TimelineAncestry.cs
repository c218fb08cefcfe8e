using System.Globalization;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Physical;

/// <summary>Where the timelines began that a cluster has come along.</summary>
/// <remarks>A history file has a line for each earlier timeline: its number, where it was left, and why
/// (<c>readTimeLineHistory</c>).</remarks>
internal sealed class TimelineAncestry
{
    private readonly uint _current;
    private readonly List<(uint Timeline, Lsn Left)> _earlier = [];

    private TimelineAncestry(uint current) => _current = current;

    /// <summary>Reads the history of a timeline from a data directory; <see langword="null"/> when it is not there.</summary>
    public static TimelineAncestry? Read(string dataDirectory, uint timeline)
    {
        var ancestry = new TimelineAncestry(timeline);
        if (timeline == 1)
        {
            return ancestry;
        }

        try
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"{timeline:X8}.history");
            foreach (var line in File.ReadLines(Path.Combine(dataDirectory, DataDirectory.WalFolder, file)))
            {
                var fields = line.Split('\t', ' ');
                if (fields.Length >= 2 && uint.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var earlier) && Lsn.TryParse(fields[1], out var left))
                {
                    ancestry._earlier.Add((earlier, left));
                }
            }

            return ancestry;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Where a timeline was left for the one that led here: nothing behind it on that timeline ever happened
    /// here. <see langword="null"/> for a timeline that did not lead here at all.</summary>
    public Lsn? LeftAt(uint timeline)
    {
        if (timeline == _current)
        {
            return new Lsn(ulong.MaxValue);
        }

        foreach (var (earlier, left) in _earlier)
        {
            if (earlier == timeline)
            {
                return left;
            }
        }

        return null;
    }

    /// <summary>The parts of the log from a position on an ancestor to one on the current timeline.</summary>
    public IReadOnlyList<WalSpan> Spans(uint timeline, Lsn start, Lsn end)
    {
        var spans = new List<WalSpan>();
        foreach (var (earlier, left) in _earlier)
        {
            if (spans.Count > 0 || earlier == timeline)
            {
                spans.Add(new WalSpan(earlier, spans.Count == 0 ? start : spans[^1].End, left));
            }
        }

        spans.Add(new WalSpan(_current, spans.Count == 0 ? start : spans[^1].End, end));
        return spans;
    }
}
