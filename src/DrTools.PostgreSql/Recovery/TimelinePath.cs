using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>A stretch of the log on one timeline.</summary>
/// <param name="Timeline">The timeline.</param>
/// <param name="Begin">Where it begins.</param>
/// <param name="End">Where the next timeline leaves it; the end of all positions on the last one.</param>
public readonly record struct TimelineStretch(uint Timeline, Lsn Begin, Lsn End);

/// <summary>The way through the log that leads to a timeline: a stretch of each of its ancestors, and then itself.</summary>
public sealed record TimelinePath
{
    private TimelinePath(IReadOnlyList<TimelineStretch> stretches) => Stretches = stretches;

    /// <summary>The stretches, the oldest first.</summary>
    public IReadOnlyList<TimelineStretch> Stretches { get; }

    /// <summary>The timeline that it leads to.</summary>
    public uint Timeline => Stretches[^1].Timeline;

    /// <summary>Where that timeline begins.</summary>
    public Lsn Begin => Stretches[^1].Begin;

    /// <summary>The way to a timeline.</summary>
    public static TimelinePath To(TimelineHistory history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var stretches = new List<TimelineStretch>();
        var begin = Lsn.Invalid;
        foreach (var ancestor in history.Ancestors)
        {
            stretches.Add(new TimelineStretch(ancestor.Timeline, begin, ancestor.End));
            begin = ancestor.End;
        }

        stretches.Add(new TimelineStretch(history.Timeline, begin, new Lsn(ulong.MaxValue)));
        return new TimelinePath(stretches);
    }

    /// <summary>Whether a position of a timeline lies on it.</summary>
    public bool Holds(uint timeline, Lsn position)
    {
        foreach (var stretch in Stretches)
        {
            if (stretch.Timeline == timeline)
            {
                return position >= stretch.Begin && position <= stretch.End;
            }
        }

        return false;
    }

    /// <summary>The timelines whose segment of a number serves a recovery along the way, in the order in which servers ask
    /// for them: where a timeline begins within a segment, it begins with a copy of the one before.</summary>
    public IEnumerable<WalSegment> SegmentsOf(ulong number, uint size)
    {
        for (var i = Stretches.Count - 1; i >= 0; i--)
        {
            var stretch = Stretches[i];
            if (stretch.Begin.Value / size <= number && (stretch.End.Value == ulong.MaxValue || number <= (stretch.End.Value - 1) / size))
            {
                yield return new WalSegment(stretch.Timeline, number, size);
            }
        }
    }
}
