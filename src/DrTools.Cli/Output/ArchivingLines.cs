using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Connections;

namespace DrTools.Cli.Output;

/// <summary>Tells what setting up archiving changes or changed, and what proves that it works.</summary>
internal static class ArchivingLines
{
    public static void Write(TextWriter text, Palette palette, ServerAddress server, LogArchiveResult result, bool dryRun)
    {
        text.WriteLine(palette.Paint(server.SourceName, Tone.Strong));
        if (result.Changes.Count > 0)
        {
            var table = new TextTable("SETTING", "BEFORE", dryRun ? "WOULD BE" : "NOW");
            foreach (var change in result.Changes)
            {
                table.Add(
                    change.NeedsRestart ? new Cell(change.Name + " (restart)", Tone.Caution) : change.Name,
                    change.OldValue.Length == 0 ? "''" : change.OldValue.Length > 24 ? change.OldValue[..23] + "…" : change.OldValue,
                    change.NewValue.Length == 0 ? "''" : change.NewValue);
            }

            table.Write(text, palette);
        }
        else
        {
            text.WriteLine("  No setting has to be changed.");
        }

        if (result.Restart is { } restart)
        {
            text.WriteLine($"  The server was restarted; it did not answer for {Figures.Duration(restart.Downtime)}.");
        }

        if (result.Proof is { } proof)
        {
            text.WriteLine($"  {palette.Paint("proven", Tone.Good)}: the segment {proof.Segment} arrived {Figures.Duration(proof.Duration)} after it was ended.");
        }
        else if (dryRun)
        {
            text.WriteLine("Nothing was changed.");
        }
    }
}
