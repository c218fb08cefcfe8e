using DrTools.Cli.CommandLine;
using DrTools.Drills;
using DrTools.Plans;

namespace DrTools.Cli.Output;

/// <summary>Tells what a drill came to, or what it would do.</summary>
internal static class DrillLines
{
    private const int Width = 96;

    public static void Write(TextWriter text, Palette palette, DrillResult result)
    {
        foreach (var check in result.Checks.Where(c => c.Outcome != DrillOutcome.Passed))
        {
            var (mark, tone) = check.IsInTheWay ? ("✗", Tone.Bad) : ("?", Tone.Caution);
            Lines(text, $"{palette.Paint(mark, tone)} ", $"{check.Name}{Of(result, check.Source)}: {check.Detail}");
        }

        foreach (var finding in result.Findings)
        {
            Lines(text, palette.Paint("! ", Tone.Caution), $"{finding.Problem}{Of(result, finding.Source)}");
            Lines(text, "  ", "→ " + finding.Remedy);
        }

        text.WriteLine(
            $"{(result.Passed ? palette.Paint("PASSED", Tone.Good) : palette.Paint("FAILED", Tone.Bad))}  {ScenarioOption.Word(result.Scenario)} of {result.Service}: {result.PassedChecks} of {Figures.Count(result.Checks.Count, "check")} passed, {result.FailedChecks} failed, {result.NotRunChecks} not run");
        Objective(text, palette, "RTO", result.MeasuredRto, result.Objectives.Rto, "from the event until every check had passed");
        Objective(text, palette, "RPO", result.MeasuredRpo, result.Objectives.Rpo, "what would have been lost at the moment of the event");
        foreach (var loss in result.Losses)
        {
            text.WriteLine($"  lost    {Figures.Count(loss.Lost)} of {Figures.Count(loss.Written)} {loss.Items} ({Figures.Duration(loss.Measured)}) in the stand-in of {loss.Source}");
        }

        foreach (var note in result.Notes.Where(n => n.Kind != DrillNoteKind.Remark))
        {
            Lines(text, "  note    ", $"{note.Kind.ToString().ToLowerInvariant()} at \"{note.Step}\": {(note.Who is null ? string.Empty : note.Who + ": ")}{note.Text}");
        }

        foreach (var backup in result.Backups)
        {
            text.WriteLine($"  backup  {backup.BackupId} in {backup.Repository}{(backup.BytesPerSecond is { } rate ? $", restored at {Figures.Bytes((long)rate)}/s" : string.Empty)}");
        }

        foreach (var limit in result.Limits)
        {
            Lines(text, "  note    ", limit);
        }

        text.WriteLine($"  drill   {result.Id}");
    }

    public static void Write(TextWriter text, Palette palette, DrillCourse course)
    {
        text.WriteLine(palette.Paint($"{ScenarioOption.Word(course.Scenario)} of {course.Service}, objectives {course.Objectives}", Tone.Strong));
        foreach (var (step, number) in course.Steps.Select((s, i) => (s, i + 1)))
        {
            if (step.Name is { } name)
            {
                text.WriteLine($"{number,3}  {name}  ({step.By}{(step.Expected is { } expected ? $", {PlanDuration.Format(expected)} expected" : string.Empty)})");
                foreach (var line in TextWrap.Lines(step.What, Width - 5))
                {
                    text.WriteLine("     " + palette.Paint(line, Tone.Weak));
                }

                continue;
            }

            Lines(text, $"{number,3}  {step.Step.Title(),-22}", step.What + (course.Backups.Count > 1 && step.Source is { } source ? $" ({source})" : string.Empty));
        }

        text.WriteLine(course.NeededBytes == 0 ? "  Nothing was done." : $"  Space: up to {Figures.Bytes(course.NeededBytes)} of {Figures.Bytes(course.FreeBytes)} in {course.WorkFolder}. Seed {course.Seed}. Nothing was done.");
        foreach (var obstacle in course.Obstacles)
        {
            Lines(text, palette.Paint("✗ ", Tone.Bad), obstacle.Problem);
            Lines(text, "  ", "→ " + obstacle.Remedy);
        }
    }

    public static void WriteSteps(TextWriter text, Palette palette, DrillResult result)
    {
        foreach (var phase in result.Phases)
        {
            DrillStepLines.Write(text, palette, phase, phase.Detail.StartsWith("failed: ", StringComparison.Ordinal));
        }
    }

    public static void WriteChecks(TextWriter text, Palette palette, DrillResult result)
    {
        foreach (var check in result.Checks.Where(c => c.Outcome == DrillOutcome.Passed))
        {
            Lines(text, palette.Paint("✓ ", Tone.Good), $"{check.Name}{Of(result, check.Source)}: {check.Detail}");
        }
    }

    public static void WriteTable(TextWriter text, Palette palette, IReadOnlyList<DrillResult> drills)
    {
        if (drills.Count == 0)
        {
            text.WriteLine("No drill has been held.");
            return;
        }

        var table = new TextTable("ID", "SERVICE", "SCENARIO", "OUTCOME", ">RTO", ">RPO", "PROBLEM");
        foreach (var drill in drills)
        {
            table.Add(
                drill.Id,
                drill.Service,
                ScenarioOption.Word(drill.Scenario),
                drill.Passed ? new Cell("passed", Tone.Good) : new Cell("FAILED", Tone.Bad),
                drill.MeasuredRto is { } rto ? new Cell(Figures.Duration(rto), rto > drill.Objectives.Rto ? Tone.Bad : Tone.Plain) : "–",
                drill.MeasuredRpo is { } rpo ? new Cell(Figures.Duration(rpo), rpo > drill.Objectives.Rpo ? Tone.Bad : Tone.Plain) : "–",
                drill.Checks.FirstOrDefault(c => c.IsInTheWay)?.Name);
        }

        table.Write(text, palette);
    }

    private static void Objective(TextWriter text, Palette palette, string name, TimeSpan? measured, TimeSpan objective, string meaning)
    {
        var figure = measured is { } value ? Figures.Duration(value) : "not measured";
        text.WriteLine($"  {name}     {palette.Paint($"{figure,-12}", measured <= objective ? Tone.Good : Tone.Bad)} objective {PlanDuration.Format(objective),-7} {palette.Paint(meaning, Tone.Weak)}");
    }

    /// <summary>Of which source something is said, where there are several.</summary>
    private static string Of(DrillResult result, string? source) => source is null || result.Backups.Count < 2 ? string.Empty : $" ({source})";

    private static void Lines(TextWriter text, string lead, string words)
    {
        var indent = lead.Length > 12 ? 27 : lead.StartsWith("  note", StringComparison.Ordinal) ? 10 : 2;
        var lines = TextWrap.Lines(words, Width - indent);
        text.WriteLine(lead + lines[0]);
        foreach (var line in lines.Skip(1))
        {
            text.WriteLine(new string(' ', indent) + line);
        }
    }
}
