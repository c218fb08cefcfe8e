using DrTools.Sources;

namespace DrTools.Cli.Output;

/// <summary>Tells what was found of a source, with remedies.</summary>
internal static class DiagnosisLines
{
    private const int Width = 96;

    public static void Write(TextWriter text, Palette palette, SourceDiagnosis diagnosis)
    {
        var verdict = diagnosis.Passed ? palette.Paint("ready for a backup", Tone.Good) : palette.Paint("NOT READY", Tone.Bad);
        text.WriteLine($"{palette.Paint(diagnosis.Source, Tone.Strong)}  {verdict}  {diagnosis.Engine}, checked in {Figures.Duration(diagnosis.Duration)}");
        Write(text, palette, diagnosis.Findings);
    }

    public static void Write(TextWriter text, Palette palette, IReadOnlyList<SourceFinding> findings)
    {
        foreach (var finding in findings)
        {
            var (mark, tone) = finding.Severity switch
            {
                FindingSeverity.Passed => ("✓", Tone.Good),
                FindingSeverity.Information => ("·", Tone.Weak),
                FindingSeverity.Warning => ("!", Tone.Caution),
                _ => ("✗", Tone.Bad),
            };
            var lines = TextWrap.Lines($"{finding.Check}: {finding.Message}", Width);
            text.WriteLine($"{palette.Paint(mark, tone)} {lines[0]}");
            foreach (var line in lines.Skip(1).Concat(finding.Remedy is null ? [] : TextWrap.Lines("→ " + finding.Remedy, Width)))
            {
                text.WriteLine("  " + line);
            }
        }
    }
}
