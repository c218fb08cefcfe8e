using System.Globalization;

namespace DrTools.PowerShell;

/// <summary>Numbers as people read them. The views of the module use it; objects keep raw numbers.</summary>
public static class Display
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>A size in binary units, three digits.</summary>
    public static string Size(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            (value, unit) = (value / 1024, unit + 1);
        }

        var format = unit == 0 || value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}");
    }

    /// <summary>A length of time: milliseconds below a second, then seconds, minutes and hours.</summary>
    public static string Duration(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration switch
    {
        { TotalSeconds: < 1 } => $"{duration.TotalMilliseconds:0} ms",
        { TotalSeconds: < 60 } => $"{duration.TotalSeconds:0.0} s",
        { TotalHours: < 1 } => $"{duration.Minutes} min {duration.Seconds:00} s",
        _ => $"{(long)duration.TotalHours} h {duration.Minutes:00} min",
    }}");

    /// <summary>A moment in local time.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A count with thousands divided.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A count of things, which have a plain plural.</summary>
    public static string Count(long count, string thing) => $"{Count(count)} {thing}{(count == 1 ? string.Empty : "s")}";

    /// <summary>The first of several texts, and how many more there are.</summary>
    public static string FirstOf(IEnumerable<string> texts, long total, int shown = 3)
    {
        var first = texts.Take(shown).ToList();
        var more = total - first.Count;
        return string.Join("; ", first) + (more > 0 ? $"; and {Count(more)} more" : string.Empty);
    }
}
