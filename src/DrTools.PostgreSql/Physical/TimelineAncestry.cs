using System.Globalization;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Physical;

/// <summary>Where the timelines began that a cluster has come along.</summary>
internal sealed class TimelineAncestry
{
    private readonly uint _current;
    private readonly List<(uint Timeline, Lsn Left)> _earlier = [];

    private TimelineAncestry(uint current) => _current = current;

    /// <summary>Reads the history of a timeline from a data directory; <see langword="null"/> when it is not there.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/>.</exception>
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
            var history = TimelineHistory.Parse(timeline, File.ReadAllBytes(Path.Combine(dataDirectory, DataDirectory.WalFolder, file)));
            ancestry._earlier.AddRange(history.Ancestors.Select(a => (a.Timeline, a.End)));
            return ancestry;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The same from a history that has been read already.</summary>
    public static TimelineAncestry Of(TimelineHistory history)
    {
        var ancestry = new TimelineAncestry(history.Timeline);
        ancestry._earlier.AddRange(history.Ancestors.Select(a => (a.Timeline, a.End)));
        return ancestry;
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
