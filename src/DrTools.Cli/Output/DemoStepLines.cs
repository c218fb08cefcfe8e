using DrTools.Demo;

namespace DrTools.Cli.Output;

/// <summary>Tells each step of the demo as it ends.</summary>
internal sealed class DemoStepLines(CommandOutput output) : IProgress<DemoProgress>
{
    private const int TitleWidth = 28;
    private const int DurationWidth = 9;

    public void Report(DemoProgress value)
    {
        if (value.Finished is not { } phase)
        {
            output.Step($"{value.Step.Title()} …");
            return;
        }

        var failed = value.Failures.Count > 0;
        output.Text(important: failed, text =>
        {
            var mark = failed ? output.Palette.Paint("✗", Tone.Bad) : output.Palette.Paint("✓", Tone.Good);
            var lead = $"{phase.Step.Title(),-TitleWidth}{Figures.Duration(phase.Duration),DurationWidth}  ";
            var details = TextWrap.Lines(phase.Detail, 96 - lead.Length);
            text.WriteLine($"{mark} {lead}{output.Palette.Paint(details[0], Tone.Weak)}");
            foreach (var line in details.Skip(1))
            {
                text.WriteLine(new string(' ', lead.Length + 2) + output.Palette.Paint(line, Tone.Weak));
            }
        });
    }
}
