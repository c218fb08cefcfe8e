using DrTools.Backup;
using DrTools.Cli.Json;

namespace DrTools.Cli.Output;

/// <summary>Tells what a backup that was just taken came to.</summary>
internal static class TakenBackupLines
{
    public static void Write(TextWriter text, BackupInfo backup)
    {
        text.WriteLine($"  {Scalars.Word(backup.Type)} in {Figures.Duration(backup.Duration)}: {Figures.Count(backup.Files, "file")} in {Figures.Count(backup.Directories, "folder")}, {Figures.Bytes(backup.SourceBytes)}");
        text.WriteLine($"  {Figures.Count(backup.FilesRead, "file")} read, {Figures.Bytes(backup.NewBytes)} new, {Figures.Bytes(backup.StoredBytes)} stored in {Figures.Count(backup.StoredObjects, "object")}");
        if (backup.Traffic is { } traffic)
        {
            text.WriteLine($"  {Figures.Count(traffic.Puts, "put")}, {Figures.Count(traffic.Gets, "get")}, {Figures.Count(traffic.Lists, "list")}, {Figures.Count(traffic.Deletes, "delete")}{(traffic.Retries == 0 ? string.Empty : $", of which {Figures.Count(traffic.Retries, "retry", "retries")}")}: {Figures.Bytes(traffic.BytesUp)} up, {Figures.Bytes(traffic.BytesDown)} down");
        }

        foreach (var table in backup.Facts.Tables)
        {
            text.WriteLine($"  {table.Table}: {Figures.Count(table.Rows, "row")}");
        }
    }

    public static void WriteNotes(TextWriter text, IReadOnlyList<string> notes)
    {
        foreach (var line in notes.SelectMany(note => TextWrap.Lines("note: " + note, 98)))
        {
            text.WriteLine("  " + line);
        }
    }

    public static void WarnOfSigns(CommandOutput output, BackupInfo backup)
    {
        foreach (var sign in backup.Unusual ?? [])
        {
            output.Warn($"Unusual: {sign}");
        }

        if (backup.Unusual is not null)
        {
            output.Warn($"This may be ransomware, or a mistake: look at {backup.Source} before older backups expire, and pin the last good one (drtools pin).");
        }
    }
}
