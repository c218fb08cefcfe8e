using DrTools.Reports;

namespace DrTools.Cli.Output;

/// <summary>Tells what a report comes to.</summary>
internal static class ReportLines
{
    private const int Width = 96;

    public static void Write(TextWriter text, Palette palette, Report report, string? file)
    {
        foreach (var finding in report.Figures.Findings)
        {
            var (mark, tone) = finding.Severity switch { FindingSeverity.Critical => ("✗ ", Tone.Bad), FindingSeverity.Warning => ("! ", Tone.Caution), _ => ("  ", Tone.Plain) };
            Lines(text, palette.Paint(mark, tone), finding.Problem);
            Lines(text, "  ", "→ " + finding.Remedy);
        }

        var totals = report.Figures.Totals;
        if (report.Figures.Drill is null)
        {
            text.WriteLine($"Backups: {totals.BackupsTaken} taken, {totals.BackupsFailed} failed, {totals.BackupsMissed} missed; {Figures.Bytes(totals.StoredBytes)} stored, {Figures.Bytes(totals.FreedBytes)} freed");
            text.WriteLine($"Proofs:  {Figures.Count(totals.VerificationsPassed, "verification")} passed, {totals.VerificationsFailed} did not; {Figures.Count(totals.RestoresSucceeded, "restore")} succeeded, {totals.RestoresFailed} failed");
            text.WriteLine($"Drills:  {totals.DrillsPassed} passed, {totals.DrillsFailed} failed");
        }
        else
        {
            DrillLines.Write(text, palette, report.Figures.Drill);
        }

        if (file is not null)
        {
            text.WriteLine($"Wrote {file}. To check it later: drtools evidence test {file}");
        }
    }

    private static void Lines(TextWriter text, string first, string content)
    {
        var lead = first;
        foreach (var line in TextWrap.Lines(content, Width - 2))
        {
            text.WriteLine(lead + line);
            lead = "  ";
        }
    }
}
