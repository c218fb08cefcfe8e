using DrTools.Plans;

namespace DrTools.Drills.Trends;

/// <summary>Measures how drills went over time.</summary>
public static class TrendMeter
{
    /// <summary>How many measurements it takes to tell a direction: with fewer every order of them may be chance.</summary>
    public const int Fewest = 4;

    /// <summary>How many drills are looked at between all pairs: the newest; older ones are history.</summary>
    private const int Longest = 1000;

    /// <summary>Measures the trend of each service: for each scenario that was drilled, and over all when there are several.</summary>
    /// <param name="drills">The drills, in any order.</param>
    /// <returns>By service, that over all scenarios first.</returns>
    public static IReadOnlyList<DrillTrend> Measure(IEnumerable<DrillResult> drills)
    {
        ArgumentNullException.ThrowIfNull(drills);
        var trends = new List<DrillTrend>();
        foreach (var service in drills.GroupBy(d => d.Service, StringComparer.OrdinalIgnoreCase).OrderBy(s => s.Key, StringComparer.OrdinalIgnoreCase))
        {
            var all = service.OrderBy(d => d.Started).ThenBy(d => d.Id, StringComparer.Ordinal).ToList();
            var scenarios = all.GroupBy(d => d.Scenario).OrderBy(s => s.Key).ToList();
            if (scenarios.Count > 1)
            {
                trends.Add(Measure(service.Key, null, all));
            }

            trends.AddRange(scenarios.Select(s => Measure(service.Key, s.Key, [.. s])));
        }

        return trends;
    }

    private static DrillTrend Measure(string service, DrillScenario? scenario, List<DrillResult> drills)
    {
        var failed = drills.Count(d => !d.Passed);
        var (since, until) = (drills[0].Started, drills.Max(d => d.Finished));
        return new DrillTrend
        {
            Service = service,
            Scenario = scenario,
            Since = since,
            Until = until,
            Drills = drills.Count,
            Passed = drills.Count - failed,
            PassedInARow = drills.AsEnumerable().Reverse().TakeWhile(d => d.Passed).Count(),
            Outcomes = string.Concat(drills.TakeLast(Sparkline.Longest).Select(d => d.Passed ? '✓' : '✗')),
            Rto = Figure(drills, d => d.MeasuredRto, o => o.Rto),
            Rpo = Figure(drills, d => d.MeasuredRpo, o => o.Rpo),
            MeanTimeBetweenFailures = failed > 0 && drills.Count > 1 ? (until - since) / failed : null,
            MeanTimeToMend = MeanTimeToMend(drills),
            Points = [.. drills.Select(d => new DrillTrendPoint(d.Id, d.Started, d.Passed, d.Level, d.Objectives, d.MeasuredRto, d.MeasuredRpo))],
        };
    }

    private static FigureTrend Figure(List<DrillResult> drills, Func<DrillResult, TimeSpan?> figure, Func<Objectives, TimeSpan> objective)
    {
        var measured = drills.Where(d => figure(d) is not null).ToList();
        var seconds = measured.Select(d => figure(d)!.Value.TotalSeconds).ToList();
        var allowed = objective(drills[^1].Objectives);
        var recent = seconds.TakeLast(Longest).ToList();
        var result = new FigureTrend
        {
            Count = measured.Count,
            Met = measured.Count(d => figure(d) <= objective(d.Objectives)),
            Objective = allowed,
            Sparkline = Sparkline.Draw([.. drills.Select(d => figure(d)?.TotalSeconds)]),
        };
        return seconds.Count == 0
            ? result
            : result with
            {
                Last = figure(measured[^1]),
                Best = TimeSpan.FromSeconds(seconds.Min()),
                Worst = TimeSpan.FromSeconds(seconds.Max()),
                Mean = TimeSpan.FromSeconds(seconds.Average()),
                Median = TimeSpan.FromSeconds(TrendTest.Median(seconds)),
                Direction = TrendTest.DirectionOf(recent),
                ChangePerDrill = TrendTest.SlopeOf(recent) is { } slope ? TimeSpan.FromSeconds(slope) : null,
            };
    }

    /// <summary>From each drill that did not pass, after one that did, to the next that did.</summary>
    private static TimeSpan? MeanTimeToMend(List<DrillResult> drills)
    {
        var spans = new List<TimeSpan>();
        foreach (var scenario in drills.GroupBy(d => d.Scenario))
        {
            DrillResult? broken = null;
            foreach (var drill in scenario)
            {
                if (!drill.Passed)
                {
                    broken ??= drill;
                }
                else if (broken is not null)
                {
                    spans.Add(drill.Finished - broken.Finished);
                    broken = null;
                }
            }
        }

        return spans.Count == 0 ? null : TimeSpan.FromTicks((long)spans.Average(s => s.Ticks));
    }
}
