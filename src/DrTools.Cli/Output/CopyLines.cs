using DrTools.Cli.Json;
using DrTools.Copies;

namespace DrTools.Cli.Output;

/// <summary>Tells what was copied, or would be.</summary>
internal static class CopyLines
{
    public static void Write(TextWriter text, Palette palette, CopyResult result)
    {
        // What was there before is counted below; of many backups it is almost all.
        foreach (var group in result.Backups.Where(b => b.Outcome != CopyOutcome.AlreadyThere).GroupBy(b => $"{b.Source} on {b.Host}"))
        {
            text.WriteLine(palette.Paint(group.Key, Tone.Strong));
            var table = new TextTable("BACKUP", "TYPE", "OUTCOME", ">PACKS", ">COPIED", ">STORED", "NOTES");
            foreach (var backup in group)
            {
                table.Add(
                    backup.BackupId,
                    Scalars.Word(backup.Type),
                    Outcome(backup.Outcome),
                    backup.Packs == 0 ? string.Empty : Figures.Count(backup.Packs),
                    backup.Packs == 0 ? string.Empty : Figures.Count(backup.CopiedPacks),
                    backup.StoredBytes == 0 ? string.Empty : Figures.Bytes(backup.StoredBytes),
                    backup.Outcome == CopyOutcome.Skipped ? backup.Problem : backup.IsPinned ? "pinned" : string.Empty);
            }

            table.Write(text, palette);
            foreach (var backup in group)
            {
                FindingLines.Write(text, palette, backup.Findings);
            }

            text.WriteLine();
        }

        var would = result.IsDryRun;
        var copied = result.Backups.Count(b => b.Outcome is CopyOutcome.Copied or CopyOutcome.ToCopy);
        text.WriteLine($"{(would ? "Would copy" : "Copied")} {Figures.Count(copied, "backup")} and {Figures.Count(result.Logs.Copied, "log")} to {result.TargetRepository}: {Figures.Bytes(result.StoredBytes)}{(would ? string.Empty : $" in {Figures.Duration(result.Duration)}")}; {Figures.Count(result.Backups.Count(b => b.Outcome == CopyOutcome.AlreadyThere), "backup")} and {Figures.Count(result.Logs.AlreadyThere, "log")} were there.");
        foreach (var line in TextWrap.Lines(result.Proves, 98).Where(_ => copied + result.Logs.Copied > 0))
        {
            text.WriteLine("  " + line);
        }
    }

    private static Cell Outcome(CopyOutcome outcome) => outcome switch
    {
        CopyOutcome.Copied => new Cell("copied", Tone.Good),
        CopyOutcome.ToCopy => "to copy",
        CopyOutcome.Skipped => new Cell("skipped", Tone.Weak),
        _ => new Cell("REFUSED", Tone.Bad),
    };
}
