using DrTools.Reports.Pages;

namespace DrTools.Reports.Layout;

/// <summary>What drills measured, one after another, against the objective. The axis is logarithmic: a drill of seconds and an
/// objective of hours are both to be seen.</summary>
internal static class ObjectiveChart
{
    private const double Width = 1030;
    private const double Height = 210;
    private const double Left = 64;
    private const double Right = 172;
    private const double Top = 12;
    private const double Bottom = 34;

    private static readonly TimeSpan[] Marks =
    [
        TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(10), TimeSpan.FromDays(4), TimeSpan.FromDays(40),
    ];

    /// <summary>Draws it.</summary>
    /// <param name="id">A word that no other picture of the page has.</param>
    /// <param name="name">What was measured.</param>
    /// <param name="style">Class of the line.</param>
    /// <param name="drills">The drills, the oldest first; at least one.</param>
    /// <param name="measured">What each measured.</param>
    /// <param name="objective">What each was held against.</param>
    public static PictureBlock Draw(string id, string name, string style, IReadOnlyList<DrillFigures> drills, Func<DrillFigures, TimeSpan?> measured, Func<DrillFigures, TimeSpan> objective)
    {
        var values = drills.SelectMany(d => new[] { measured(d), objective(d) }).OfType<TimeSpan>().Where(t => t > TimeSpan.Zero).ToList();
        var (low, high) = (Math.Log10(Math.Max(0.1, values.Min().TotalSeconds)) - 0.3, Math.Log10(Math.Max(1, values.Max().TotalSeconds)) + 0.3);
        double Y(TimeSpan value) => Top + ((Height - Top - Bottom) * (1 - Math.Clamp((Math.Log10(Math.Max(0.05, value.TotalSeconds)) - low) / (high - low), 0, 1)));
        double X(int i) => drills.Count == 1 ? Left + ((Width - Left - Right) / 2) : Left + 14 + ((Width - Left - Right - 28) * i / (drills.Count - 1));

        var missed = drills.Count(d => measured(d) is not { } m || m > objective(d));
        var description = $"{name} of {Figures.Count(drills.Count, "drill")}; {(missed == 0 ? "the objective was met in all of them" : $"the objective was not met in {missed}")}.";
        var svg = new SvgCanvas(Width, Height, id, description);
        foreach (var mark in Marks.Where(m => Math.Log10(m.TotalSeconds) >= low && Math.Log10(m.TotalSeconds) <= high))
        {
            svg.Line(Left, Y(mark), Width - Right, Y(mark), "axis");
            svg.Text(Left - 8, Y(mark) + 4, TimeAxis.Label(mark), "soft", "end");
        }

        DrawObjective(svg, drills, objective, X, Y);
        var points = drills.Select((d, i) => (Drill: d, X: X(i), Value: measured(d))).ToList();
        var line = string.Join(" ", points.Where(p => p.Value is not null).Select(p => FormattableString.Invariant($"{p.X:0.#},{Y(p.Value!.Value):0.#}")));
        svg.Add($"<polyline class=\"series {style}\" points=\"{line}\"/>");
        foreach (var (drill, x, value) in points)
        {
            var tip = HtmlText.Escape($"{drill.Service}, {Words.Minute(drill.Started)}: {(value is { } v ? Figures.Duration(v) : "not measured")}");
            var isGood = value is { } m && m <= objective(drill);
            svg.Add(value is { } shown
                ? (FormattableString)$"<circle class=\"{(isGood ? style : "bad")}\" cx=\"{x:0.#}\" cy=\"{Y(shown):0.#}\" r=\"4.5\"><title>{tip}</title></circle>"
                : $"<path class=\"series\" stroke=\"var(--bad)\" d=\"M{x - 5:0.#} {Height - Bottom - 12:0.#}l10 10m0 -10l-10 10\"><title>{tip}</title></path>");
        }

        if (points[^1] is { Value: { } last } end)
        {
            svg.Text(end.X + 10, Y(last) + 4, Figures.Duration(last), last <= objective(drills[^1]) ? "strong" : "bad");
        }

        DrawDates(svg, drills, X);
        List<PageKey> legend = [new(style, name.ToLowerInvariant()), new("bad", "objective; not met where a point is of this colour")];
        if (points.Exists(p => p.Value is null))
        {
            legend.Add(new PageKey("bad", "×: nothing was measured, as the drill did not get that far"));
        }

        return new PictureBlock(svg.ToString(), description, legend);
    }

    private static void DrawObjective(SvgCanvas svg, IReadOnlyList<DrillFigures> drills, Func<DrillFigures, TimeSpan> objective, Func<int, double> x, Func<TimeSpan, double> y)
    {
        for (var i = 0; i < drills.Count; i++)
        {
            var from = i == 0 ? Left : (x(i - 1) + x(i)) / 2;
            var to = i == drills.Count - 1 ? Width - Right : (x(i) + x(i + 1)) / 2;
            svg.Line(from, y(objective(drills[i])), to, y(objective(drills[i])), "limit");
        }

        svg.Text(Width - Right + 8, y(objective(drills[^1])) + 4, $"objective {Figures.Duration(objective(drills[^1]))}", "bad");
    }

    private static void DrawDates(SvgCanvas svg, IReadOnlyList<DrillFigures> drills, Func<int, double> x)
    {
        var last = double.MinValue;
        for (var i = 0; i < drills.Count; i++)
        {
            if (x(i) - last >= 92)
            {
                svg.Text(x(i), Height - 10, drills[i].Started.UtcDateTime.ToString("d MMM yyyy", System.Globalization.CultureInfo.InvariantCulture), "soft", "middle");
                last = x(i);
            }
        }
    }
}
