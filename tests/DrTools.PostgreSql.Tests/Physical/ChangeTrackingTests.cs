using DrTools.Backup;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;

namespace DrTools.PostgreSql.Tests.Physical;

/// <summary>What says that pages did not change, away from any server.</summary>
public sealed class ChangeTrackingTests
{
    private static readonly RelationId Table = new(1663, 5, 16384);

    [Fact]
    public void Changed_blocks_are_found_segment_by_segment()
    {
        var changes = new ChangedBlocks(segmentPages: 1000);
        changes.Add(Table, 3);
        changes.Add(Table, 64);
        changes.Add(Table, 65);
        changes.Add(Table, 2999);
        var first = changes.Of(Table, 0);
        Assert.Equal([3u, 64u, 65u], Changed(first, 1000));
        Assert.Equal(3u, first.NextChanged(0));
        Assert.Equal(4u, first.NextUnchanged(3));
        Assert.Equal(66u, first.NextUnchanged(64));
        Assert.Empty(Changed(changes.Of(Table, 1), 1000));
        Assert.Equal([999u], Changed(changes.Of(Table, 2), 1000));
        Assert.Empty(Changed(changes.Of(Table with { FileNode = 16385 }, 0), 1000));
    }

    [Fact]
    public void Behind_a_limit_all_is_changed()
    {
        var changes = new ChangedBlocks(segmentPages: 1000);
        changes.Add(Table, 5);
        changes.AddLimit(Table, 1500);
        changes.AddLimit(Table, 1990);
        Assert.Equal([5u], Changed(changes.Of(Table, 0), 1000));
        Assert.Equal(Enumerable.Range(500, 500).Select(i => (uint)i), Changed(changes.Of(Table, 1), 1000));
        Assert.Equal(1000, Changed(changes.Of(Table, 2), 1000).Count());
    }

    [Fact]
    public void A_database_that_was_made_or_dropped_is_changed_as_a_whole()
    {
        var changes = new ChangedBlocks(segmentPages: 1000);
        changes.AddLimit(new RelationId(1663, 5, 0), 0);
        Assert.Equal(1000, Changed(changes.Of(Table, 0), 1000).Count());
        Assert.Empty(Changed(changes.Of(new RelationId(1663, 6, 16384), 0), 1000));
    }

