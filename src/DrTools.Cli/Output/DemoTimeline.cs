using System.Globalization;
using DrTools.Demo;


namespace DrTools.Cli.Output;

/// <summary>The demo as a picture of time: the backups, the last good moment, the disaster, the recovery, and what was
/// lost between them.</summary>
internal sealed class DemoTimeline(DemoResult result)
{
    private const int Width = 98;
    private const int Track = 4;
    private const int Lost = Track + 1;
    private const int Axis = Lost + 1;

    private readonly TextPicture _picture = new(Width, Axis + 1);

    public void Write(TextWriter text, Palette palette)
    {
        DrawTrack();
        DrawEvents([.. Events().OrderBy(e => e.Column)]);
        DrawLostSpan();
        DrawAxis();
        _picture.Write(text, palette);
    }

    private static (char Sign, Tone Tone) Look(DemoStep step) => step switch
    {
        DemoStep.FullBackup or DemoStep.IncrementalBackup => ('█', Tone.Strong),
        DemoStep.Verify => ('▒', Tone.Plain),
        DemoStep.FindPoint or DemoStep.RestoreTable => ('▓', Tone.Good),
        _ when step.IsRecovery() => ('▓', Tone.Good),
        _ => ('─', Tone.Weak),
    };

    private void DrawTrack()
    {
        foreach (var phase in result.Phases)
        {
            var (from, to) = (Column(phase.Started), Column(phase.Finished));
            var (sign, tone) = Look(phase.Step);
            _picture.Put(Track, from, new string(sign, Math.Max(1, to - from)), tone);
        }

        if (result.Mistake is { } mistake)
        {
            _picture.Put(Track, Column(mistake.Happened), "✖", Tone.Bad);
            if (mistake.Restored is { } back)
            {
                _picture.Put(Track, Column(back), "●", Tone.Good);
            }
        }

        _picture.Put(Track, Column(result.Disaster), "✖", Tone.Bad);
        if (result.Recovered is { } recovered)
        {
            _picture.Put(Track, Column(recovered), "●", Tone.Good);
        }
    }

    private IEnumerable<(int Column, string Label, Tone Tone)> Events()
    {
        foreach (var phase in result.Phases.Where(p => p.Step is DemoStep.FullBackup or DemoStep.IncrementalBackup))
        {
            yield return (Column(phase.Started), phase.Step == DemoStep.FullBackup ? "full" : "incremental", Tone.Plain);
        }

        if (result.Mistake is { } mistake)
        {
            yield return (Column(mistake.Happened), "table dropped", Tone.Bad);
            if (mistake.Restored is { } back)
            {
                yield return (Column(back), "table back", Tone.Good);
            }
        }

        yield return (Column(result.LastGood), "last good moment", Tone.Caution);
        yield return (Column(result.Disaster), "disaster", Tone.Bad);
        if (result.Recovered is { } recovered)
        {
            yield return (Column(recovered), "recovered", Tone.Good);
        }
    }

    /// <summary>Words in as few rows as they need, each beside a line down to its moment.</summary>
    private void DrawEvents(IReadOnlyList<(int Column, string Label, Tone Tone)> events)
    {
        var ends = new int[Track];
        var labels = new List<(int Lane, int Column, string Label, Tone Tone)>();
        foreach (var (column, label, tone) in events)
        {
            var before = column + label.Length + 2 > Width;
            var from = before ? column - label.Length - 1 : column + 2;
            var lane = Array.FindIndex(ends, end => end <= Math.Min(from, column));
            lane = lane < 0 ? Array.IndexOf(ends, ends.Min()) : lane;
            ends[lane] = Math.Max(from + label.Length, column) + 2;
            labels.Add((lane, from, label, tone));
        }

        var top = Track - 1 - labels.Max(l => l.Lane);
        for (var i = 0; i < events.Count; i++)
        {
            for (var row = top + labels[i].Lane; row < Track; row++)
            {
                _picture.Put(row, events[i].Column, "│", events[i].Tone);
            }
        }

        // Words last, so that no line runs through one.
        foreach (var (lane, column, label, tone) in labels)
        {
            _picture.Put(top + lane, column, label, tone);
        }

        _picture.SkipRows(top);
    }

    private void DrawLostSpan()
    {
        var (from, to) = (Column(result.LastGood), Column(result.Disaster));
        var label = $" lost: {Figures.Duration(result.MeasuredRpo)} ";
        var width = Math.Max(1, to - from + 1);
        _picture.Put(Lost, from, width < 2 ? "╵" : $"└{new string('╌', width - 2)}┘", Tone.Caution);
        _picture.Put(Lost, width > label.Length + 4 ? from + ((width - label.Length) / 2) : to + 1, label, Tone.Caution);
    }

    private void DrawAxis()
    {
        var seconds = (result.Finished - result.Started).TotalSeconds;
        var step = Math.Max(1, Math.Ceiling(seconds / 10));
        for (var at = 0.0; at <= seconds; at += step)
        {
            _picture.Put(Axis, Column(result.Started.AddSeconds(at)), string.Create(CultureInfo.InvariantCulture, $"{at:0} s"), Tone.Weak);
        }
    }

    private int Column(DateTimeOffset moment) => (int)Math.Round(
        (Width - 1) * Math.Clamp((moment - result.Started) / (result.Finished - result.Started), 0, 1));
}
