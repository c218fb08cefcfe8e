using DrTools.PostgreSql.Tables;

namespace DrTools.Cli.Output;

/// <summary>Tells which tables came back, with what, and what was left out.</summary>
internal static class TableRestoreLines
{
    public static void Write(TextWriter text, Palette palette, TableRestoreResult result)
    {
        text.WriteLine($"{palette.Paint(result.Database, Tone.Strong)} as of {result.Moment}, from {result.Backup.Id} of {result.Backup.Source}");
        if (result.Position is { } position)
        {
            text.WriteLine($"  log replayed to {position}{(result.LastCommit is { } commit ? $", last commit {Figures.Moment(commit)}" : string.Empty)}");
        }

        foreach (var table in result.Tables)
        {
            var present = table.PresentRows > 0 ? $", {Figures.Count(table.PresentRows)} were there" : string.Empty;
            text.WriteLine($"  {table.Table} {palette.Paint("→", Tone.Weak)} {palette.Paint(table.Target, Tone.Good)}  {Figures.Count(table.Rows, "row")}{present}");
            var made = new[] { (table.Constraints.Count, "constraint"), (table.Indexes.Count, "index"), (table.Sequences.Count, "sequence") }
                .Where(m => m.Item1 > 0)
                .Select(m => Figures.Count(m.Item1, m.Item2, m.Item2 == "index" ? "indexes" : null));
            text.WriteLine($"    {string.Join(", ", made.DefaultIfEmpty("no constraints, indexes or sequences"))}");
            foreach (var line in table.LeftOut.SelectMany(l => TextWrap.Lines($"left out: {l.What}: {l.Why}", 94)))
            {
                text.WriteLine("    " + palette.Paint(line, Tone.Caution));
            }
        }

        text.WriteLine($"  {Figures.Duration(result.Duration)}, {Figures.Duration(result.PreparationDuration)} of it to restore and recover the scratch instance");
    }
}
