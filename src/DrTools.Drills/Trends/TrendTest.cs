namespace DrTools.Drills.Trends;

/// <summary>Tells a trend from chance without assuming anything about how the values are distributed.</summary>
internal static class TrendTest
{
    /// <summary>Of the normal distribution: 5 % lie above it, 5 % below its negative.</summary>
    private const double Significant = 1.6449;

    /// <summary>Mann and Kendall's test with the correction for ties (Gilbert, "Statistical Methods for Environmental Pollution
    /// Monitoring", 1987, section 16.4.2). With few values the normal distribution is an approximation: with four, all must rise.</summary>
    public static TrendDirection DirectionOf(IReadOnlyList<double> values)
    {
        if (values.Count < TrendMeter.Fewest)
        {
            return TrendDirection.Unknown;
        }

        double n = values.Count;
        var s = Pairs(values).Sum(p => Math.Sign(p.Rise));
        var ties = values.GroupBy(v => v).Sum(g => g.Count() * (g.Count() - 1.0) * ((2.0 * g.Count()) + 5));
        var variance = ((n * (n - 1) * ((2 * n) + 5)) - ties) / 18;
        var z = variance > 0 ? (s - Math.Sign(s)) / Math.Sqrt(variance) : 0;
        return z > Significant ? TrendDirection.Worsening : z < -Significant ? TrendDirection.Improving : TrendDirection.Steady;
    }

    /// <summary>The median of the slopes between all pairs; <see langword="null"/> with fewer than two values.</summary>
    public static double? SlopeOf(IReadOnlyList<double> values) => values.Count < 2 ? null : Median([.. Pairs(values).Select(p => p.Rise / p.Steps)]);

    /// <summary>The median of at least one value.</summary>
    public static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static IEnumerable<(double Rise, int Steps)> Pairs(IReadOnlyList<double> values) =>
        from i in Enumerable.Range(0, values.Count)
        from j in Enumerable.Range(i + 1, values.Count - i - 1)
        select (values[j] - values[i], j - i);
}
