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
            $"  {Readable.Count(check.Backups, "backup")}, {Readable.Count(check.Packs, "pack")}, {Readable.Size(check.StoredBytes)}, {Readable.Count(check.JournalRecords, "journal record")}"
            + (check.OrphanedPacks == 0 ? string.Empty : $"; {Readable.Count(check.OrphanedPacks, "pack")} of no backup (expire removes them)"));
        FindingLines.Write(text, palette, check.Findings);
    }
}
