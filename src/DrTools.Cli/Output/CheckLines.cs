using DrTools.Verification;

namespace DrTools.Cli.Output;

/// <summary>Tells what the check of a repository came to.</summary>
internal static class CheckLines
{
    public static void Write(TextWriter text, Palette palette, RepositoryCheckResult check)
    {
        var verdict = check.Passed ? palette.Paint("passed", Tone.Good) : palette.Paint("FAILED", Tone.Bad);
        text.WriteLine($"{check.Location}  {verdict}  repository check");
        text.WriteLine(
            $"  {Figures.Count(check.Backups, "backup")}, {Figures.Count(check.Packs, "pack")}, {Figures.Bytes(check.StoredBytes)}, {Figures.Count(check.JournalRecords, "journal record")}"
            + (check.Logs == 0 ? string.Empty : $", {Figures.Count(check.Logs, "log")} ({(check.ReadLogs == 0 ? "not read" : check.ReadLogs == check.Logs ? "all read" : $"{check.ReadLogs} read")})")
            + (check.OrphanedPacks == 0 ? string.Empty : $"; {Figures.Count(check.OrphanedPacks, "pack")} of no backup (expire removes them)"));
        FindingLines.Write(text, palette, check.Findings);
    }
}
