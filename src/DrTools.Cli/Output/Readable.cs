using System.Globalization;

namespace DrTools.Cli.Output;

/// <summary>Figures as people read them. Programs get raw numbers (<c>--json</c>).</summary>
internal static class Readable
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>A size in decimal units: <c>1.3 GB</c>.</summary>
    public static string Size(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        while (value >= 999.95 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {Units[unit]}");
    }

    /// <summary>A duration: <c>42 ms</c>, <c>12.4 s</c>, <c>3 min 12 s</c>, <c>2 h 05 min</c>, <c>3 d 4 h</c>.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 0.0995 } => Invariant($"{Math.Max(0, duration.TotalMilliseconds):0} ms"),
        { TotalSeconds: < 59.95 } => Invariant($"{duration.TotalSeconds:0.0} s"),
        { TotalHours: < 1 } => Invariant($"{duration.Minutes} min {duration.Seconds:00} s"),
        { TotalDays: < 1 } => Invariant($"{duration.Hours} h {duration.Minutes:00} min"),
        _ => Invariant($"{duration.Days} d {duration.Hours} h"),
    };

    /// <summary>A duration that is only estimated: in whole seconds at the least.</summary>
    public static string Remaining(TimeSpan duration) =>
        duration.TotalSeconds < 59.5 ? Invariant($"{duration.TotalSeconds:0} s") : Duration(duration);

    /// <summary>A moment in local time, with its zone: <c>2026-11-21 03:45:01 +01:00</c>.</summary>
    public static string Time(DateTimeOffset moment) =>
        moment.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    /// <summary>A number and what is counted: <c>1 file</c>, <c>70,000 files</c>.</summary>
    public static string Count(long number, string singular, string? plural = null) =>
        Invariant($"{number:N0} {(number == 1 ? singular : plural ?? singular + "s")}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
