using DrTools.Backup;
using DrTools.Retention;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DrTools.Tests.Retention;

public sealed class RetentionRuleTests
{
    [Fact]
    public void Reads_what_the_help_shows()
    {
        Assert.Equal(new RetentionRule { KeepLast = 7 }, RetentionRule.Parse("last=7"));
        Assert.Equal(new RetentionRule { KeepDaily = 30, KeepWeekly = 12, KeepMonthly = 84 }, RetentionRule.Parse("daily=30,weekly=12,monthly=84"));
        Assert.Equal(new RetentionRule { KeepYearly = 10 }, RetentionRule.Parse("yearly=10"));
        Assert.Equal(new RetentionRule { KeepWithin = TimeSpan.FromDays(30) }, RetentionRule.Parse("within=30d"));
        Assert.Equal(new RetentionRule { Type = BackupType.Full, KeepWeekly = 12 }, RetentionRule.Parse("full:weekly=12"));
        Assert.Equal(new RetentionRule { Type = BackupType.Differential, KeepLast = 1 }, RetentionRule.Parse("differential:last=1"));
        Assert.Equal(
            new RetentionRule { Type = BackupType.Incremental, KeepWithin = TimeSpan.FromDays(14), KeepLast = 3 },
            RetentionRule.Parse("Incremental: within=14d, last = 3"));
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("15m", 15 * 60)]
    [InlineData("12h", 12 * 3600)]
    [InlineData("30d", 30 * 86400)]
    [InlineData("8w", 56 * 86400)]
    [InlineData("2y", 730 * 86400)]
    public void Reads_durations(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetentionRule.Parse($"within={text}").KeepWithin);

    [Theory]
    [InlineData("", "a part is empty")]
    [InlineData("last=7,", "a part is empty")]
    [InlineData("full:", "a part is empty")]
    [InlineData("last", "'last' is not of the form name=value")]
    [InlineData("7", "'7' is not of the form name=value")]
    [InlineData("hourly=3", "there is no part 'hourly'")]
    [InlineData("weekly:last=3", "there is no type 'weekly'")]
    [InlineData("diff:last=3", "there is no type 'diff'")]
    [InlineData("0:last=3", "there is no type '0'")]
    [InlineData("full:incremental:last=3", "there is no part 'incremental:last'")]
    [InlineData("last=0", "the count of 'last=0' is not a whole number from 1 to 2147483647")]
    [InlineData("daily=-1", "the count of 'daily=-1' is not a whole number from 1 to 2147483647")]
    [InlineData("daily=1.5", "the count of 'daily=1.5' is not a whole number from 1 to 2147483647")]
    [InlineData("daily=9999999999", "the count of 'daily=9999999999' is not a whole number from 1 to 2147483647")]
    [InlineData("last=1,daily=2,last=3", "'last' is given twice")]
    [InlineData("within=30", "the duration of 'within=30' is not a whole number and s, m (minutes), h, d, w or y (365 days), as in 90s, 15m, 12h, 30d, 8w, 2y")]
    [InlineData("within=18mo", "the duration of 'within=18mo' is not a whole number and s, m (minutes), h, d, w or y (365 days), as in 90s, 15m, 12h, 30d, 8w, 2y")]
    [InlineData("within=0d", "the duration of 'within=0d' is not a whole number and s, m (minutes), h, d, w or y (365 days), as in 90s, 15m, 12h, 30d, 8w, 2y")]
    [InlineData("within=99999999y", "the duration of 'within=99999999y' is not a whole number and s, m (minutes), h, d, w or y (365 days), as in 90s, 15m, 12h, 30d, 8w, 2y")]
    public void Names_the_bad_part(string text, string why)
    {
        var error = Assert.Throws<DrException>(() => RetentionRule.Parse(text));
        Assert.Equal(DrError.BadUsage, error.Error);
        Assert.Equal($"The retention rule '{text}' makes no sense: {why}.", error.Message);
        Assert.Equal(
            "Write [full:|differential:|incremental:] and then last=N, daily=N, weekly=N, monthly=N, yearly=N or within=DURATION, divided by commas, as in daily=30,weekly=12. "
            + "A duration is a whole number and s, m (minutes), h, d, w or y (365 days), as in 90s, 15m, 12h, 30d, 8w, 2y.",
            error.Remedy);
    }

    [Fact]
    public void A_rule_is_read_back_from_its_text()
    {
        Assert.Equal("incremental:last=3,within=56d", RetentionRule.Parse("incremental:within=8w,last=3").ToString());
        Assert.Equal("last=7 full:weekly=12", RetentionPolicy.Parse(["last=7", "full:weekly=12"]).ToString());
        Prop.ForAll(Generators.Rule.ToArbitrary(), rule => RetentionRule.Parse(rule.ToString()) == rule).QuickCheckThrowOnFailure();
    }
}
