using System.Globalization;
using DrTools.Repositories.Journal;

namespace DrTools.Reports;

/// <summary>Figures and outcomes in words.</summary>
internal static class Words
{
    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>A change as in <c>+25 %</c>.</summary>
    public static string Change(double change) => string.Create(CultureInfo.InvariantCulture, $"{(change < 0 ? "−" : "+")}{Math.Abs(change) * 100:0} %");

    /// <summary>A share as in <c>99.3 %</c>; whole ones only where nothing is missing.</summary>
    public static string Share(double share) => share >= 1 ? "100 %" : Math.Min(share, 0.999).ToString("0.0 %", CultureInfo.InvariantCulture);

    public static string Measure(double value, string unit) => unit == "seconds" ? Figures.Duration(TimeSpan.FromSeconds(value)) : $"{Figures.Bytes((long)value)}/s";

    public static string ErrorOf(RunRecord run) => run switch
    {
        { Error: { } error } => error.EndsWith('.') ? error : error + ".",
        { Outcome: RunOutcome.Interrupted } => "It was interrupted.",
        { Outcome: RunOutcome.Abandoned } => "Its process ended without a word.",
        { IssueCount: > 0 } => $"{Figures.Count(run.IssueCount, "problem")} found.",
        { Detail: { } detail } => detail.EndsWith('.') ? detail : detail + ".",
        _ => $"It ended as {run.Outcome}.",
    };

    /// <summary>What a verification proves.</summary>
    public static string ProofOf(RunRecord run) => run.Mode is { } mode ? mode.ToLowerInvariant() : run.Operation;

    public static string PeriodName(ReportBasis basis)
    {
        var zone = basis.Zone;
        var first = ReportPeriod.DayOf(basis.From, zone);
        return basis.Scope switch
        {
            ReportScope.Day => first.ToString("dddd, d MMMM yyyy", CultureInfo.InvariantCulture),
            ReportScope.Week => $"week {ISOWeek.GetWeekOfYear(first.ToDateTime(TimeOnly.MinValue))} of {ISOWeek.GetYear(first.ToDateTime(TimeOnly.MinValue))} ({first.ToString("d MMM", CultureInfo.InvariantCulture)} – {first.AddDays(6).ToString("d MMM yyyy", CultureInfo.InvariantCulture)})",
            ReportScope.Month => first.ToString("MMMM yyyy", CultureInfo.InvariantCulture),
            _ => $"{Minute(basis.From)} – {Minute(basis.To)} UTC",
        };
    }

    /// <summary>A moment to the minute, with its zone, for sentences.</summary>
    public static string Moment(DateTimeOffset moment) => Minute(moment) + " UTC";

    /// <summary>A moment to the minute, UTC.</summary>
    public static string Minute(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
