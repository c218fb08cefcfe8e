using DrTools.PostgreSql.Logical;

namespace DrTools.Cli.Output;

/// <summary>Tells what the restore of a logical backup came to.</summary>
internal static class LogicalRestoreLines
{
    public static void Write(TextWriter text, Palette palette, LogicalRestoreResult result)
    {
        var verdict = result.Passed ? palette.Paint("restored", Tone.Good) : palette.Paint("RESTORED, AND NOT THE SAME", Tone.Bad);
        text.WriteLine($"{result.Backup.Id}  {verdict}  {result.Backup.Source}");
        text.WriteLine($"  into {result.Target}{(result.Created ? " (new)" : string.Empty)}");
        text.WriteLine($"  {Figures.Bytes(result.Bytes)} of dumps loaded in {Figures.Duration(result.Duration)}; {Figures.Count(result.Rows, "row")} in {Figures.Count(result.Tables, "table")} counted and compared");
        FindingLines.Write(text, palette, [.. result.Checks.Where(c => !c.Passed)]);
    }
}
