using DrTools.Drills;

namespace DrTools.Cli.Output;

/// <summary>Tells each step of a drill as it ends.</summary>
internal sealed class DrillStepLines(CommandOutput output) : IProgress<DrillProgress>
{
    private const int TitleWidth = 22;
    private const int DurationWidth = 9;

    public void Report(DrillProgress value)
    {
        if (value.Phase is not { } phase)
        {
            output.Step($"{value.Step.Title()} … {value.Source}");
            return;
        }

        output.Text(important: value.Failed.Count > 0, text => Write(text, output.Palette, phase, value.Failed.Count > 0));
    }

    /// <summary>A title that fits into its column.</summary>
    private static string Short(string title) => title.Length < TitleWidth ? title : title[..(TitleWidth - 2)] + "…";

    public static void Write(TextWriter text, Palette palette, DrillPhase phase, bool failed)
    {
        var mark = failed ? palette.Paint("✗", Tone.Bad) : palette.Paint("✓", Tone.Good);
        var lead = $"{Short(phase.Title),-TitleWidth}{Figures.Duration(phase.Duration),DurationWidth}  ";
        var details = TextWrap.Lines(phase.Detail, 96 - lead.Length);
        text.WriteLine($"{mark} {lead}{palette.Paint(details[0], Tone.Weak)}");
        foreach (var line in details.Skip(1))
        {
            text.WriteLine(new string(' ', lead.Length + 2) + palette.Paint(line, Tone.Weak));
        }
    }
}
