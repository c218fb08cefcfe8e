using DrTools.Content;

namespace DrTools.Backup;

/// <summary>
/// Where known content lies, by hash. Bounded: past <see cref="Capacity"/> nothing more is remembered, which costs
/// space in the repository (content may be stored again) and never correctness. Safe for several threads.
/// </summary>
internal sealed class ChunkIndex
{
    /// <summary>Most chunks that are remembered; about 90 bytes each.</summary>
    public const int Capacity = 1 << 20;

    private const int SegmentBits = 14;

    private readonly Lock _lock = new();
    private readonly List<Extent[]> _segments = [];
    private readonly List<int[]> _nextSegments = [];
    private int[] _buckets = NewBuckets(1 << 12);
    private int _count;

    public int Count => _count;

    public bool TryGet(ContentHash hash, out Extent extent)
    {
        lock (_lock)
        {
            for (var i = _buckets[hash.GetHashCode() & (_buckets.Length - 1)]; i >= 0; i = _nextSegments[i >> SegmentBits][i & ((1 << SegmentBits) - 1)])
            {
                ref var candidate = ref _segments[i >> SegmentBits][i & ((1 << SegmentBits) - 1)];
                if (candidate.Hash == hash)
                {
                    extent = candidate;
                    return true;
                }
            }
        }

        extent = default;
        return false;
    }

    public void Add(Extent extent)
    {
        lock (_lock)
        {
            if (_count >= Capacity)
            {
                return;
            }

            if (_count == _buckets.Length)
            {
                Rehash(_buckets.Length * 2);
            }

            if (_count >> SegmentBits == _segments.Count)
            {
                _segments.Add(new Extent[1 << SegmentBits]);
                _nextSegments.Add(new int[1 << SegmentBits]);
            }

            _segments[_count >> SegmentBits][_count & ((1 << SegmentBits) - 1)] = extent;
            Link(_count);
            _count++;
        }
    }

    private static int[] NewBuckets(int count)
    {
        var buckets = new int[count];
        Array.Fill(buckets, -1);
        return buckets;
    }

    private void Rehash(int count)
    {
        _buckets = NewBuckets(count);
        for (var i = 0; i < _count; i++)
        {
            Link(i);
        }
    }

    private void Link(int index)
    {
        ref var bucket = ref _buckets[_segments[index >> SegmentBits][index & ((1 << SegmentBits) - 1)].Hash.GetHashCode() & (_buckets.Length - 1)];
        _nextSegments[index >> SegmentBits][index & ((1 << SegmentBits) - 1)] = bucket;
        bucket = index;
    }
}
