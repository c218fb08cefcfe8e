namespace DrTools.Drills.Trends;

/// <summary>A small chart in one line of text.</summary>
public static class Sparkline
{
    /// <summary>How many values are drawn at most: the last ones.</summary>
    public const int Longest = 24;

    private const string Heights = "▁▂▃▄▅▆▇█";

    private const char Nothing = '·';

    /// <summary>Draws values from 0 to the largest.</summary>
    /// <param name="values">The values; where there is none, <c>·</c> stands.</param>
    public static string Draw(IReadOnlyList<double?> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var shown = values.Skip(values.Count - Longest).ToList();
        var top = shown.Max() ?? 0;
        return string.Concat(shown.Select(v => v is not { } value ? Nothing : top <= 0 ? Heights[0] : Heights[Math.Clamp((int)(value / top * Heights.Length), 0, Heights.Length - 1)]));
    }
}
