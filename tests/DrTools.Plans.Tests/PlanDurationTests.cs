using DrTools.Retention;
using FsCheck;
using FsCheck.Fluent;

namespace DrTools.Plans.Tests;

public sealed class PlanDurationTests
{
    private static readonly Config _config = Config.QuickThrowOnFailure.WithMaxTest(1000);

    [Theory]
    [InlineData("15m", 900)]
    [InlineData("4h", 14_400)]
    [InlineData("1d", 86_400)]
    [InlineData("1h30m", 5400)]
    [InlineData("2w1d", 1_296_000)]
    [InlineData("1y", 31_536_000)]
    [InlineData(" 90s ", 90)]
    public void Durations_are_read(string text, long seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), PlanDuration.Parse(text));

    [Theory]
    [InlineData("fast", "is not a duration: an objective", "Write a number with a unit")]
    [InlineData("", "empty", "Write a number with a unit")]
    [InlineData("15", "has no unit", "Write 15m for minutes or 15h for hours")]
    [InlineData("15 min", "has a unit that is not known", "Write 15m")]
    [InlineData("4 hours", "has a unit that is not known", "Write 4h")]
    [InlineData("30m1h", "does not go from larger to smaller units", "Write the largest unit first")]
    [InlineData("1h1h", "does not go from larger to smaller units", "Write the largest unit first")]
    [InlineData("0m", "has a part of nothing", "each number more than 0")]
    [InlineData("1.5h", "is not a duration", "Write a number with a unit")]
    [InlineData("-1h", "is not a duration", "Write a number with a unit")]
    [InlineData("1H", "has a unit that is not known", "Write 1h")]
    [InlineData("PT1H", "is not a duration", "Write a number with a unit")]
    [InlineData("99999999999999999999y", "is longer than a thousand years", "Write a number with a unit")]
    [InlineData("1h 30m", "is not a duration", "Write a number with a unit")]
    public void Others_are_refused_with_what_to_write_instead(string text, string what, string remedy)
    {
        var error = Assert.Throws<DrException>(() => PlanDuration.Parse(text));
        Assert.Equal(DrError.BadUsage, error.Error);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_as_the_same() => Prop.ForAll(
        Gen.Choose(1, int.MaxValue).ToArbitrary(),
        seconds => PlanDuration.Parse(PlanDuration.Format(TimeSpan.FromSeconds(seconds))) == TimeSpan.FromSeconds(seconds)).Check(_config);

    [Fact]
    public void One_part_is_what_retention_takes_it_for() => Prop.ForAll(
        (from count in Gen.Choose(1, 1000) from unit in Gen.Elements('s', 'm', 'h', 'd', 'w', 'y') select $"{count}{unit}").ToArbitrary(),
        text => RetentionDuration.TryParse(text, out var retention) && PlanDuration.Parse(text) == retention).Check(_config);

    [Fact]
    public void Parts_add_up() => Prop.ForAll(
        (from days in Gen.Choose(1, 500) from hours in Gen.Choose(1, 500) from minutes in Gen.Choose(1, 500) select (days, hours, minutes)).ToArbitrary(),
        p => PlanDuration.Parse($"{p.days}d{p.hours}h{p.minutes}m") == new TimeSpan(p.days, p.hours, p.minutes, 0)).Check(_config);

    [Fact]
    public void Any_text_is_read_or_refused_and_the_pattern_of_the_schema_agrees() => Prop.ForAll(
        Gen.ArrayOf(Gen.Elements("0123456789smhdwy .-PT".ToCharArray())).Select(c => new string(c)).ToArbitrary(),
        text =>
        {
            var read = PlanDuration.TryParse(text, out var duration, out var problem);
            Assert.Equal(read, duration > TimeSpan.Zero && problem == default);
            var trimmed = text.Trim();
            if (read)
            {
                Assert.Matches(Shapes.DurationShape.Pattern, trimmed);
            }
            else if (trimmed.Length > 1 && System.Text.RegularExpressions.Regex.IsMatch(trimmed, Shapes.DurationShape.Pattern))
            {
                // Only what is nothing or endless.
                Assert.True(problem.What.Contains("nothing", StringComparison.Ordinal) || problem.What.Contains("thousand years", StringComparison.Ordinal), text);
            }
        }).Check(_config);
}
