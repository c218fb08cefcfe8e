namespace DrTools.Reports.Making;

/// <summary>The middle of measurements, which a single outlier does not move.</summary>
internal static class Medians
{
    public static double Of(IReadOnlyList<double> values)
    {
        var ordered = values.Order().ToList();
        var middle = ordered.Count / 2;
        return ordered.Count % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
    }
}
