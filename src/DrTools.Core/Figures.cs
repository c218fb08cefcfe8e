using System.Globalization;

namespace DrTools;

/// <summary>Figures as people read them: with a unit, and no more digits than matter.</summary>
public static class Figures
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>A number with thousands divided (<c>90,000</c>).</summary>
    public static string Count(long number) => number.ToString("n0", CultureInfo.InvariantCulture);

    /// <summary>A number of things (<c>1 file</c>, <c>393 files</c>); the plural ends in <c>s</c> if not given.</summary>
    public static string Count(long number, string one, string? many = null) => $"{Count(number)} {(number == 1 ? one : many ?? one + "s")}";

    /// <summary>A size in decimal units (<c>23.4 MB</c>).</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (Math.Abs(value) >= 999.95 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(unit == 0 || Math.Abs(value) >= 99.95 ? "0" : "0.0", CultureInfo.InvariantCulture)} {Units[unit]}");
    }

    /// <summary>A span of time (<c>240 ms</c>, <c>4.2 s</c>, <c>15 min</c>, <c>1 h 05 min</c>, <c>3 d 4 h</c>).</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        { Ticks: < 0 } => "−" + Duration(span.Negate()),
        { TotalMilliseconds: < 0.5 } => "0 ms",
        { TotalMilliseconds: < 999.5 } => Text($"{span.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 9.95 } => Text($"{span.TotalSeconds:0.0} s"),
        { TotalSeconds: < 119.5 } => Text($"{span.TotalSeconds:0} s"),
        { TotalMinutes: < 60 } when span.Seconds == 0 => Text($"{span.TotalMinutes:0} min"),
        { TotalMinutes: < 60 } => Text($"{(int)span.TotalMinutes} min {span.Seconds:00} s"),
        { TotalDays: < 1 } => Text($"{span.Hours} h {span.Minutes:00} min"),
        _ => Text($"{span.Days} d {span.Hours} h"),
    };

    /// <summary>A moment in local time, with its zone: <c>2026-11-21 03:45:01 +01:00</c>.</summary>
    public static string LocalTime(DateTimeOffset moment) =>
        moment.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    /// <summary>A moment in UTC (<c>2026-11-21 03:34:35.1 UTC</c>).</summary>
    public static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.f 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The time of day of a moment in UTC (<c>03:34:35.1</c>).</summary>
    public static string TimeOfDay(DateTimeOffset moment) => moment.UtcDateTime.ToString("HH:mm:ss.f", CultureInfo.InvariantCulture);

    /// <summary>What kind of source a name means (<c>files</c>, <c>database</c>).</summary>
    public static string SourceKind(string source) =>
        source.StartsWith("files:", StringComparison.Ordinal) ? "files" : source.StartsWith("sqlite:", StringComparison.Ordinal) ? "database" : source.Split(':')[0];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
