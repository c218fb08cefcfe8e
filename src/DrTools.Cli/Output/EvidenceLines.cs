using DrTools.Reports;

namespace DrTools.Cli.Output;

/// <summary>Tells what the check of evidence came to.</summary>
internal static class EvidenceLines
{
    public static void Write(TextWriter text, Palette palette, EvidenceResult result)
    {
        foreach (var check in result.Checks)
        {
            var (mark, tone) = check.Outcome switch { EvidenceOutcome.Passed => ("✓", Tone.Good), EvidenceOutcome.Failed => ("✗", Tone.Bad), _ => ("?", Tone.Caution) };
            text.WriteLine($"{palette.Paint(mark, tone)} {check.Name} of {check.Subject}: {check.Detail}");
            foreach (var finding in check.Findings)
            {
                text.WriteLine($"    {palette.Paint(finding, Tone.Bad)}");
            }
        }

        var about = result.Report is null ? string.Empty : $"  {result.Report} ({result.Subject}, made {Figures.Moment(result.Made!.Value)})";
        text.WriteLine($"{(result.Passed ? palette.Paint("GENUINE", Tone.Good) : palette.Paint("NOT PROVEN", Tone.Bad))}{about}");
    }
}
