using System.Globalization;

namespace DrTools.Plans;

/// <summary>
/// Times as cron has them: minute, hour, day of the month, month, day of the week; each <c>*</c>, a number, a range, a list, with
/// a step after a slash; months and days also by name; <c>sun#1</c> for the first Sunday of a month. As in cron, when both days
/// are restricted either will do; not so with <c>#</c>, which already says which day.
/// </summary>
/// <remarks>A time that a change of clocks leaves out falls to the first moment after it, and one that comes twice counts once: the
/// first time.</remarks>
public sealed class CronExpression
{
    /// <summary>What is read, in words.</summary>
    public const string Syntax = "minute, hour, day of month, month and day of week, as in '30 2 * * *' (daily at 02:30), '0 3 * * sun' (weekly) or '0 4 * * sun#1' (first Sunday of the month)";

    private const int YearsAhead = 9;

    private readonly string _text;
    private readonly CronField _minutes;
    private readonly CronField _hours;
    private readonly CronField _days;
    private readonly CronField _months;
    private readonly CronField _weekdays;

    private CronExpression(string text, CronField[] fields) =>
        (_text, _minutes, _hours, _days, _months, _weekdays) = (text, fields[0], fields[1], fields[2], fields[3], fields[4]);

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The text.</param>
    /// <param name="problem">What is wrong with it, as a sentence without its full stop.</param>
    public static CronExpression? TryParse(string text, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        var expanded = text.Trim() switch
        {
            "@hourly" => "0 * * * *",
            "@daily" or "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" or "@annually" => "0 0 1 1 *",
            var other => other,
        };
        var parts = expanded.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length != 5)
        {
            problem = $"'{text}' has {parts.Length.ToString(CultureInfo.InvariantCulture)} fields and not five";
            return null;
        }

        var fields = new CronField[5];
        for (var i = 0; i < fields.Length; i++)
        {
            if (!CronField.TryParse(parts[i], (CronFieldKind)i, out fields[i]!, out problem))
            {
                return null;
            }
        }

        var expression = new CronExpression(text.Trim(), fields);
        if (expression.Next(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), TimeZoneInfo.Utc) is null)
        {
            problem = $"'{text}' never comes: no month has such a day";
            return null;
        }

        problem = string.Empty;
        return expression;
    }

    /// <summary>The first time after a moment; <see langword="null"/> when there is none within nine years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        var start = new DateTime(local.Year, local.Month, local.Day);

        // The day before too: where clocks went back, an hour of it may come again; and the moment found is compared anyway.
        for (var day = start; day < start.AddYears(YearsAhead); day = day.AddDays(1))
        {
            if (!Matches(day))
            {
                continue;
            }

            foreach (var hour in _hours.Values)
            {
                foreach (var minute in _minutes.Values)
                {
                    var moment = InZone(day.AddHours(hour).AddMinutes(minute), zone);
                    if (moment > after)
                    {
                        return moment;
                    }
                }
            }
        }

        return null;
    }

    /// <summary>The longest time between two of its moments, over a leap cycle's worth of them or the next thousand.</summary>
    public TimeSpan LongestInterval(TimeZoneInfo zone) => LongestInterval([this], zone);

    /// <summary>The longest time in which none of several has a moment, over nine years or the next thousand moments.</summary>
    public static TimeSpan LongestInterval(IReadOnlyList<CronExpression> expressions, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(expressions);
        var last = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var (longest, first) = (TimeSpan.Zero, true);
        for (var i = 0; i < 1000; i++)
        {
            if (expressions.Select(e => e.Next(last, zone)).Where(n => n is not null).Min() is not { } next)
            {
                break;
            }

            longest = first || next - last <= longest ? longest : next - last;
            (last, first) = (next, false);
        }

        return longest;
    }

    /// <summary>As it was written.</summary>
    public override string ToString() => _text;

    private bool Matches(DateTime day)
    {
        if (!_months.Contains(day.Month))
        {
            return false;
        }

        var byDay = _days.Contains(day.Day);
        var byWeekday = _weekdays.Contains((int)day.DayOfWeek) || _weekdays.Ordinals.Contains(((int)day.DayOfWeek, ((day.Day - 1) / 7) + 1));
        return _days.IsEverything || _weekdays.IsEverything || _weekdays.Ordinals.Count > 0 ? byDay && byWeekday : byDay || byWeekday;
    }

    private static DateTimeOffset InZone(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(1);
        }

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }
}
