using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Wal;

public sealed class WalInventoryTests
{
    private const uint Size = WalSegment.DefaultSize;

    [Fact]
    public void Segments_count_through_the_names_of_every_size()
    {
        foreach (var size in (uint[])[1 << 20, 16 << 20, 1 << 30])
        {
            var segment = new WalSegment(3, (0x1_0000_0000UL / size) - 1, size);
            Assert.True(WalFileName.TryParse(segment.FileName, out var name));
            Assert.True(WalSegment.TryOf(name, size, out var read));
            Assert.Equal(segment, read);
            Assert.EndsWith("0000000100000000", segment.Next.FileName, StringComparison.Ordinal);
            Assert.Equal(new Lsn(0x1_0000_0000), segment.End);
        }

        Assert.True(WalFileName.TryParse("0000000100000000000000FF", out var last));
        Assert.True(WalSegment.TryOf(last, 16 << 20, out _));
        Assert.False(WalSegment.TryOf(last, 32 << 20, out _));
    }

    [Fact]
    public void Contiguous_segments_are_one_range_and_what_lies_between_is_missing_by_name()
    {
        var inventory = Of([(1, 5), (1, 6), (1, 7), (1, 10), (1, 11), (1, 14)]);
        Assert.Equal([(5UL, 7UL), (10UL, 11UL), (14UL, 14UL)], inventory.Spans.Select(s => (s.First, s.Last)));
        var reach = inventory.Follow(new WalSegment(1, 5, Size), 1);
        Assert.Equal(new WalSegment(1, 7, Size).End, reach.End);
        Assert.Equal(["000000010000000000000008", "000000010000000000000009", "00000001000000000000000C", "00000001000000000000000D"], reach.Gaps.SelectMany(g => g.Names()));
        Assert.Equal("000000010000000000000008 to 000000010000000000000009 (2 segments)", reach.Gaps[0].ToString());
        Assert.Equal(["00000001000000000000000C"], inventory.Missing(1, 11, 12).SelectMany(g => g.Names()));

        // Nothing at all, and nothing from the start on.
        Assert.Equal(new WalSegment(1, 20, Size).Start, inventory.Follow(new WalSegment(1, 20, Size), 1).End);
        Assert.Equal([(8UL, 9UL), (12UL, 13UL)], inventory.Follow(new WalSegment(1, 8, Size), 1).Gaps.Select(g => (g.First, g.Last)));
        Assert.Equal(new WalSegment(1, 8, Size).Start, inventory.Follow(new WalSegment(1, 8, Size), 1).End);
    }

    [Fact]
    public void Recovery_crosses_to_a_newer_timeline_in_the_segment_in_which_it_begins()
    {
        // Timeline 1 was left in the middle of segment 7; timeline 2 begins with a copy of its start.
        var histories = Histories((2, "1\t0/7800000\tno recovery target specified\n"));
        var inventory = Of([(1, 5), (1, 6), (1, 7), (1, 8), (2, 7), (2, 8), (2, 9)], histories);
        var along2 = inventory.Follow(new WalSegment(1, 5, Size), 2);
        Assert.Equal([(1U, 5UL, 6UL), (2U, 7UL, 9UL)], along2.Spans.Select(s => (s.Timeline, s.First, s.Last)));
        Assert.Empty(along2.Gaps);
        Assert.Equal((new WalSegment(2, 9, Size).End, 2U), (along2.End, along2.EndTimeline));
        Assert.Equal(new WalSegment(1, 8, Size).End, inventory.Follow(new WalSegment(1, 5, Size), 1).End);
        Assert.Equal(2U, inventory.LatestFrom(1, new WalSegment(1, 5, Size).Start));

        // From behind the point at which it was left, timeline 2 cannot be reached.
        Assert.Equal(1U, inventory.LatestFrom(1, new WalSegment(1, 8, Size).Start));

        // Without the first file of timeline 2, the one of timeline 1 leads up to the point of the promotion.
        var cut = Of([(1, 5), (1, 6), (1, 7), (2, 8), (2, 9)], histories).Follow(new WalSegment(1, 5, Size), 2);
        Assert.Equal((Lsn.Parse("0/7800000"), 1U), (cut.End, cut.EndTimeline));
        Assert.Equal(["000000020000000000000007"], cut.Gaps.SelectMany(g => g.Names()));
    }

    [Fact]
    public void A_history_names_ancestors_and_where_they_were_left()
    {
        var history = TimelineHistory.Parse(4, "1\t0/5000148\tbefore 2026-11-21 10:00:00+00\n\n# a comment\n3\t1/A0000000\tno recovery target specified\n"u8);
        Assert.Equal([(1U, "0/5000148"), (3U, "1/A0000000")], history.Ancestors.Select(a => (a.Timeline, a.End.ToString())));
        Assert.Null(history.LeftAt(2));
        foreach (var bad in (string[])["1 5000", "x 0/1", "5\t0/1\tfrom the future", "2\t0/1\tx\n1\t0/2\ty"])
        {
            Assert.Equal(DrError.IntegrityFailure, Assert.Throws<DrException>(() => TimelineHistory.Parse(4, System.Text.Encoding.UTF8.GetBytes(bad))).Error);
        }
    }

    internal static Dictionary<uint, TimelineHistory> Histories(params (uint Timeline, string Text)[] files) =>
        files.ToDictionary(f => f.Timeline, f => TimelineHistory.Parse(f.Timeline, System.Text.Encoding.UTF8.GetBytes(f.Text)));

    private static WalInventory Of((uint Timeline, ulong Number)[] segments, Dictionary<uint, TimelineHistory>? histories = null) =>
        new(Size, segments.Select(s => WalFileName.TryParse(new WalSegment(s.Timeline, s.Number, Size).FileName, out var name) ? name : default), histories ?? []);
}
