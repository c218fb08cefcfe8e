using DrTools.PostgreSql.Probing;

namespace DrTools.Cli.Output;

/// <summary>Tells where the boundary between good and bad is.</summary>
internal static class RestorePointLines
{
    public static void Write(TextWriter text, Palette palette, RestorePointResult result)
    {
        if (result.FirstBad is { } bad)
        {
            text.WriteLine($"{palette.Paint("last good", Tone.Good)}  {(result.LastGood is { } good ? good.ToString() : "the state that the search began with")}");
            text.WriteLine($"{palette.Paint("first bad", Tone.Bad)}  {bad}");
            text.WriteLine($"restore to {result.Target}: --target-lsn {result.Target.Lsn}{(result.Target.IsInclusive ? string.Empty : " --target-exclusive")} --timeline {result.Target.Timeline}");
        }
        else
        {
            text.WriteLine(palette.Paint("The probe held to the end: there is no bad write in the stretch that was searched.", Tone.Caution));
        }

        text.WriteLine($"  {Figures.Count(result.Commits, "commit")} searched with {Figures.Count(result.Probes.Count, "probe")} and {Figures.Count(result.Restores, "restore")} of {result.Backup?.Id} in {Figures.Duration(result.Duration)}");
    }
}
