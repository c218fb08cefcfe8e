using System.Globalization;
using System.Text;
using DrTools.Demo;

namespace DrTools.Reports;

/// <summary>The demo as a picture of time: what ran when, the last good moment, the disaster, the recovery, and the
/// span that was lost.</summary>
internal sealed class TimelineSvg(DemoResult result)
{
    private const double Width = 1030;
    private const double Left = 8;
    private const double Right = 8;
    private const double LaneHeight = 18;
    private const double CharacterWidth = 6.8;
    private const int Lanes = 3;
    private const double Track = (Lanes * LaneHeight) + 10;
    private const double TrackHeight = 30;
    private const double LostTop = Track + TrackHeight + 8;
    private const double AxisTop = LostTop + 34;

    private readonly StringBuilder _svg = new();
    private readonly double[] _laneEnds = new double[Lanes];

    private DateTimeOffset Start => result.Started;

    private TimeSpan Span => result.Finished - Start;

    /// <summary>Draws it.</summary>
    public string Draw()
    {
        Add($"<svg viewBox=\"0 0 {Width:0} {AxisTop + 32:0}\" role=\"img\" aria-labelledby=\"time-title\"><title id=\"time-title\">{HtmlText.Escape(Describe())}</title>");
        Add($"<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><line class=\"lost-line\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\"/></pattern></defs>");
        Add($"<rect class=\"track\" x=\"{Left}\" y=\"{Track}\" width=\"{Width - Left - Right}\" height=\"{TrackHeight}\" rx=\"4\"/>");
        foreach (var phase in result.Phases)
        {
            var (from, to) = (X(phase.Started), X(phase.Finished));
            Add($"<rect class=\"{ClassOf(phase.Step)}\" x=\"{from:0.#}\" y=\"{Track}\" width=\"{Math.Max(1.5, to - from):0.#}\" height=\"{TrackHeight}\"><title>{HtmlText.Escape($"{phase.Step.Title()}: {Figures.Duration(phase.Duration)}. {phase.Detail}")}</title></rect>");
        }

        DrawLostSpan();
        foreach (var (moment, label, style) in Events().OrderBy(e => e.Moment))
        {
            DrawEvent(moment, label, style);
        }

        DrawAxis();
        return _svg.Append("</svg>").ToString();
    }

    private static string ClassOf(DemoStep step) => step switch
    {
        DemoStep.FullBackup or DemoStep.IncrementalBackup or DemoStep.CreateRepository => "backup",
        DemoStep.Verify => "verify",
        DemoStep.Mistake or DemoStep.Disaster => "bad",
        DemoStep.FindPoint or DemoStep.RestoreTable => "recover",
        _ when step.IsRecovery() => "recover",
        _ => "idle",
    };

    private IEnumerable<(DateTimeOffset Moment, string Label, string Style)> Events()
    {
        foreach (var step in (DemoStep[])[DemoStep.FullBackup, DemoStep.IncrementalBackup])
        {
            if (result.Phases.FirstOrDefault(p => p.Step == step) is { } phase)
            {
                yield return (phase.Started, step.Title(), string.Empty);
            }
        }

        if (result.Mistake is { } mistake)
        {
            yield return (mistake.Happened, "Table dropped", "bad");
            if (mistake.Restored is { } back)
            {
                yield return (back, "Table back", "good");
            }
        }

        yield return (result.LastGood, "Last good moment", string.Empty);
        yield return (result.Disaster, "Disaster", "bad");
        if (result.Recovered is { } recovered)
        {
            yield return (recovered, "Recovered", "good");
        }
    }

    private void DrawLostSpan()
    {
        var (from, to) = (X(result.LastGood), X(result.Disaster));
        var label = $"lost: {Figures.Duration(result.MeasuredRpo)} of changes";
        var space = label.Length * CharacterWidth;
        Add($"<rect class=\"lost-fill\" x=\"{from:0.#}\" y=\"{LostTop}\" width=\"{to - from:0.#}\" height=\"22\"/><rect fill=\"url(#hatch)\" x=\"{from:0.#}\" y=\"{LostTop}\" width=\"{to - from:0.#}\" height=\"22\"/>");
        Add($"<path class=\"lost-line\" d=\"M{from:0.#} {Track} V{LostTop + 22} H{to:0.#} V{Track}\"/>");
        if (space < from - Left)
        {
            Add($"<text class=\"lost\" x=\"{from - 8:0.#}\" y=\"{LostTop + 16}\" text-anchor=\"end\">{label}</text>");
        }
        else
        {
            Add($"<text class=\"lost\" x=\"{to + 8:0.#}\" y=\"{LostTop + 16}\">{label}</text>");
        }
    }

    private void DrawEvent(DateTimeOffset moment, string label, string style)
    {
        var x = X(moment);
        var width = label.Length * CharacterWidth;
        var before = x + width > Width - Right;
        var from = before ? x - width - 6 : x;
        var lane = Array.FindIndex(_laneEnds, end => end <= from);
        lane = lane < 0 ? Array.IndexOf(_laneEnds, _laneEnds.Min()) : lane;
        _laneEnds[lane] = from + width + 14;
        var y = (lane * LaneHeight) + 13;
        Add($"<line class=\"event {style}\" x1=\"{x:0.#}\" y1=\"{y - 9:0.#}\" x2=\"{x:0.#}\" y2=\"{Track + TrackHeight}\"/>");
        Add($"<text class=\"{style}\" x=\"{(before ? x - 5 : x + 5):0.#}\" y=\"{y:0.#}\"{(before ? " text-anchor=\"end\"" : string.Empty)}>{HtmlText.Escape(label)}</text>");
    }

    private void DrawAxis()
    {
        Add($"<line class=\"axis\" x1=\"{Left}\" y1=\"{AxisTop}\" x2=\"{Width - Right}\" y2=\"{AxisTop}\"/>");
        var step = AxisStep.For(Span.TotalSeconds, 10);
        for (var at = 0.0; at <= Span.TotalSeconds; at += step)
        {
            var x = X(Start + TimeSpan.FromSeconds(at));
            var anchor = at == 0 ? "start" : x > Width - Right - 20 ? "end" : "middle";
            Add($"<line class=\"axis\" x1=\"{x:0.#}\" y1=\"{AxisTop}\" x2=\"{x:0.#}\" y2=\"{AxisTop + 5}\"/><text class=\"soft\" x=\"{x:0.#}\" y=\"{AxisTop + 20}\" text-anchor=\"{anchor}\">{at:0.###} s</text>");
        }
    }

    private string Describe() =>
        $"Last good moment {Figures.TimeOfDay(result.LastGood)}, disaster {Figures.TimeOfDay(result.Disaster)}, "
        + (result.Recovered is { } recovered ? $"recovered {Figures.TimeOfDay(recovered)}." : "not recovered.");

    private double X(DateTimeOffset moment) =>
        Left + ((Width - Left - Right) * Math.Clamp((moment - Start) / Span, 0, 1));

    private void Add(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
