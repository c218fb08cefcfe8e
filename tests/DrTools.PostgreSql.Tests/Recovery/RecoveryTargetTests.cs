using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Recovery;

public sealed class RecoveryTargetTests
{
    [Theory]
    [InlineData("latest", "latest", "recovery_target_timeline=latest")]
    [InlineData("Immediate", "immediate", "recovery_target=immediate;recovery_target_timeline=latest")]
    [InlineData("2026-11-21T10:00:00Z", "2026-11-21 10:00:00 UTC", "recovery_target_time=2026-11-21 10:00:00.000000+00;recovery_target_inclusive=on;recovery_target_timeline=latest")]
    [InlineData("2026-11-21 10:00+01", "2026-11-21 09:00:00 UTC", "recovery_target_time=2026-11-21 09:00:00.000000+00;recovery_target_inclusive=on;recovery_target_timeline=latest")]
    [InlineData("time:2026-11-21 10:00:00.1234567 -0530", "2026-11-21 15:30:00.123456 UTC", "recovery_target_time=2026-11-21 15:30:00.123456+00;recovery_target_inclusive=on;recovery_target_timeline=latest")]
    [InlineData("2026-11-21 10:00:00 utc", "2026-11-21 10:00:00 UTC", "recovery_target_time=2026-11-21 10:00:00.000000+00;recovery_target_inclusive=on;recovery_target_timeline=latest")]
    [InlineData("16/b374d848", "LSN 16/B374D848", "recovery_target_lsn=16/B374D848;recovery_target_inclusive=on;recovery_target_timeline=latest")]
    [InlineData("lsn:0/3000028", "LSN 0/3000028", "recovery_target_lsn=0/3000028;recovery_target_inclusive=on;recovery_target_timeline=latest")]
    [InlineData("xid:4294967300", "transaction 4294967300", "recovery_target_xid=4294967300;recovery_target_inclusive=on;recovery_target_timeline=latest")]
    [InlineData("name:before 'release'", "restore point 'before 'release''", "recovery_target_name=before 'release';recovery_target_timeline=latest")]
    public void Targets_are_read_shown_and_named_to_the_server(string text, string shown, string settings)
    {
        var target = RecoveryTarget.Parse(text);
        Assert.Equal(shown, target.ToString());
        Assert.Equal(settings, string.Join(';', target.ToSettings().Select(s => $"{s.Key}={s.Value}")));
    }

    [Theory]
    [InlineData("2026-11-21 10:00:00", "has no zone")]
    [InlineData("2026-11-21T10:00", "has no zone")]
    [InlineData("2026-13-21T10:00Z", "there is no such time")]
    [InlineData("2026-11-21T25:00Z", "there is no such time")]
    [InlineData("yesterday", "neither latest")]
    [InlineData("10:00Z", "neither latest")]
    [InlineData("", "neither latest")]
    [InlineData("lsn:12", "is not a position")]
    [InlineData("lsn:1/2/3", "is not a position")]
    [InlineData("xid:2", "is not a transaction's id")]
    [InlineData("xid:-5", "is not a transaction's id")]
    [InlineData("name:", "is not the name of a restore point")]
    [InlineData("name:a23456789012345678901234567890123456789012345678901234567890123x", "is not the name of a restore point")]
    public void What_is_no_target_is_refused_with_a_remedy(string text, string why)
    {
        var error = Assert.Throws<DrException>(() => RecoveryTarget.Parse(text));
        Assert.Equal(DrError.BadUsage, error.Error);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Remedy);
    }

    [Fact]
    public void A_time_without_a_zone_is_told_how_to_write_it()
    {
        var error = Assert.Throws<DrException>(() => RecoveryTarget.Parse("2026-11-21 10:00:00"));
        Assert.Contains("'2026-11-21 10:00:00Z' for UTC", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("latest", "latest", null)]
    [InlineData("CURRENT", "current", null)]
    [InlineData("3", "3", 3u)]
    [InlineData("0x0000001F", "31", 31u)]
    public void Timelines_are_read(string text, string setting, uint? number)
    {
        var timeline = RecoveryTimeline.Parse(text);
        Assert.Equal(setting, timeline.ToString());
        Assert.Equal(number, timeline.Number);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("newest")]
    [InlineData("0x")]
    public void What_is_no_timeline_is_refused(string text) =>
        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => RecoveryTimeline.Parse(text)).Error);

    [Fact]
    public void Edges_and_timelines_are_shown()
    {
        var target = RecoveryTarget.At(Lsn.Parse("0/3000028")) with { IsInclusive = false, Timeline = RecoveryTimeline.Of(2) };
        Assert.Equal("LSN 0/3000028 (exclusive) on timeline 2", target.ToString());
        Assert.Contains(target.ToSettings(), s => s is { Key: "recovery_target_inclusive", Value: "off" });
        Assert.Contains(target.ToSettings(), s => s is { Key: "recovery_target_timeline", Value: "2" });
    }
}
