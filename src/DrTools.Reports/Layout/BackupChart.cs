using System.Globalization;
using DrTools.Reports.Pages;

namespace DrTools.Reports.Layout;

/// <summary>The backups of a source over a time: how many were taken, failed and were missed in each hour or day, and the size of what
/// is protected as a line.</summary>
internal static class BackupChart
{
    private const double Width = 1030;
    private const double Height = 170;
    private const double Left = 64;
    private const double Right = 84;
    private const double Top = 14;
    private const double Bottom = 30;

    /// <summary>Draws it.</summary>
    public static PictureBlock Draw(string id, SourceFigures source, ReportBasis basis)
    {
        var slots = source.Slots;
        var highest = Math.Max(1, slots.Max(s => s.Taken + s.Failed + s.Missed));
        var largest = Math.Max(1, slots.Max(s => s.Bytes ?? 0));
        double X(double i) => Left + ((Width - Left - Right) * i / slots.Count);
        double Y(double share) => Top + ((Height - Top - Bottom) * (1 - share));

        var description = $"Backups of {source.Source}: {source.Taken} taken, {source.Failed} failed, {source.Missed.Sum(m => m.Count)} missed.";
        var svg = new SvgCanvas(Width, Height, id, description);
        var step = Math.Max(1, AxisStep.For(highest, 4));
        for (var at = 0.0; at <= highest; at += step)
        {
            svg.Line(Left, Y(at / highest), Width - Right, Y(at / highest), "axis");
            svg.Text(Left - 8, Y(at / highest) + 4, at.ToString("0", CultureInfo.InvariantCulture), "soft", "end");
        }

        var width = Math.Min(46, (X(1) - X(0)) * 0.72);
        for (var i = 0; i < slots.Count; i++)
        {
            DrawSlot(svg, slots[i], X(i + 0.5) - (width / 2), width, highest, Y, basis);
        }

        DrawSize(svg, slots, largest, X, Y);
        DrawTimes(svg, slots, X, basis);
        return new PictureBlock(svg.ToString(), description, [new("backup", "taken"), new("bad", "failed"), new("warn", "missed"), new("lost", "size of what is protected (right)")]);
    }

    private static void DrawSlot(SvgCanvas svg, BackupSlot slot, double x, double width, int highest, Func<double, double> y, ReportBasis basis)
    {
        var tip = $"{Name(slot.From, basis)}: {slot.Taken} taken, {slot.Failed} failed, {slot.Missed} missed; {Figures.Bytes(slot.StoredBytes)} stored";
        var at = 0;
        foreach (var (count, style) in new[] { (slot.Taken, "backup"), (slot.Failed, "bad"), (slot.Missed, "warn") })
        {
            if (count > 0)
            {
                svg.Bar(x, y((double)(at + count) / highest), width, y((double)at / highest) - y((double)(at + count) / highest), style, tip);
                at += count;
            }
        }
    }

    private static void DrawSize(SvgCanvas svg, IReadOnlyList<BackupSlot> slots, long largest, Func<double, double> x, Func<double, double> y)
    {
        var points = slots.Select((s, i) => (X: x(i + 0.5), s.Bytes)).Where(p => p.Bytes is not null).ToList();
        if (points.Count == 0)
        {
            return;
        }

        // A little below the top, so that the line and the bars can be told apart.
        double Height(long bytes) => y(0.92 * bytes / largest);
        var line = string.Join(" ", points.Select(p => FormattableString.Invariant($"{p.X:0.#},{Height(p.Bytes!.Value):0.#}")));
        svg.Add($"<polyline class=\"series lost\" points=\"{line}\"/>");
        if (points.Count == 1)
        {
            svg.Add($"<circle class=\"lost\" cx=\"{points[0].X:0.#}\" cy=\"{Height(points[0].Bytes!.Value):0.#}\" r=\"3.5\"/>");
        }

        svg.Text(Width - Right + 8, Height(points[^1].Bytes!.Value) + 4, Figures.Bytes(points[^1].Bytes!.Value), "lost");
    }

    private static void DrawTimes(SvgCanvas svg, IReadOnlyList<BackupSlot> slots, Func<double, double> x, ReportBasis basis)
    {
        var last = double.MinValue;
        for (var i = 0; i < slots.Count; i++)
        {
            if (x(i + 0.5) - last >= 70)
            {
                svg.Text(x(i + 0.5), Height - 8, Name(slots[i].From, basis), "soft", "middle");
                last = x(i + 0.5);
            }
        }
    }

    private static string Name(DateTimeOffset from, ReportBasis basis) => basis.To - basis.From <= TimeSpan.FromDays(2)
        ? from.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture)
        : ReportPeriod.DayOf(from, basis.Zone).ToString("ddd d MMM", CultureInfo.InvariantCulture);
}
