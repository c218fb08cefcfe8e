using DrTools.Plans;

namespace DrTools.Drills.Trends;

/// <summary>How a figure goes, drill by drill.</summary>
public enum TrendDirection
{
    /// <summary>Too few measurements: fewer than <see cref="TrendMeter.Fewest"/>.</summary>
    Unknown,

    /// <summary>It becomes shorter.</summary>
    Improving,

    /// <summary>Neither can be told from chance.</summary>
    Steady,

    /// <summary>It becomes longer.</summary>
    Worsening,
}

/// <summary>A drill of a trend.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Started">When it began, UTC.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Level">How far it went.</param>
/// <param name="Objectives">What had to be achieved.</param>
/// <param name="Rto">Measured recovery time, if there is one.</param>
/// <param name="Rpo">Measured recovery point, if there is one.</param>
public sealed record DrillTrendPoint(string Id, DateTimeOffset Started, bool Passed, DrillLevel Level, Objectives Objectives, TimeSpan? Rto, TimeSpan? Rpo);

/// <summary>How the recovery time or the recovery point went.</summary>
public sealed record FigureTrend
{
    /// <summary>Number of drills in which it was measured.</summary>
    public required int Count { get; init; }

    /// <summary>In how many of them it met the objective of the drill.</summary>
    public required int Met { get; init; }

    /// <summary>The newest one; <see langword="null"/>, like those below, when it was never measured.</summary>
    public TimeSpan? Last { get; init; }

    /// <summary>The shortest.</summary>
    public TimeSpan? Best { get; init; }

    /// <summary>The longest.</summary>
    public TimeSpan? Worst { get; init; }

    /// <summary>Mean.</summary>
    public TimeSpan? Mean { get; init; }

    /// <summary>Median.</summary>
    public TimeSpan? Median { get; init; }

    /// <summary>The objective of the newest drill.</summary>
    public TimeSpan? Objective { get; init; }

    /// <summary>How it goes (Mann, "Nonparametric Tests Against Trend", 1945; at the level of 10 %, two-sided).</summary>
    public TrendDirection Direction { get; init; }

    /// <summary>By how much it changes from one drill to the next: the median of the slopes between all pairs (Sen, "Estimates of
    /// the Regression Coefficient Based on Kendall's Tau", 1968); <see langword="null"/> with fewer than two.</summary>
    public TimeSpan? ChangePerDrill { get; init; }

    /// <summary>A character for each drill, the oldest first, of the newest <see cref="Trends.Sparkline.Longest"/>: its height against the
    /// longest, or <c>·</c> where it was not measured.</summary>
    public required string Sparkline { get; init; }
}

/// <summary>How the drills of a service went over time.</summary>
public sealed record DrillTrend
{
    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>The scenario; <see langword="null"/> for all of them together.</summary>
    public DrillScenario? Scenario { get; init; }

    /// <summary>When the first drill began, UTC.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When the last one ended, UTC.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Number of drills.</summary>
    public required int Drills { get; init; }

    /// <summary>How many of them passed.</summary>
    public required int Passed { get; init; }

    /// <summary>Share of those that passed, from 0 to 1.</summary>
    public double SuccessRate => (double)Passed / Drills;

    /// <summary>How many in a row have passed, up to the last one; 0 when that did not.</summary>
    public required int PassedInARow { get; init; }

    /// <summary>A character for each drill, the oldest first: <c>✓</c> passed, <c>✗</c> not.</summary>
    public required string Outcomes { get; init; }

    /// <summary>Recovery time.</summary>
    public required FigureTrend Rto { get; init; }

    /// <summary>Recovery point.</summary>
    public required FigureTrend Rpo { get; init; }

    /// <summary>Mean time to recovery: the mean of the measured recovery times; <see langword="null"/> when none was measured.</summary>
    public TimeSpan? MeanTimeToRecovery => Rto.Mean;

    /// <summary>Mean time between failures: the time from the first drill to the last, divided by the number of drills that have not
    /// passed; <see langword="null"/> when all have passed, or there is but one drill.</summary>
    public TimeSpan? MeanTimeBetweenFailures { get; init; }

    /// <summary>Mean time from a drill that did not pass to the next one of the same scenario that did; <see langword="null"/> when
    /// there is none.</summary>
    public TimeSpan? MeanTimeToMend { get; init; }

    /// <summary>The drills, the oldest first.</summary>
    public required IReadOnlyList<DrillTrendPoint> Points { get; init; }
}
