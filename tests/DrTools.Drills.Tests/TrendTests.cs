using DrTools.Drills.Trends;
using DrTools.Plans;

namespace DrTools.Drills.Tests;

public sealed class TrendTests
{
    [Fact]
    public void Figures_follow_from_the_drills()
    {
        var trend = Assert.Single(TrendMeter.Measure([Drills.Make(0, rto: 60), Drills.Make(1, rto: 30), Drills.Make(2, fails: "Fetch"), Drills.Make(4, rto: 20), Drills.Make(5, rto: 10)]));
        Assert.Equal(("shop", DrillScenario.TableDropped, 5, 4, 0.8, 2), (trend.Service, trend.Scenario, trend.Drills, trend.Passed, trend.SuccessRate, trend.PassedInARow));
        Assert.Equal("✓✓✗✓✓", trend.Outcomes);
        Assert.Equal([4, 3], [trend.Rto.Count, trend.Rto.Met]);
        Assert.Equal((10, 10, 60, 30, 25), (Seconds(trend.Rto.Last), Seconds(trend.Rto.Best), Seconds(trend.Rto.Worst), Seconds(trend.MeanTimeToRecovery), Seconds(trend.Rto.Median)));
        Assert.Equal(TrendDirection.Improving, trend.Rto.Direction);
        Assert.Equal(-40 / 3.0, trend.Rto.ChangePerDrill!.Value.TotalSeconds, 6);
        Assert.Equal("█▅·▃▂", trend.Rto.Sparkline);
        Assert.Equal(TimeSpan.FromDays(2), trend.MeanTimeToMend);
        Assert.Equal(trend.Until - trend.Since, trend.MeanTimeBetweenFailures);
        Assert.Equal(TrendDirection.Steady, trend.Rpo.Direction);
    }

    [Fact]
    public void What_was_never_measured_has_no_figure()
    {
        var trend = Assert.Single(TrendMeter.Measure([Drills.Make(0, fails: "Fetch")]));
        Assert.Equal(0, trend.SuccessRate);
        Assert.Null(trend.MeanTimeToRecovery);
        Assert.Null(trend.MeanTimeBetweenFailures);
        Assert.Null(trend.MeanTimeToMend);
        Assert.Equal((TrendDirection.Unknown, "·"), (trend.Rto.Direction, trend.Rto.Sparkline));
        Assert.Empty(TrendMeter.Measure([]));
    }

    [Fact]
    public void Several_scenarios_have_a_trend_together()
    {
        var trends = TrendMeter.Measure([Drills.Make(1, scenario: DrillScenario.SiteLost), Drills.Make(0), Drills.Make(2, service: "books")]);
        Assert.Equal(["books TableDropped", "shop ", "shop TableDropped", "shop SiteLost"], trends.Select(t => $"{t.Service} {t.Scenario}"));
        Assert.Equal(2, trends[1].Drills);
    }

    [Theory]
    [InlineData(TrendDirection.Unknown, new double[] { 1, 2, 3 })]
    [InlineData(TrendDirection.Worsening, new double[] { 1, 2, 3, 4 })]
    [InlineData(TrendDirection.Improving, new double[] { 9, 7, 5, 3 })]
    [InlineData(TrendDirection.Steady, new double[] { 1, 2, 4, 3 })]
    [InlineData(TrendDirection.Steady, new double[] { 5, 5, 5, 5, 5 })]
    [InlineData(TrendDirection.Steady, new double[] { 3, 9, 1, 8, 2, 7 })]
    public void A_direction_is_what_chance_would_not_show(TrendDirection expected, double[] values) => Assert.Equal(expected, TrendTest.DirectionOf(values));

    private static double? Seconds(TimeSpan? span) => span?.TotalSeconds;
}
