using System.Globalization;

namespace DrTools.Reports.Pages;

/// <summary>Labels of an axis of time spans: round ones, as people count time.</summary>
public static class TimeAxis
{
    private static readonly TimeSpan[] Steps =
    [
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(s => TimeSpan.FromSeconds(s)),
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(m => TimeSpan.FromMinutes(m)),
        .. new[] { 1, 2, 3, 6, 12 }.Select(h => TimeSpan.FromHours(h)),
        .. new[] { 1, 2, 7, 14, 30, 91, 365 }.Select(d => TimeSpan.FromDays(d)),
    ];

    /// <summary>The least round distance that gives no more labels than asked for.</summary>
    /// <param name="length">Length of the axis.</param>
    /// <param name="labels">How many labels there may be.</param>
    public static TimeSpan StepFor(TimeSpan length, int labels) =>
        length.TotalSeconds / labels < 1 ? TimeSpan.FromSeconds(AxisStep.For(length.TotalSeconds, labels))
        : Steps.FirstOrDefault(s => length / s <= labels, TimeSpan.FromDays(AxisStep.For(length.TotalDays, labels)));

    /// <summary>A label: in one unit as far as that goes.</summary>
    public static string Label(TimeSpan span) => span switch
    {
        { TotalSeconds: < 120 } => span.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s",
        { TotalMinutes: < 120 } => span.TotalMinutes.ToString("0.#", CultureInfo.InvariantCulture) + " min",
        { TotalHours: < 48 } => span.TotalHours.ToString("0.#", CultureInfo.InvariantCulture) + " h",
        _ => span.TotalDays.ToString("0.#", CultureInfo.InvariantCulture) + " d",
    };
}
