using System.Globalization;
using DrTools.Drills;
using DrTools.Drills.Actions;
using DrTools.Drills.Trends;
using DrTools.Reports.Pages;

namespace DrTools.Reports.Layout;

/// <summary>How drills went over time, in figures, and what is to be made better.</summary>
internal static class TrendTables
{
    /// <summary>A row for each service and scenario.</summary>
    public static TableBlock Trends(IReadOnlyList<DrillTrend> trends) => new(
        [new("Drills", PageColumnKind.Tight), new("Passed", PageColumnKind.Tight), new("Recovery time"), new("Recovery point"), new("MTTR", PageColumnKind.Number), new("MTBF", PageColumnKind.Number), new("Mended in", PageColumnKind.Number)],
        [.. trends.Select(t => new PageRow(
        [
            new PageCell(t.Service, Second: t.Scenario is { } scenario ? DrillScope.Word(scenario) : "all scenarios"),
            new PageCell($"{t.Passed} of {t.Drills} ({Words.Share(t.SuccessRate)})", t.Passed == t.Drills ? PageTone.Good : PageTone.Warning, Second: t.Outcomes),
            Figure(t.Rto),
            Figure(t.Rpo),
            Span(t.MeanTimeToRecovery),
            Span(t.MeanTimeBetweenFailures),
            Span(t.MeanTimeToMend),
        ]))]);

    /// <summary>What is to be made better; nothing where there is nothing.</summary>
    public static SectionBlock? Actions(Report report) => report.Figures.Actions.Count == 0 ? null : new SectionBlock(
        "Improvement actions",
        [
            new TableBlock(
                [new("Action", PageColumnKind.Tight), new("Service"), new("What"), new("Status", PageColumnKind.Tight), new("Owner"), new("Due", PageColumnKind.Tight), new("Since", PageColumnKind.Tight)],
                [.. report.Figures.Actions.Select(Row)]),
        ],
        "What did not pass in drills. Only a later drill closes one, by passing: drtools action list, Get-DrAction.");

    private static PageRow Row(ImprovementAction action) => new(
    [
        PageCell.Code(action.Id),
        action.Service,
        new PageCell(action.Title, Second: action.Remedy is { } remedy && remedy != action.Title ? $"{action.Problem} → {remedy}" : action.Problem),
        Status(action),
        action.Owner ?? "–",
        action.Due is { } due ? new PageCell(due.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), action.IsOverdue ? PageTone.Bad : PageTone.Plain) : new PageCell("–", PageTone.Soft),
        new PageCell(Words.Minute(action.Opened), Second: action.Reopened > 0 ? $"seen again {action.Reopened} ×" : null),
    ]);

    private static PageCell Status(ImprovementAction action) => action.Status switch
    {
        ActionStatus.Open => new("open", PageTone.Warning),
        ActionStatus.InProgress => new("in progress", PageTone.Warning),
        ActionStatus.Done => new("done", Second: "not shown by a drill yet"),
        ActionStatus.Closed => new("✓ closed", PageTone.Good, Second: "by a drill"),
        _ => new("dropped", PageTone.Soft, Second: action.Note),
    };

    private static PageCell Figure(FigureTrend trend) => trend.Median is not { } median ? new PageCell("not measured", PageTone.Soft)
        : new PageCell(
            $"median {Figures.Duration(median)}, met {trend.Met} of {trend.Count}",
            trend.Met < trend.Count ? PageTone.Bad : PageTone.Plain,
            Second: $"{trend.Sparkline}  {Direction(trend.Direction)}");

    private static string Direction(TrendDirection direction) => direction switch
    {
        TrendDirection.Improving => "improving",
        TrendDirection.Worsening => "worsening",
        TrendDirection.Steady => "steady",
        _ => "too few to tell",
    };

    private static PageCell Span(TimeSpan? span) => span is { } value ? Figures.Duration(value) : new PageCell("–", PageTone.Soft);
}