    [Fact]
    public void Random_blocks_come_back_as_they_were_put_in()
    {
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var changes = new ChangedBlocks(segmentPages: 300);
            var expected = new SortedSet<uint>();
            for (var i = random.Next(300); i > 0; i--)
            {
                var block = (uint)random.Next(300);
                changes.Add(Table, block);
                expected.Add(block);
            }

            if (random.Next(3) == 0)
            {
                var limit = (uint)random.Next(301);
                changes.AddLimit(Table, limit);
                expected.UnionWith(Enumerable.Range((int)limit, 300 - (int)limit).Select(i => (uint)i));
            }

            var segment = changes.Of(Table, 0);
            Assert.Equal(expected, Changed(segment, 300));
            for (uint block = 0; block < 300; block++)
            {
                Assert.Equal(expected.Where(b => b >= block).DefaultIfEmpty(uint.MaxValue).First(), segment.NextChanged(block) < 300 ? segment.NextChanged(block) : uint.MaxValue);
                var unchanged = Enumerable.Range((int)block, 300 - (int)block).Select(i => (uint)i).Where(b => !expected.Contains(b)).DefaultIfEmpty(300u).First();
                Assert.Equal(unchanged, Math.Min(segment.NextUnchanged(block), 300));
            }
        }
    }

    [Fact]
    public void Summaries_have_to_cover_a_range_without_a_gap()
    {
        static WalSpan Span(uint timeline, ulong start, ulong end) => new(timeline, new Lsn(start), new Lsn(end));
        var range = new[] { Span(1, 100, 300), Span(2, 300, 500) };
        Assert.Null(WalSummaries.FindGap(range, [Span(1, 90, 200), Span(1, 200, 300), Span(2, 300, 600)]));
        Assert.Null(WalSummaries.FindGap(range, [Span(2, 250, 600), Span(1, 200, 320), Span(1, 50, 200)]));
        Assert.Equal(Span(1, 200, 300), WalSummaries.FindGap(range, [Span(1, 90, 200), Span(1, 210, 300), Span(2, 300, 600)]));
        Assert.Equal(Span(2, 300, 500), WalSummaries.FindGap(range, [Span(1, 90, 300), Span(1, 300, 600)]));
        Assert.Equal(Span(2, 450, 500), WalSummaries.FindGap(range, [Span(1, 90, 300), Span(2, 300, 450)]));
        Assert.Null(WalSummaries.FindGap([Span(1, 100, 100)], []));
    }

    [Theory]
    [InlineData("3/FF000000", 16u << 20, "0000000100000003000000FF")]
    [InlineData("0/1000000", 16u << 20, "000000010000000000000001")]
    [InlineData("4/40000000", 1u << 30, "000000010000000400000001")]
    public void Segment_names(string lsn, uint size, string name)
    {
        Assert.Equal(name, SegmentNames.At(1, Lsn.Parse(lsn), size));
        Assert.Equal(name, SegmentNames.Before(1, new Lsn(Lsn.Parse(lsn).Value + size), size));
        Assert.Equal([name], SegmentNames.Range(1, Lsn.Parse(lsn), new Lsn(Lsn.Parse(lsn).Value + size), size));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("method", "logical", "is not a physical backup")]
    [InlineData("systemIdentifier", "8", "is of another cluster")]
    [InlineData("checksums", "off", "checksums were switched on")]
    [InlineData("startXid", "", "does not say where in the log")]
    [InlineData("stopLsn", "0/7000000", "this cluster left that timeline at 0/6000000")]
    [InlineData("timeline", "3", "comes from there")]
    public void A_parent_is_accepted_only_from_the_same_history(string? fact, string? value, string? why)
    {
        var folder = Directory.CreateTempSubdirectory("drtools-test-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "pg_wal"));
            File.WriteAllText(Path.Combine(folder, "pg_wal/00000002.history"), "1\t0/6000000\tno recovery target specified\n");
            var facts = new Dictionary<string, string>
            {
                ["method"] = "physical", ["systemIdentifier"] = "7", ["checksums"] = "on", ["timeline"] = "1",
                ["startLsn"] = "0/4000028", ["stopLsn"] = "0/5000100", ["startXid"] = "800",
            };
            if (fact is not null)
            {
                facts[fact] = value!;
            }

            var ancestry = TimelineAncestry.Read(folder, 2);
            var accepted = ParentFacts.TryAccept(Backup(facts), Control(), new Lsn(0x8000028), ancestry, out var parent, out var reason);
            Assert.Equal(why is null, accepted);
            if (why is not null)
            {
                Assert.Contains(why, reason, StringComparison.Ordinal);
                return;
            }

            Assert.Equal(Lsn.Parse("0/4000028"), parent!.Start);
            Assert.Equal(
                [new WalSpan(1, Lsn.Parse("0/4000028"), Lsn.Parse("0/6000000")), new WalSpan(2, Lsn.Parse("0/6000000"), Lsn.Parse("0/8000028"))],
                ancestry!.Spans(1, parent.Start, Lsn.Parse("0/8000028")));

            // A server that is behind the parent, and one whose history is not there.
            Assert.False(ParentFacts.TryAccept(Backup(facts), Control(), Lsn.Parse("0/5000000"), ancestry, out _, out reason));
            Assert.Contains("lags behind, or was put back", reason, StringComparison.Ordinal);
            Assert.False(ParentFacts.TryAccept(Backup(facts), Control(), Lsn.Parse("0/8000028"), TimelineAncestry.Read(folder, 4), out _, out reason));
            Assert.Contains("nothing shows", reason, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<uint> Changed(SegmentChanges changes, uint pages)
    {
        for (var block = changes.NextChanged(0); block < pages; block = changes.NextChanged(block + 1))
        {
            yield return block;
        }
    }

    private static BackupInfo Backup(Dictionary<string, string> facts) => new()
    {
        Id = "b1", Source = "postgresql:x", Host = "h", Type = BackupType.Full, Sequence = 1, FullId = "b1",
        Started = DateTimeOffset.UnixEpoch, Finished = DateTimeOffset.UnixEpoch, ToolVersion = "1",
        Facts = new SourceFacts { Details = facts },
    };

    private static ControlFile Control() => new()
    {
        SystemIdentifier = 7, ControlVersion = 1300, CatalogVersion = 1, State = ClusterState.InProduction, Written = default,
        Checkpoint = default, Redo = default, Timeline = 2, PreviousTimeline = 2, FullPageWrites = true, CheckpointTime = default,
        MinimumRecoveryPoint = default, MinimumRecoveryTimeline = 0, WalLevel = 1, WalLogHints = false, SegmentPages = 131072,
        WalSegmentSize = 16 << 20, ChecksumVersion = 1,
    };
}
