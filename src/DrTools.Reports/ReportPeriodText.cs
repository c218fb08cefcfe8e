using System.Globalization;

namespace DrTools.Reports;

/// <summary>Days, weeks and months as users write them.</summary>
public static class ReportPeriodText
{
    /// <summary>A day: <c>2026-11-21</c>, <c>today</c>, <c>yesterday</c>.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it is none.</exception>
    public static ReportPeriod Day(string text, TimeZoneInfo zone, DateTimeOffset now) => ReportPeriod.Day(
        Word(text) switch
        {
            "today" => ReportPeriod.DayOf(now, zone),
            "yesterday" => ReportPeriod.DayOf(now, zone).AddDays(-1),
            _ => Date(text, "a day", "a date such as 2026-11-21, 'today' or 'yesterday'"),
        },
        zone);

    /// <summary>A week: a date in it, <c>this</c>, <c>last</c>.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it is none.</exception>
    public static ReportPeriod Week(string text, TimeZoneInfo zone, DateTimeOffset now) => ReportPeriod.Week(
        Word(text) switch
        {
            "this" => ReportPeriod.DayOf(now, zone),
            "last" => ReportPeriod.DayOf(now, zone).AddDays(-7),
            _ => Date(text, "a week", "a date in it such as 2026-11-21, 'this' or 'last'"),
        },
        zone);

    /// <summary>A month: <c>2026-11</c>, a date in it, <c>this</c>, <c>last</c>.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it is none.</exception>
    public static ReportPeriod Month(string text, TimeZoneInfo zone, DateTimeOffset now) => ReportPeriod.Month(
        Word(text) switch
        {
            "this" => ReportPeriod.DayOf(now, zone),
            "last" => ReportPeriod.DayOf(now, zone).AddMonths(-1),
            _ when DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month) => month,
            _ => Date(text, "a month", "a month such as 2026-11, a date in it, 'this' or 'last'"),
        },
        zone);

    private static string Word(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.ToLowerInvariant();
    }

    private static DateOnly Date(string text, string what, string wanted) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 1970 and < 9000
        ? day
        : throw new DrException(DrError.BadUsage, $"'{text}' is not {what}.", $"Give {wanted}.");
}
