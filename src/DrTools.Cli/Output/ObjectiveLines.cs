using DrTools.Plans;

namespace DrTools.Cli.Output;

/// <summary>Tells how services stand against their objectives.</summary>
internal static class ObjectiveLines
{
    private const int Width = 84;

    public static void Write(TextWriter text, Palette palette, IReadOnlyList<ObjectiveMeasurement> measured)
    {
        foreach (var m in measured)
        {
            text.WriteLine($"{palette.Paint(m.Service, Tone.Strong)}  {m.Objectives}");
            Line("lost now", Loss(m.Lost, m.Losses, l => l.Outcome), m.RpoMet, string.Empty);
            Line("with site", Loss(m.LostWithSite, m.Losses, l => l.OutcomeWithSite), m.RpoMetWithSite, string.Empty);
            var range = m is { TimeToBackLeast: { } least, TimeToBackMost: { } most } && least != most ? $" ({Figures.Duration(least)} to {Figures.Duration(most)})" : string.Empty;
            Line("back in", m.TimeToBack is { } time ? Figures.Duration(time) + range : "not known", m.RtoMet, $"{Figures.Count(m.Measurements, "measurement")}, {Figures.Count(m.NeverMeasured, "step")} never measured");
            if (m.Forecast.Count > 0)
            {
                var table = new TextTable("  STEP", ">EXPECTED", "RESTS ON");
                foreach (var step in m.Forecast)
                {
                    table.Add("  " + step.Name, step.Expected is { } expected ? Figures.Duration(expected) : "?", new Cell(step.Basis, step.Measurements == 0 ? Tone.Caution : Tone.Plain));
                }

                table.Write(text, palette);
            }

            Wrapped("  improve    ", m.Improvement);
            foreach (var note in m.Losses.SelectMany(l => l.Notes.Select(n => $"{l.Source}: {n}")))
            {
                Wrapped("  note       ", note);
            }

            text.WriteLine();
        }

        void Line(string label, string value, bool? met, string detail)
        {
            var (word, tone) = met switch { true => ("met", Tone.Good), false => ("NOT MET", Tone.Bad), _ => ("not known", Tone.Caution) };
            text.WriteLine($"  {label.PadRight(10)} {value.PadRight(24)} {palette.Paint(word, tone)}{(detail.Length > 0 ? "  " + detail : string.Empty)}");
        }

        void Wrapped(string label, string content)
        {
            foreach (var (line, i) in TextWrap.Lines(content, Width).Select((l, i) => (l, i)))
            {
                text.WriteLine((i == 0 ? label : new string(' ', label.Length)) + line);
            }
        }
    }

    private static string Loss(TimeSpan? lost, IReadOnlyList<SourceLoss> losses, Func<SourceLoss, LossOutcome> outcome) =>
        lost is { } time ? "at most " + Figures.Duration(time) : losses.Any(l => outcome(l) == LossOutcome.Everything) ? "everything" : "not known";
}
