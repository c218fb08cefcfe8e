namespace DrTools.Reports.Pages;

/// <summary>A phase in a picture.</summary>
/// <param name="Name">What it is.</param>
/// <param name="From">When it began, since the beginning of all.</param>
/// <param name="To">When it ended.</param>
/// <param name="Style">Class of its bar: <c>recover</c>, <c>bad</c>, <c>idle</c>.</param>
/// <param name="Label">What stands beside its bar.</param>
/// <param name="IsBad">Whether that is bad news.</param>
/// <param name="Tip">What is said of it where the reader points at it.</param>
public sealed record ChartPhase(string Name, TimeSpan From, TimeSpan To, string Style, string Label, bool IsBad, string Tip);

/// <summary>Phases one under the other, with the objective where it is near enough to be seen.</summary>
public static class PhaseChart
{
    private const double Width = 1030;
    private const double Left = 160;
    private const double Right = 130;
    private const double RowHeight = 30;
    private const double BarHeight = 18;

    /// <summary>An objective farther away than this many times the whole would leave no room for the phases.</summary>
    private const double FarthestObjective = 2.5;

    /// <summary>Draws them.</summary>
    /// <param name="id">A word that no other picture of the page has.</param>
    /// <param name="phases">The phases.</param>
    /// <param name="objective">How long all may take.</param>
    /// <param name="description">What the picture shows, for those who do not see it.</param>
    public static string Draw(string id, IReadOnlyList<ChartPhase> phases, TimeSpan objective, string description)
    {
        ArgumentNullException.ThrowIfNull(phases);
        var end = phases.Count == 0 ? TimeSpan.FromSeconds(1) : phases.Max(p => p.To);
        var showsObjective = objective <= end * FarthestObjective;
        var scale = TimeSpan.FromTicks(Math.Max(1, showsObjective ? Math.Max(end.Ticks, objective.Ticks) : end.Ticks));
        double X(TimeSpan since) => Left + ((Width - Left - Right) * Math.Clamp(since / scale, 0, 1));

        var bottom = (phases.Count * RowHeight) + 4;
        var svg = new SvgCanvas(Width, bottom + (showsObjective ? 44 : 26), id, description);
        var step = TimeAxis.StepFor(scale, 8);
        for (var at = TimeSpan.Zero; at <= scale; at += step)
        {
            svg.Line(X(at), 0, X(at), bottom, "axis");
            svg.Text(X(at), bottom + 17, TimeAxis.Label(at), "soft", "middle");
        }

        for (var i = 0; i < phases.Count; i++)
        {
            var (phase, top) = (phases[i], i * RowHeight);
            var (from, to) = (X(phase.From), X(phase.To));
            svg.Text(0, top + 19, phase.Name);
            svg.Bar(from, top + 6, Math.Max(2, to - from), BarHeight, phase.Style, phase.Tip);
            svg.Text(Math.Max(from + 2, to) + 7, top + 19, phase.Label, phase.IsBad ? "bad" : "strong");
        }

        if (showsObjective)
        {
            svg.Line(X(objective), 0, X(objective), bottom + 22, "limit");
            svg.Text(X(objective), bottom + 36, $"objective {Figures.Duration(objective)}", "bad", "middle");
        }

        return svg.ToString();
    }
}
