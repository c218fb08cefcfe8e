namespace DrTools.PostgreSql.Physical;

/// <summary>The relation that a file belongs to, across the cluster.</summary>
/// <param name="Tablespace">Its tablespace; 1663 for <c>base</c>, 1664 for <c>global</c>.</param>
/// <param name="Database">Its database; 0 for relations of the whole cluster.</param>
/// <param name="FileNode">Its file number; 0 stands for all of a database.</param>
internal readonly record struct RelationId(uint Tablespace, uint Database, uint FileNode);

/// <summary>Which blocks of which main forks the log says were changed over a range. Takes a bit for each block of
/// segments in which any changed.</summary>
internal sealed class ChangedBlocks(uint segmentPages)
{
    private readonly Dictionary<RelationId, uint> _limits = [];
    private readonly Dictionary<(RelationId Relation, uint Segment), ulong[]> _segments = [];

    /// <summary>Notes that a block was changed.</summary>
    public void Add(RelationId relation, uint block)
    {
        var (segment, rest) = Math.DivRem(block, segmentPages);
        if (!_segments.TryGetValue((relation, segment), out var bits))
        {
            _segments.Add((relation, segment), bits = new ulong[(segmentPages + 63) / 64]);
        }

        bits[rest >> 6] |= 1UL << (int)(rest & 63);
    }

    /// <summary>Notes that a relation was created, dropped or truncated: blocks from a limit on are other blocks now.</summary>
    public void AddLimit(RelationId relation, uint limit) =>
        _limits[relation] = Math.Min(limit, _limits.GetValueOrDefault(relation, uint.MaxValue));

    /// <summary>The blocks of one segment that were changed.</summary>
    public SegmentChanges Of(RelationId relation, uint segment)
    {
        var limit = _limits.ContainsKey(relation with { FileNode = 0 }) ? 0 : _limits.GetValueOrDefault(relation, uint.MaxValue);
        var first = (ulong)segment * segmentPages;
        return new SegmentChanges(
            limit <= first ? 0 : (uint)Math.Min(limit - first, segmentPages),
            _segments.GetValueOrDefault((relation, segment)));
    }
}

/// <summary>The changed blocks of one segment, counted from its start.</summary>
/// <param name="Limit">From here on all are changed.</param>
/// <param name="Bits">A bit for each changed block; <see langword="null"/> where there is none.</param>
internal readonly record struct SegmentChanges(uint Limit, ulong[]? Bits)
{
    /// <summary>The first changed block at or behind one.</summary>
    public uint NextChanged(uint block)
    {
        if (Bits is not null)
        {
            for (var word = (int)(block >> 6); word < Bits.Length && (uint)word << 6 < Limit; word++)
            {
                var bits = Bits[word] & (word == (int)(block >> 6) ? ulong.MaxValue << (int)(block & 63) : ulong.MaxValue);
                if (bits != 0)
                {
                    return Math.Max(block, Math.Min(Limit, ((uint)word << 6) + (uint)System.Numerics.BitOperations.TrailingZeroCount(bits)));
                }
            }
        }

        return Math.Max(block, Limit);
    }

    /// <summary>The first unchanged block at or behind one.</summary>
    public uint NextUnchanged(uint block)
    {
        while (block < Limit && Bits is not null && block >> 6 < Bits.Length && (Bits[block >> 6] >> (int)(block & 63) & 1) != 0)
        {
            block++;
        }

        return block < Limit ? block : uint.MaxValue;
    }
}
