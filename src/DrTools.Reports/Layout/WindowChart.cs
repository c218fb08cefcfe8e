using DrTools.Reports.Pages;

namespace DrTools.Reports.Layout;

/// <summary>Which moments can be restored: each backup that is kept, of each source, on one axis of time.</summary>
internal static class WindowChart
{
    private const double Width = 1030;
    private const double Left = 240;
    private const double Right = 90;
    private const double Row = 30;

    /// <summary>Draws it; nothing is drawn where nothing is kept.</summary>
    public static PictureBlock? Draw(IReadOnlyList<SourceFigures> sources, ReportBasis basis)
    {
        var kept = sources.Where(s => s.Kept is not null).ToList();
        if (kept.Count == 0)
        {
            return null;
        }

        var from = kept.Min(s => s.Kept!.Moments[0]);
        var span = basis.End - from is { Ticks: > 0 } length ? length : TimeSpan.FromSeconds(1);
        double X(DateTimeOffset moment) => Left + ((Width - Left - Right) * Math.Clamp((moment - from) / span, 0, 1));
        var bottom = (kept.Count * Row) + 4;
        var description = "Backups that can be restored: " + string.Join("; ", kept.Select(s => $"{s.Source}: {s.Kept!.Count}, from {Words.Minute(s.Kept.Oldest)} to {Words.Minute(s.Kept.Newest)} UTC")) + ".";
        var svg = new SvgCanvas(Width, bottom + 28, "window", description);
        var step = TimeAxis.StepFor(span, 7);
        for (var back = TimeSpan.Zero; back <= span; back += step)
        {
            var x = X(basis.End - back);
            svg.Line(x, 0, x, bottom, "axis");
            svg.Text(x, bottom + 17, back == TimeSpan.Zero ? "end" : $"−{TimeAxis.Label(back)}", "soft", "middle");
        }

        for (var i = 0; i < kept.Count; i++)
        {
            var (window, top) = (kept[i].Kept!, i * Row);
            svg.Text(0, top + 19, kept[i].Source.Length <= 34 ? kept[i].Source : "…" + kept[i].Source[^33..]);
            svg.Bar(X(window.Moments[0]), top + 13, Math.Max(2, X(window.Newest) - X(window.Moments[0])), 4, "track");
            svg.Bar(X(window.Newest), top + 11, Math.Max(1, X(basis.End) - X(window.Newest)), 8, "lost-fill", $"not in any backup yet: {Figures.Duration(basis.End - window.Newest)}");
            var last = double.MinValue;
            foreach (var moment in window.Moments.Where(m => X(m) - last >= 1.5 || m == window.Newest))
            {
                svg.Bar(X(moment) - 1, top + 7, 2, 16, "backup", $"{Words.Minute(moment)} UTC");
                last = X(moment);
            }

            svg.Text(Width - Right + 10, top + 19, Figures.Count(window.Count, "backup"), "soft");
        }

        return new PictureBlock(svg.ToString(), description, [new("backup", "a backup that is kept"), new("lost", "since the newest one")]);
    }
}
