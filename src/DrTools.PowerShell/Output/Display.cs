using System.Globalization;
using DrTools.Plans;

namespace DrTools.PowerShell;

/// <summary>Numbers as people read them. The views of the module use it; objects keep raw numbers.</summary>
public static class Display
{
    /// <summary>A size in decimal units.</summary>
    public static string Size(long bytes) => Figures.Bytes(bytes);

    /// <summary>A length of time.</summary>
    public static string Duration(TimeSpan duration) => Figures.Duration(duration);

    /// <summary>An objective as a plan has it (<c>15m</c>, <c>1h30m</c>).</summary>
    public static string Objective(TimeSpan duration) => PlanDuration.Format(duration);

    /// <summary>A moment in local time.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A count with thousands divided.</summary>
    public static string Count(long count) => Figures.Count(count);

    /// <summary>A count of things, which have a plain plural.</summary>
    public static string Count(long count, string thing) => Figures.Count(count, thing);

    /// <summary>The first of several texts, and how many more there are.</summary>
    public static string FirstOf(IEnumerable<string> texts, long total, int shown = 3)
    {
        var first = texts.Take(shown).ToList();
        var more = total - first.Count;
        return string.Join("; ", first) + (more > 0 ? $"; and {Count(more)} more" : string.Empty);
    }
}
