using DrTools.PostgreSql.Recovery;

namespace DrTools.Cli.Output;

/// <summary>Tells which moments of a cluster can be restored: as a picture of time, and each gap in words.</summary>
internal static class WindowLines
{
    private const int SegmentsShown = 3;

    public static void Write(TextWriter text, Palette palette, RecoveryWindow window)
    {
        text.WriteLine(palette.Paint(window.Source, Tone.Strong));
        if (window is not { Oldest: { } oldest, Newest: { } newest })
        {
            text.WriteLine(palette.Paint("  Nothing can be restored: no backup has the log that makes it consistent.", Tone.Bad));
        }
        else
        {
            new WindowTimeline(window).Write(text, palette);
            text.WriteLine($"  oldest  {Figures.LocalTime(oldest)}");
            text.WriteLine($"  newest  {Figures.LocalTime(newest)}, {Figures.Duration(window.NewestAge!.Value)} ago{(window.LogAge is { } age ? $"; the last log arrived {Figures.Duration(age)} ago" : string.Empty)}");
        }

        foreach (var branch in window.Timelines.Where(t => t.Parent is not null))
        {
            text.WriteLine($"  timeline {branch.Timeline} left timeline {branch.Parent} at {branch.LeftAt}{(branch.Reason is { Length: > 0 } reason ? $" ({reason})" : string.Empty)}{(branch.HasHistory ? string.Empty : palette.Paint("; its history file is missing", Tone.Bad))}");
        }

        foreach (var gap in window.Gaps)
        {
            var segments = string.Join(", ", gap.Segments.Take(SegmentsShown)) + (gap.Count > SegmentsShown ? $" … {gap.Last}" : string.Empty);
            text.WriteLine(palette.Paint($"  gap     {Figures.Count(gap.Count, "segment")} of timeline {gap.Timeline} missing: {segments}", Tone.Bad));
            text.WriteLine($"          {(gap.Since is { } since ? $"since {Figures.LocalTime(since)}" : "from the start of the log")}, {(gap.Until is { } until ? $"until {Figures.LocalTime(until)}" : "and no backup behind it yet")}");
            if (gap.BackupIds.Count > 0)
            {
                text.WriteLine($"          backups that lead no further: {string.Join(", ", gap.BackupIds)}");
            }
        }

        text.WriteLine();
    }
}
