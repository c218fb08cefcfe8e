using System.Globalization;

namespace DrTools.Retention;

/// <summary>Durations as they are written in a retention rule: a whole number and a unit.</summary>
public static class RetentionDuration
{
    /// <summary>The units and their lengths. There are no months: <c>m</c> is minutes, as everywhere else.</summary>
    public const string Syntax = "a whole number and s, m (minutes), h, d, w or y (365 days), as in 90s, 15m, 12h, 30d, 8w, 2y";

    /// <summary>Reads a duration of more than nothing.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length < 2 || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var unit = text[^1] switch
        {
            's' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMinute,
            'h' => TimeSpan.TicksPerHour,
            'd' => TimeSpan.TicksPerDay,
            'w' => TimeSpan.TicksPerDay * 7,
            'y' => TimeSpan.TicksPerDay * 365,
            _ => 0,
        };
        if (unit == 0 || count == 0 || count > long.MaxValue / unit)
        {
            return false;
        }

        duration = new TimeSpan(count * unit);
        return true;
    }

    /// <summary>Writes a duration in the largest unit that it is a whole number of, days at the most; parts of a second
    /// count as a whole one.</summary>
    public static string Format(TimeSpan duration)
    {
        var (unit, letter) = duration.Ticks switch
        {
            var t when t % TimeSpan.TicksPerDay == 0 => (TimeSpan.TicksPerDay, 'd'),
            var t when t % TimeSpan.TicksPerHour == 0 => (TimeSpan.TicksPerHour, 'h'),
            var t when t % TimeSpan.TicksPerMinute == 0 => (TimeSpan.TicksPerMinute, 'm'),
            _ => (TimeSpan.TicksPerSecond, 's'),
        };
        var count = (duration.Ticks / unit) + (duration.Ticks % unit == 0 ? 0 : 1);
        return string.Create(CultureInfo.InvariantCulture, $"{count}{letter}");
    }
}
