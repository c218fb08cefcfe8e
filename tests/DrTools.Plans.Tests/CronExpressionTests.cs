using System.Globalization;

namespace DrTools.Plans.Tests;

public sealed class CronExpressionTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("30 2 * * *", "2026-11-21T10:00Z", "2026-11-22T02:30Z")]
    [InlineData("*/15 * * * *", "2026-11-21T10:00Z", "2026-11-21T10:15Z")]
    [InlineData("0 3 * * sun", "2026-11-21T10:00Z", "2026-11-22T03:00Z")]
    [InlineData("0 3 * * 7", "2026-11-21T10:00Z", "2026-11-22T03:00Z")]
    [InlineData("0 4 * * sun#1", "2026-11-21T10:00Z", "2026-12-06T04:00Z")]
    [InlineData("0 0 29 2 *", "2026-11-21T10:00Z", "2028-02-29T00:00Z")]
    [InlineData("0 0 1,15 * mon", "2026-11-21T10:00Z", "2026-11-23T00:00Z")]
    [InlineData("0 12 * jan-mar fri-sun", "2026-11-21T10:00Z", "2027-01-01T12:00Z")]
    [InlineData("@monthly", "2026-11-21T10:00Z", "2026-12-01T00:00Z")]
    [InlineData("0 10 * * *", "2026-11-21T10:00Z", "2026-11-22T10:00Z")]
    public void The_next_time_is_found(string text, string after, string next) =>
        Assert.Equal(Time(next), Of(text).Next(Time(after), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("30 2 * * *", "2026-03-28T12:00Z", "2026-03-29T01:00Z")] // 02:30 is left out: 03:00 in summer time
    [InlineData("30 2 * * *", "2026-10-24T12:00Z", "2026-10-25T00:30Z")] // 02:30 comes twice: the first
    [InlineData("30 2 * * *", "2026-10-25T00:30Z", "2026-10-26T01:30Z")]
    public void Changes_of_clocks_lose_nothing_and_double_nothing(string text, string after, string next) =>
        Assert.Equal(Time(next), Of(text).Next(Time(after), Berlin));

    [Theory]
    [InlineData("30 2 * * *", 24)]
    [InlineData("0 2 * * sun", 168)]
    [InlineData("0 */6 * * *", 6)]
    [InlineData("0 8 * * mon-fri", 72)]
    [InlineData("0 0 1 * *", 744)]
    public void The_longest_interval_is_found(string text, double hours) => Assert.Equal(TimeSpan.FromHours(hours), Of(text).LongestInterval(TimeZoneInfo.Utc));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("* * * * sun#6")]
    [InlineData("5-1 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("a * * * *")]
    [InlineData("1,,2 * * * *")]
    [InlineData("0 0 30 feb *")]
    public void What_never_comes_or_makes_no_sense_is_refused(string text)
    {
        Assert.Null(CronExpression.TryParse(text, out var problem));
        Assert.NotEmpty(problem);
    }

    private static CronExpression Of(string text) => CronExpression.TryParse(text, out var problem) ?? throw new InvalidOperationException(problem);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
