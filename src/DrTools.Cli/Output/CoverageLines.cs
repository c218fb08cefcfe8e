using DrTools.Drills.Coverage;

namespace DrTools.Cli.Output;

/// <summary>Tells which kept backups were restored, and when the others are to be.</summary>
internal static class CoverageLines
{
    public static void Write(TextWriter text, Palette palette, IReadOnlyList<DrillCoverage> coverages)
    {
        foreach (var coverage in coverages)
        {
            Write(text, palette, coverage);
            text.WriteLine();
        }
    }

    private static void Write(TextWriter text, Palette palette, DrillCoverage coverage)
    {
        text.WriteLine(
            $"{palette.Paint(coverage.Service, Tone.Strong)}  {palette.Paint($"{Figures.Count(coverage.Covered)} of {Figures.Count(coverage.Backups.Count, "kept backup")} tested within a year", coverage.Passed ? Tone.Good : Tone.Bad)}, {Figures.Count(coverage.NeverTested)} never, {Figures.Count(coverage.Failing)} failed when last tested");
        if (coverage.Backups.Count > 0)
        {
            var table = new TextTable("BACKUP", "REPOSITORY", "TESTED", "HOW", "DUE", "SOURCE");
            foreach (var backup in coverage.Backups)
            {
                table.Add(
                    backup.BackupId,
                    backup.Repository,
                    backup.Last is { } last ? new Cell(Day(last.Started), backup.IsCovered ? Tone.Good : Tone.Bad) : new Cell("never", Tone.Caution),
                    backup.Last is { } test ? $"{test.Kind.ToString().ToLowerInvariant()}{(test.Passed ? string.Empty : ", failed")}" : "–",
                    backup.Due <= coverage.Measured ? new Cell("now", Tone.Caution) : Day(backup.Due),
                    backup.Source);
            }

            table.Write(text, palette);
        }

        if (coverage.Interval is { } interval)
        {
            text.WriteLine($"  A drill with --least-tested every {Interval(interval)} tests as many as there are now within a year.");
        }

        foreach (var finding in coverage.Findings)
        {
            text.WriteLine($"{palette.Paint("! ", Tone.Caution)}{finding.Problem}");
            text.WriteLine($"  → {finding.Remedy}");
        }
    }

    private static string Day(DateTimeOffset moment) => moment.ToLocalTime().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Rounded down: whoever keeps to it is not late.</summary>
    private static string Interval(TimeSpan interval) =>
        interval >= TimeSpan.FromDays(1) ? Figures.Count((long)interval.TotalDays, "day") : Figures.Count(Math.Max(1, (long)interval.TotalHours), "hour");
}
