using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Wal;

public sealed class WalNamesTests
{
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
}
