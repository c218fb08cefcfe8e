using System.Globalization;

namespace DrTools.PostgreSql.Wal;

/// <summary>Segments of one timeline that follow each other: some that are there, or some that are missing.</summary>
/// <param name="Timeline">The timeline.</param>
/// <param name="First">Number of the first.</param>
/// <param name="Last">Number of the last.</param>
/// <param name="SegmentSize">Size of the cluster's segments, bytes.</param>
public readonly record struct WalRange(uint Timeline, ulong First, ulong Last, uint SegmentSize)
{
    /// <summary>How many there are.</summary>
    public ulong Count => Last - First + 1;

    /// <summary>Where the first one starts.</summary>
    public Lsn Start => new WalSegment(Timeline, First, SegmentSize).Start;

    /// <summary>Where the last one ends.</summary>
    public Lsn End => new WalSegment(Timeline, Last, SegmentSize).End;

    /// <summary>File name of the first.</summary>
    public string FirstName => new WalSegment(Timeline, First, SegmentSize).FileName;

    /// <summary>File name of the last.</summary>
    public string LastName => new WalSegment(Timeline, Last, SegmentSize).FileName;

    /// <summary>The file names, in their order, but not more than a number of them.</summary>
    public IEnumerable<string> Names(int limit = int.MaxValue)
    {
        for (var number = First; number <= Last && limit > 0; number++, limit--)
        {
            yield return new WalSegment(Timeline, number, SegmentSize).FileName;
        }
    }

    /// <summary>One name, or the first and the last with their number.</summary>
    public override string ToString() => Count == 1
        ? FirstName
        : string.Create(CultureInfo.InvariantCulture, $"{FirstName} to {LastName} ({Count} segments)");
}

/// <summary>How far recovery gets with what is there.</summary>
/// <param name="Spans">What is there on the way, in order; between two of them segments are missing, or the timeline
/// changes.</param>
/// <param name="Gaps">What is missing between things that are there.</param>
/// <param name="End">Where recovery ends for want of more: the start itself when nothing is there.</param>
/// <param name="EndTimeline">The timeline that it ends on.</param>
public sealed record WalReach(IReadOnlyList<WalRange> Spans, IReadOnlyList<WalRange> Gaps, Lsn End, uint EndTimeline);
