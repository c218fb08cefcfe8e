using DrTools.Restore;

namespace DrTools.Cli.Output;

/// <summary>Tells what a restore would do.</summary>
internal static class RestorePlanLines
{
    private const int ReplacedShown = 20;

    public static string Counts(long files, long directories, long others) =>
        $"{Figures.Count(files, "file")}, {Figures.Count(directories, "folder")}" + (others == 0 ? string.Empty : $", {Figures.Count(others, "other entry", "other entries")}");

    public static void Write(TextWriter text, Palette palette, RestorePlan plan)
    {
        text.WriteLine($"{palette.Paint(plan.Backup.Id, Tone.Strong)}  {plan.Backup.Source}  of {Figures.LocalTime(plan.Backup.Started)}");
        text.WriteLine($"  target    {plan.Target}{(plan.Resumes ? " (carries on an interrupted restore)" : string.Empty)}");
        text.WriteLine($"  writes    {Counts(plan.Files, plan.Directories, plan.Others)}, {Figures.Bytes(plan.Bytes)}");
        text.WriteLine($"  space     {Figures.Bytes(plan.FreeBytes)} free{(plan.Fits ? string.Empty : palette.Paint(": too little", Tone.Bad))}");
        text.WriteLine($"  duration  {(plan.ExpectedDuration is { } duration ? "about " + Figures.Duration(duration) : "not known: this repository has no restores to tell by")}");
        text.WriteLine($"  replaces  {(plan.ReplacedCount == 0 ? "nothing" : Figures.Count(plan.ReplacedCount, "entry", "entries"))}");
        foreach (var path in plan.Replaced.Take(ReplacedShown))
        {
            text.WriteLine("              " + path);
        }

        if (plan.ReplacedCount > Math.Min(ReplacedShown, plan.Replaced.Count))
        {
            text.WriteLine($"              … and {plan.ReplacedCount - Math.Min(ReplacedShown, plan.Replaced.Count):N0} more");
        }

        foreach (var obstacle in plan.Obstacles)
        {
            text.WriteLine($"  {palette.Paint("obstacle", Tone.Bad)}  {obstacle}");
        }

        text.WriteLine("Nothing was changed.");
    }
}
