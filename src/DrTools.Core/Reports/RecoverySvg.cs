using System.Globalization;
using System.Text;
using DrTools.Demo;

namespace DrTools.Reports;

/// <summary>The phases of the recovery, one under the other, from the disaster on; with the objective where it is
/// near enough to be seen.</summary>
internal sealed class RecoverySvg(DemoResult result)
{
    private const double Width = 1030;
    private const double Left = 160;
    private const double Right = 130;
    private const double RowHeight = 30;
    private const double BarHeight = 18;

    /// <summary>An objective farther away than this many times the recovery would leave no room for the phases.</summary>
    private const double FarthestObjective = 2.5;

    private readonly StringBuilder _svg = new();

    /// <summary>Draws it.</summary>
    public string Draw()
    {
        var phases = result.Phases.Where(p => p.Step >= DemoStep.Disaster).ToList();
        var end = phases.Count == 0 ? TimeSpan.FromSeconds(1) : phases[^1].Finished - result.Disaster;
        var showsObjective = result.Objectives.Rto <= end * FarthestObjective;
        var scale = TimeSpan.FromTicks(Math.Max(1, showsObjective ? Math.Max(end.Ticks, result.Objectives.Rto.Ticks) : end.Ticks));
        double X(TimeSpan since) => Left + ((Width - Left - Right) * Math.Clamp(since / scale, 0, 1));

        var bottom = (phases.Count * RowHeight) + 4;
        Add($"<svg viewBox=\"0 0 {Width:0} {bottom + (showsObjective ? 44 : 26):0}\" role=\"img\" aria-labelledby=\"recovery-title\"><title id=\"recovery-title\">Phases of the recovery; the table of steps holds the same figures.</title>");
        var step = AxisStep.For(scale.TotalSeconds, 8);
        for (var at = 0.0; at <= scale.TotalSeconds; at += step)
        {
            var x = X(TimeSpan.FromSeconds(at));
            Add($"<line class=\"axis\" x1=\"{x:0.#}\" y1=\"0\" x2=\"{x:0.#}\" y2=\"{bottom}\"/><text class=\"soft\" x=\"{x:0.#}\" y=\"{bottom + 17}\" text-anchor=\"middle\">{at:0.###} s</text>");
        }

        for (var i = 0; i < phases.Count; i++)
        {
            DrawPhase(phases[i], i * RowHeight, X);
        }

        if (showsObjective)
        {
            var x = X(result.Objectives.Rto);
            Add($"<line class=\"limit\" x1=\"{x:0.#}\" y1=\"0\" x2=\"{x:0.#}\" y2=\"{bottom + 22}\"/><text class=\"bad\" x=\"{x:0.#}\" y=\"{bottom + 36}\" text-anchor=\"middle\">objective {Figures.Duration(result.Objectives.Rto)}</text>");
        }

        return _svg.Append("</svg>").ToString();
    }

    private void DrawPhase(DemoPhase phase, double top, Func<TimeSpan, double> x)
    {
        var (from, to) = (x(phase.Started - result.Disaster), x(phase.Finished - result.Disaster));
        var failed = result.Checks.Any(c => c.Step == phase.Step && !c.Passed);
        var style = phase.Step == DemoStep.Disaster || failed ? "bad" : "recover";
        Add($"<text x=\"0\" y=\"{top + 19}\">{HtmlText.Escape(phase.Step.Title())}</text>");
        Add($"<rect class=\"{style}\" x=\"{from:0.#}\" y=\"{top + 6}\" width=\"{Math.Max(2, to - from):0.#}\" height=\"{BarHeight}\" rx=\"2\"><title>{HtmlText.Escape(phase.Detail)}</title></rect>");
        Add($"<text class=\"{(failed ? "bad" : "strong")}\" x=\"{Math.Max(from + 2, to) + 7:0.#}\" y=\"{top + 19}\">{Figures.Duration(phase.Duration)}{(failed ? " – failed" : string.Empty)}</text>");
    }

    private void Add(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
