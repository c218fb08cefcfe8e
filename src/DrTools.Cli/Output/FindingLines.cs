using DrTools.Sources;
using DrTools.Verification;

namespace DrTools.Cli.Output;

/// <summary>Tells what a verification or a check found, with the objects and the entries that suffer.</summary>
internal static class FindingLines
{
    private const int EntriesShown = 10;

    public static void Write(TextWriter text, Palette palette, IReadOnlyList<VerifyFinding> findings)
    {
        foreach (var finding in findings)
        {
            text.WriteLine($"  {palette.Paint(finding.Object, Tone.Bad)}: {finding.Problem}");
            if (finding.AffectedEntryCount == 0)
            {
                continue;
            }

            text.WriteLine($"    affects {Figures.Count(finding.AffectedEntryCount, "entry", "entries")}:");
            var shown = finding.AffectedEntries.Take(EntriesShown).ToList();
            foreach (var entry in shown)
            {
                text.WriteLine("      " + entry);
            }

            if (finding.AffectedEntryCount > shown.Count)
            {
                text.WriteLine($"      … and {Figures.Count(finding.AffectedEntryCount - shown.Count, "more", "more")}");
            }
        }
    }

    public static void Write(TextWriter text, Palette palette, IReadOnlyList<SourceCheck> checks)
    {
        foreach (var check in checks)
        {
            var verdict = check.Passed ? palette.Paint("passed", Tone.Good) : check.Failed ? palette.Paint("FAILED", Tone.Bad) : palette.Paint("not run", Tone.Caution);
            text.WriteLine($"  {check.Name}: {verdict}, {check.Detail} ({Figures.Duration(check.Duration)})");
        }
    }
}
