using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Recovery;

/// <summary>What a log archive holds of a cluster.</summary>
public sealed record WalInventory
{
    /// <summary>The cluster.</summary>
    public required ulong SystemIdentifier { get; init; }

    /// <summary>Size of its segments, bytes.</summary>
    public required uint SegmentSize { get; init; }

    /// <summary>Segments that a recovery can read, and when each was stored, UTC: complete ones, and those of
    /// <see cref="Cuts"/>.</summary>
    public required IReadOnlyDictionary<WalSegment, DateTimeOffset> Segments { get; init; }

    /// <summary>Histories of timelines, by the timeline. The first has none.</summary>
    public required IReadOnlyDictionary<uint, TimelineHistory> Histories { get; init; }

    /// <summary>Of the segments those that only a receiver had, and not to their end: up to where they are good. Each is the
    /// last of its timeline, for recovery ends in it.</summary>
    public IReadOnlyDictionary<WalSegment, Lsn> Cuts { get; init; } = new Dictionary<WalSegment, Lsn>();

    /// <summary>Reads the names in an archive, and its histories.</summary>
    /// <exception cref="DrException">What the store says; <see cref="DrError.IntegrityFailure"/> of a history.</exception>
    public static async Task<WalInventory> ReadAsync(LogArchive archive, ulong systemIdentifier, uint segmentSize, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(archive);
        var segments = new Dictionary<WalSegment, DateTimeOffset>();
        var histories = new Dictionary<uint, TimelineHistory>();
        var cuts = new List<(WalSegment Segment, Lsn End, DateTimeOffset Stored)>();
        await foreach (var log in archive.ListAsync(WalCluster.SeriesOf(systemIdentifier), cancellationToken).ConfigureAwait(false))
        {
            if (!WalFileName.TryParse(log.Name.Name, out var file))
            {
                continue;
            }

            if (file.Kind == WalFileKind.Segment && WalSegment.TryOf(file, segmentSize, out var segment))
            {
                segments[segment] = log.Stored;
            }
            else if (file.IsCutStream && WalSegment.TryOf(file, segmentSize, out var cut))
            {
                cuts.Add((cut, new Lsn(cut.Start.Value + file.GoodBytes), log.Stored));
            }
            else if (file.Kind == WalFileKind.TimelineHistory && archive.TryReadAll(log.Name) is { } content)
            {
                histories[file.Timeline] = TimelineHistory.Parse(file.Timeline, content);
            }
        }

        var last = new Dictionary<WalSegment, Lsn>();
        foreach (var timeline in cuts.GroupBy(c => c.Segment.Timeline))
        {
            var (segment, end, stored) = timeline.MaxBy(c => c.End);
            if (!segments.Keys.Any(s => s.Timeline == timeline.Key && s.Number >= segment.Number))
            {
                segments[segment] = stored;
                last[segment] = end;
            }
        }

        return new WalInventory { SystemIdentifier = systemIdentifier, SegmentSize = segmentSize, Segments = segments, Histories = histories, Cuts = last };
    }

    /// <summary>The way to a timeline, as far as its history is there.</summary>
    public TimelinePath PathTo(uint timeline) => TimelinePath.To(Histories.GetValueOrDefault(timeline) ?? new TimelineHistory(timeline, []));

    /// <summary>The stored segment of a number that serves a recovery along a way.</summary>
    public WalSegment? Find(TimelinePath path, ulong number)
    {
        ArgumentNullException.ThrowIfNull(path);
        foreach (var segment in path.SegmentsOf(number, SegmentSize))
        {
            if (Segments.ContainsKey(segment))
            {
                return segment;
            }
        }

        return null;
    }

    /// <summary>Follows a way as long as segments are there.</summary>
    /// <param name="path">The way.</param>
    /// <param name="number">The first segment.</param>
    /// <returns>The number of the first that is not there.</returns>
    public ulong FirstMissing(TimelinePath path, ulong number)
    {
        while (Find(path, number) is { } segment)
        {
            number++;
            if (Cuts.ContainsKey(segment))
            {
                break;
            }
        }

        return number;
    }

    /// <summary>Up to where a stored segment is good.</summary>
    public Lsn EndOf(WalSegment segment) => Cuts.TryGetValue(segment, out var end) ? end : segment.End;

    /// <summary>The name that a missing segment would have along a way: that of the newest timeline that has it.</summary>
    public string NameOf(TimelinePath path, ulong number)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.SegmentsOf(number, SegmentSize).First().FileName;
    }
}
