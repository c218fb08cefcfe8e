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

    /// <summary>A sum of costs: a month now, and in a year.</summary>
    public static string Cost(CostSum sum)
    {
        ArgumentNullException.ThrowIfNull(sum);
        var missing = sum.Missing == 0 ? string.Empty : $"; without {Figures.Count(sum.Missing, "thing")} of unknown cost";
        return $"{Money(sum.PerMonth)} a month, {Money(sum.PerYear)} a year; in a year {Money(sum.PerMonthInAYear)} a month{missing}";
    }

    /// <summary>One thing that costs.</summary>
    public static string Cost(CostItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        var what = string.Join(", ", new[] { item.Content?.ToString().ToLowerInvariant(), item.StorageClass, item.Bytes is { } bytes ? Figures.Bytes(bytes) : null }.OfType<string>());
        return $"{item.Kind} {item.Name}{(what.Length > 0 ? $" ({what})" : string.Empty)}: {Money(item.PerMonth)} a month. {item.Basis}";
    }

    /// <summary>What a strategy costs and saves.</summary>
    public static string Cost(StrategyReturn strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        var roi = strategy.ReturnOnInvestment is { } found ? string.Create(CultureInfo.InvariantCulture, $", ROI {found * 100:n0} %") : string.Empty;
        var missed = strategy.MissedBy.Count == 0 ? string.Empty : $"; too slow for {string.Join(", ", strategy.MissedBy)}";
        return $"{(strategy.IsCheapest ? "→ " : string.Empty)}{strategy.Strategy}: {Money(strategy.PerYear)} a year, expected loss {Money(strategy.AnnualLoss)}{roi}{missed}";
    }

    private static string Money(decimal? amount) => amount is { } known ? known.ToString("n2", CultureInfo.InvariantCulture) : "?";
}
