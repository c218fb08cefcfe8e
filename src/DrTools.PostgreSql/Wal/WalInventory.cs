namespace DrTools.PostgreSql.Wal;

/// <summary>
/// What there is of a cluster's log, and what follows from the names alone: what is contiguous, what is missing, and how
/// far a recovery gets along a timeline. It reads nothing.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES">Timelines</see>.
/// Of a segment in which a timeline begins, PostgreSQL reads the new timeline's file; that of the old one leads only
/// to the point at which the new one left it.</remarks>
public sealed class WalInventory
{
    private readonly Dictionary<uint, ulong[]> _segments;
    private readonly IReadOnlyDictionary<uint, TimelineHistory> _histories;

    /// <summary>Takes stock.</summary>
    /// <param name="segmentSize">Size of the cluster's segments, bytes.</param>
    /// <param name="files">The files that are there; only whole segments count.</param>
    /// <param name="histories">The timeline histories that are there, by timeline.</param>
    public WalInventory(uint segmentSize, IEnumerable<WalFileName> files, IReadOnlyDictionary<uint, TimelineHistory> histories)
    {
        ArgumentNullException.ThrowIfNull(files);
        SegmentSize = segmentSize;
        _histories = histories;
        _segments = files
            .Where(f => f.Kind == WalFileKind.Segment)
            .Select(f => WalSegment.TryOf(f, segmentSize, out var segment) ? segment : default)
            .Where(s => s.Size != 0)
            .GroupBy(s => s.Timeline)
            .ToDictionary(g => g.Key, g => g.Select(s => s.Number).Distinct().Order().ToArray());
    }

    /// <summary>Size of the cluster's segments, bytes.</summary>
    public uint SegmentSize { get; }

    /// <summary>Every timeline of which there is a segment or a history, in order.</summary>
    public IReadOnlyList<uint> Timelines => [.. _segments.Keys.Union(_histories.Keys).Order()];

    /// <summary>Contiguous segments of each timeline, in order.</summary>
    public IReadOnlyList<WalRange> Spans => [.. _segments.OrderBy(t => t.Key).SelectMany(t => Runs(t.Key, t.Value))];

    /// <summary>Whether a whole segment is there.</summary>
    public bool Contains(WalSegment segment) => segment.Size == SegmentSize && _segments.TryGetValue(segment.Timeline, out var numbers) && Array.BinarySearch(numbers, segment.Number) >= 0;

    /// <summary>Which timelines a timeline comes from; <see langword="null"/> when its history is not there.</summary>
    public TimelineHistory? HistoryOf(uint timeline) => timeline == 1 ? TimelineHistory.First : _histories.GetValueOrDefault(timeline);

    /// <summary>Whether recovery that begins on a timeline can follow another one: it is the same, or left the first one not
    /// before the start.</summary>
    public bool IsReachable(uint fromTimeline, Lsn start, uint timeline) =>
        timeline == fromTimeline || (HistoryOf(timeline)?.LeftAt(fromTimeline) is { } left && left >= start);

    /// <summary>The newest timeline that recovery which begins here can follow: what <c>recovery_target_timeline = latest</c>
    /// means.</summary>
    public uint LatestFrom(uint fromTimeline, Lsn start) => Timelines.Where(t => IsReachable(fromTimeline, start, t)).Append(fromTimeline).Max();

    /// <summary>What is missing of a range of segments on the way along a timeline; a backup is of use only if nothing is
    /// missing between its first and its last.</summary>
    public IReadOnlyList<WalRange> Missing(uint timeline, ulong first, ulong last)
    {
        var missing = new List<WalRange>();
        for (var number = first; number <= last; number++)
        {
            var owner = OwnerOf(timeline, number);
            if (!Contains(new WalSegment(owner, number, SegmentSize)))
            {
                Extend(missing, owner, number);
            }
        }

        return missing;
    }

    /// <summary>How far recovery gets.</summary>
    /// <param name="start">The segment that it begins with: a backup's first.</param>
    /// <param name="timeline">The timeline that it follows.</param>
    public WalReach Follow(WalSegment start, uint timeline)
    {
        var spans = new List<WalRange>();
        var gaps = new List<WalRange>();
        var (end, endTimeline) = (start.Start, start.Timeline);
        var last = LastOf(timeline);
        for (var number = start.Number; last is not null && number <= last; number++)
        {
            var owner = OwnerOf(timeline, number);
            if (Contains(new WalSegment(owner, number, SegmentSize)))
            {
                Extend(spans, owner, number);
                (end, endTimeline) = gaps.Count == 0 ? (new WalSegment(owner, number, SegmentSize).End, owner) : (end, endTimeline);
                continue;
            }

            // Up to where the timeline begins, the older one's file serves.
            if (gaps.Count == 0 && Predecessor(timeline, owner) is { } parent && BeginOf(timeline, owner) is { } begin
                && begin.Value / SegmentSize == number && Contains(new WalSegment(parent, number, SegmentSize)))
            {
                (end, endTimeline) = (begin, parent);
            }

            Extend(gaps, owner, number);
        }

        // What is missing behind the last one is not a gap: it has not been written yet.
        return new WalReach(spans, gaps, end, endTimeline);
    }

    private static IEnumerable<ulong[]> Group(ulong[] numbers)
    {
        var from = 0;
        for (var i = 1; i <= numbers.Length; i++)
        {
            if (i == numbers.Length || numbers[i] != numbers[i - 1] + 1)
            {
                yield return numbers[from..i];
                from = i;
            }
        }
    }

    private IEnumerable<WalRange> Runs(uint timeline, ulong[] numbers) => Group(numbers).Select(r => new WalRange(timeline, r[0], r[^1], SegmentSize));

    private void Extend(List<WalRange> spans, uint timeline, ulong number)
    {
        if (spans.Count > 0 && spans[^1].Timeline == timeline && spans[^1].Last + 1 == number)
        {
            spans[^1] = spans[^1] with { Last = number };
        }
        else
        {
            spans.Add(new WalRange(timeline, number, number, SegmentSize));
        }
    }

    /// <summary>The timeline whose file of a segment recovery reads when it follows another one.</summary>
    private uint OwnerOf(uint timeline, ulong number)
    {
        var owner = timeline;
        foreach (var ancestor in (HistoryOf(timeline)?.Ancestors ?? []).Reverse())
        {
            // The newer one begins where this one ends.
            if (number >= ancestor.End.Value / SegmentSize)
            {
                return owner;
            }

            owner = ancestor.Timeline;
        }

        return owner;
    }

    /// <summary>The one that a timeline on the way left.</summary>
    private uint? Predecessor(uint timeline, uint owner)
    {
        uint? before = null;
        foreach (var ancestor in HistoryOf(timeline)?.Ancestors ?? [])
        {
            if (ancestor.Timeline == owner)
            {
                return before;
            }

            before = ancestor.Timeline;
        }

        return timeline == owner ? before : null;
    }

    private Lsn? BeginOf(uint timeline, uint owner) => Predecessor(timeline, owner) is { } parent ? HistoryOf(timeline)!.LeftAt(parent) : null;

    /// <summary>The last segment that is there on the way along a timeline.</summary>
    private ulong? LastOf(uint timeline)
    {
        ulong? last = null;
        foreach (var candidate in (HistoryOf(timeline)?.Ancestors.Select(a => a.Timeline) ?? []).Append(timeline))
        {
            foreach (var number in _segments.GetValueOrDefault(candidate, []))
            {
                if (OwnerOf(timeline, number) == candidate && (last is null || number > last))
                {
                    last = number;
                }
            }
        }

        return last;
    }
}
