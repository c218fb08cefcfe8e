namespace DrTools.Reports;

/// <summary>Distances of axis labels: 1, 2 or 5 times a power of ten.</summary>
public static class AxisStep
{
    /// <summary>The least round distance that gives no more labels than asked for.</summary>
    /// <param name="length">Length of the axis.</param>
    /// <param name="labels">How many labels there may be.</param>
    public static double For(double length, int labels)
    {
        var exact = Math.Max(length, 1e-3) / labels;
        var power = Math.Pow(10, Math.Floor(Math.Log10(exact)));
        return power * ((exact / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
    }
}
