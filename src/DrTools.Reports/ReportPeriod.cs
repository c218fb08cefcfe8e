namespace DrTools.Reports;

/// <summary>A day, a week, a month, or any other time, as moments.</summary>
/// <param name="Scope">What it is.</param>
/// <param name="From">From when on, UTC.</param>
/// <param name="To">Until when, UTC, not included.</param>
public sealed record ReportPeriod(ReportScope Scope, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>A day.</summary>
    /// <param name="day">The day.</param>
    /// <param name="zone">Whose day.</param>
    public static ReportPeriod Day(DateOnly day, TimeZoneInfo zone) => Of(ReportScope.Day, day, day.AddDays(1), zone);

    /// <summary>The week from Monday on in which a day is.</summary>
    /// <param name="day">The day.</param>
    /// <param name="zone">Whose day.</param>
    public static ReportPeriod Week(DateOnly day, TimeZoneInfo zone)
    {
        var monday = day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
        return Of(ReportScope.Week, monday, monday.AddDays(7), zone);
    }

    /// <summary>The month in which a day is.</summary>
    /// <param name="day">The day.</param>
    /// <param name="zone">Whose day.</param>
    public static ReportPeriod Month(DateOnly day, TimeZoneInfo zone)
    {
        var first = new DateOnly(day.Year, day.Month, 1);
        return Of(ReportScope.Month, first, first.AddMonths(1), zone);
    }

    /// <summary>From one moment to another.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it ends before it begins, or spans more than two years.</exception>
    public static ReportPeriod Span(DateTimeOffset from, DateTimeOffset to) =>
        to <= from ? throw new DrException(DrError.BadUsage, $"A report from {Figures.Moment(from)} until {Figures.Moment(to)} would be about no time.", "Give a beginning before the end.")
        : to - from > TimeSpan.FromDays(731) ? throw new DrException(DrError.BadUsage, $"A report from {Figures.Moment(from)} until {Figures.Moment(to)} would be about more than two years.", "Make several.")
        : new ReportPeriod(ReportScope.Span, from.ToUniversalTime(), to.ToUniversalTime());

    /// <summary>The day in which a moment is.</summary>
    internal static DateOnly DayOf(DateTimeOffset moment, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, zone).DateTime);

    /// <summary>When a day begins, UTC. Where clocks go forward at midnight it begins when there is such a time.</summary>
    internal static DateTimeOffset StartOfDay(DateOnly day, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }

        // Of a midnight that comes twice the day begins with the first.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static ReportPeriod Of(ReportScope scope, DateOnly from, DateOnly to, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        return new(scope, StartOfDay(from, zone), StartOfDay(to, zone));
    }

}
