using DrTools.Drills.Trends;

namespace DrTools.Cli.Json;

/// <summary>What <c>drill trend</c> prints.</summary>
internal sealed record TrendsDocument(IReadOnlyList<TrendDocument> Trends);

/// <summary>How the drills of a service went.</summary>
internal sealed record TrendDocument(
    string Service,
    string? Scenario,
    DateTime Since,
    DateTime Until,
    int Drills,
    int Passed,
    double SuccessRate,
    int PassedInARow,
    double? MeanTimeToRecoverySeconds,
    double? MeanTimeBetweenFailuresSeconds,
    double? MeanTimeToMendSeconds,
    FigureTrendDocument Rto,
    FigureTrendDocument Rpo,
    IReadOnlyList<TrendPointDocument> Points)
{
    public static TrendDocument Of(DrillTrend t) => new(
        t.Service,
        t.Scenario is { } scenario ? Scalars.Word(scenario) : null,
        t.Since.UtcDateTime,
        t.Until.UtcDateTime,
        t.Drills,
        t.Passed,
        Math.Round(t.SuccessRate, 4),
        t.PassedInARow,
        Scalars.Seconds(t.MeanTimeToRecovery),
        Scalars.Seconds(t.MeanTimeBetweenFailures),
        Scalars.Seconds(t.MeanTimeToMend),
        FigureTrendDocument.Of(t.Rto),
        FigureTrendDocument.Of(t.Rpo),
        [.. t.Points.Select(p => new TrendPointDocument(p.Id, p.Started.UtcDateTime, p.Passed, Scalars.Word(p.Level), Scalars.Seconds(p.Objectives.Rto), Scalars.Seconds(p.Objectives.Rpo), Scalars.Seconds(p.Rto), Scalars.Seconds(p.Rpo)))]);
}

/// <summary>How a figure went.</summary>
internal sealed record FigureTrendDocument(
    int Count, int Met, double? LastSeconds, double? BestSeconds, double? WorstSeconds, double? MeanSeconds, double? MedianSeconds, double? ObjectiveSeconds, string Direction, double? ChangePerDrillSeconds)
{
    public static FigureTrendDocument Of(FigureTrend f) => new(
        f.Count,
        f.Met,
        Scalars.Seconds(f.Last),
        Scalars.Seconds(f.Best),
        Scalars.Seconds(f.Worst),
        Scalars.Seconds(f.Mean),
        Scalars.Seconds(f.Median),
        Scalars.Seconds(f.Objective),
        Scalars.Word(f.Direction),
        Scalars.Seconds(f.ChangePerDrill));
}

/// <summary>A drill of a trend.</summary>
internal sealed record TrendPointDocument(string Id, DateTime StartedAt, bool Passed, string Level, double RtoObjectiveSeconds, double RpoObjectiveSeconds, double? RtoSeconds, double? RpoSeconds);
