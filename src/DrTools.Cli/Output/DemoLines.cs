using DrTools.Demo;


namespace DrTools.Cli.Output;

/// <summary>Tells what the demo came to: the measured figures against the objectives, the loss, the checks that
/// failed.</summary>
internal static class DemoLines
{
    public static void Write(TextWriter text, Palette palette, DemoResult result)
    {
        foreach (var check in result.Checks.Where(c => !c.Passed))
        {
            text.WriteLine(palette.Paint($"✗ {check.Step.Title()}: {check.Name}", Tone.Bad));
            foreach (var line in TextWrap.Lines(check.Detail, 96))
            {
                text.WriteLine("    " + line);
            }
        }

        var passed = result.Checks.Count(c => c.Passed);
        text.WriteLine(
            (result.Passed ? palette.Paint("PASSED", Tone.Good) : palette.Paint("FAILED", Tone.Bad))
            + $"  {passed} of {Figures.Count(result.Checks.Count, "check")} passed");
        Objective(text, palette, "RTO", result.MeasuredRto, result.Objectives.Rto, result.MeetsRto, "from the disaster to the checked recovery");
        Objective(text, palette, "RPO", result.MeasuredRpo, result.Objectives.Rpo, result.MeetsRpo, "from the last good moment to the disaster");
        if (result.Mistake is { } mistake)
        {
            text.WriteLine($"  table   {(mistake.Missing is { } missing ? $"{mistake.Table} back after {Figures.Duration(missing)}, {Figures.Count(mistake.RestoredRows)} of {Figures.Count(mistake.Rows, "row")}" : $"{mistake.Table} was not brought back")}; {Figures.Count(mistake.Refused, "order")} refused meanwhile");
        }

        foreach (var loss in result.Losses)
        {
            var span = loss is { FirstLost: { } first, LastLost: { } last } ? $", written {Figures.TimeOfDay(first)} – {Figures.TimeOfDay(last)} UTC" : string.Empty;
            text.WriteLine($"  lost    {Figures.Count(loss.Lost)} of {Figures.Count(loss.Written)} {loss.Items}{span}");
        }

        text.WriteLine($"  report  {result.ReportPath}");
        if (result.Kept)
        {
            text.WriteLine($"  kept    {result.WorkFolder} (production, repository, passphrase)");
        }
    }

    private static void Objective(TextWriter text, Palette palette, string name, TimeSpan? measured, TimeSpan objective, bool met, string meaning)
    {
        var figure = measured is { } value ? Figures.Duration(value) : "not reached";
        text.WriteLine($"  {name}     {palette.Paint($"{figure,-8}", met ? Tone.Good : Tone.Bad)} objective {Figures.Duration(objective),-7} {palette.Paint(meaning, Tone.Weak)}");
    }
}
