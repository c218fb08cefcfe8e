using DrTools.Plans;

namespace DrTools.Cli.Output;

/// <summary>Tells what the test of a plan found.</summary>
internal static class PlanTestLines
{
    private const int Width = 96;

    public static void Write(TextWriter text, Palette palette, PlanTestResult result)
    {
        foreach (var problem in result.Problems)
        {
            Write(text, palette, palette.Paint("✗", Tone.Bad), problem.ToString(), problem.Remedy);
        }

        foreach (var group in result.Findings.GroupBy(f => f.Service))
        {
            text.WriteLine(palette.Paint(group.Key ?? "Repositories", Tone.Strong));
            foreach (var finding in group)
            {
                var (mark, tone) = finding.Severity switch
                {
                    PlanFindingSeverity.Passed => ("✓", Tone.Good),
                    PlanFindingSeverity.Information => ("·", Tone.Weak),
                    PlanFindingSeverity.NotChecked => ("?", Tone.Caution),
                    PlanFindingSeverity.Warning => ("!", Tone.Caution),
                    _ => ("✗", Tone.Bad),
                };
                Write(text, palette, palette.Paint(mark, tone), $"{finding.Subject}, {finding.Check}: {finding.Message}", finding.Remedy);
            }
        }

        text.WriteLine(Verdict(palette, result));
    }

    private static string Verdict(Palette palette, PlanTestResult result) => result switch
    {
        { Problems.Count: > 0 } => $"{palette.Paint("FAILED", Tone.Bad)}  {Figures.Count(result.Problems.Count, "problem")} in {result.File}",
        { ComparedWithReality: false } => $"{palette.Paint("passed", Tone.Good)}  {result.File} makes sense; it was not compared with reality",
        _ => $"{(result.Passed ? palette.Paint("passed", Tone.Good) : palette.Paint("FAILED", Tone.Bad))}  {Figures.Count(result.Errors, "error")}, {Figures.Count(result.Warnings, "warning")}, {result.NotChecked} not checked, in {Figures.Duration(result.Duration)}",
    };

    private static void Write(TextWriter text, Palette palette, string mark, string message, string? remedy)
    {
        var lines = TextWrap.Lines(message, Width);
        text.WriteLine($"{mark} {lines[0]}");
        foreach (var line in lines.Skip(1).Concat(remedy is null ? [] : TextWrap.Lines("→ " + remedy, Width)))
        {
            text.WriteLine("  " + line);
        }
    }
}
