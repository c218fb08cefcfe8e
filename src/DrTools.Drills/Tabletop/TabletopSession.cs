using DrTools.Plans;

namespace DrTools.Drills.Tabletop;

/// <summary>One tabletop, step by step.</summary>
internal sealed class TabletopSession(IDrillRoom room, TimeProvider time)
{
    private readonly Talk _talk = new(room, time);
    private readonly List<DrillPhase> _phases = [];
    private readonly List<DrillNote> _notes = [];
    private readonly List<DrillCheck> _checks = [];
    private readonly List<DrillFinding> _findings = [];

    public DrillResult Hold(DrillResult result, IReadOnlyList<TabletopStep> steps, PlannedService service, CancellationToken cancellationToken)
    {
        room.Show($"Tabletop of {result.Service}: {Figures.Count(steps.Count, "step")}. Nothing is run. {Talk.Legend}");
        DateTimeOffset? happened = null;
        foreach (var (step, number) in steps.Select((s, i) => (s, i + 1)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (step.Step == DrillStep.Event)
            {
                happened = time.GetUtcNow();
            }

            GoThrough(step, $"{number}/{steps.Count}", cancellationToken);
        }

        Compare(result.Objectives, service);
        // Arrays: PowerShell can index them, and not what a collection expression makes of a read-only list.
        return result with
        {
            Finished = time.GetUtcNow(),
            Event = happened,
            Phases = (DrillPhase[])[.. _phases],
            Notes = (DrillNote[])[.. _notes],
            Checks = (DrillCheck[])[.. _checks],
            Findings = (DrillFinding[])[.. _findings],
            Limits = ["It was talked through and nothing was run: recovery time and recovery point were not measured, and no backup was tried."],
        };
    }

    private void GoThrough(TabletopStep step, string number, CancellationToken cancellationToken)
    {
        var (started, start) = (time.GetUtcNow(), time.GetTimestamp());
        if (!_talk.IsOver)
        {
            room.Show(string.Empty);
            room.Show($"[{Figures.TimeOfDay(started)} UTC] {number}  {step.Name}  ({step.Role}{(step.Expected is { } expected ? $", {PlanDuration.Format(expected)} expected" : string.Empty)})");
            foreach (var line in step.What.Concat(step.Questions))
            {
                room.Show("  " + line);
            }
        }

        var notes = _talk.About(step.Name, cancellationToken);
        var duration = time.GetElapsedTime(start);
        _notes.AddRange(notes);
        var check = step.IsCriterion ? Criterion(step, notes) : Course(step, notes);
        _checks.Add(check with { Duration = duration });
        _phases.Add(new DrillPhase { Step = step.Step, Name = step.Name, Started = started, Duration = duration, By = step.Role, Expected = step.Expected, Detail = check.Outcome == DrillOutcome.Failed ? "failed: " + check.Detail : Counts(notes) });
        _findings.AddRange(notes.Select(Finding).OfType<DrillFinding>());
    }

    private static DrillCheck Course(TabletopStep step, IReadOnlyList<DrillNote> notes)
    {
        var problems = notes.Where(n => n.Kind == DrillNoteKind.Problem).ToList();
        return new()
        {
            Kind = DrillCheckKind.Course,
            Name = step.Name,
            Outcome = problems.Count > 0 ? DrillOutcome.Failed : notes.Count > 0 ? DrillOutcome.Passed : DrillOutcome.NotRun,
            Detail = problems.Count > 0 ? string.Join("; ", problems.Select(p => p.Text)) : notes.Count > 0 ? Counts(notes) : "nobody said anything about it",
        };
    }

    private static DrillCheck Criterion(TabletopStep step, IReadOnlyList<DrillNote> notes)
    {
        bool? holds = notes.Select(n => Answer(n.Text)).FirstOrDefault(a => a is not null);
        if (notes.Any(n => n.Kind == DrillNoteKind.Problem))
        {
            holds = false;
        }

        return new()
        {
            Kind = DrillCheckKind.Criterion,
            Name = step.Name,
            Outcome = holds switch { true => DrillOutcome.Passed, false => DrillOutcome.Failed, _ => DrillOutcome.NotRun },
            Detail = holds is null ? "nobody said yes or no" : string.Join("; ", notes.Select(n => n.Who is null ? n.Text : $"{n.Who}: {n.Text}")),
        };
    }

    private static bool? Answer(string text) => text.Split([' ', ',', '.', ';', ':'], 2)[0].ToLowerInvariant() switch
    {
        "yes" or "y" => true,
        "no" or "n" => false,
        _ => null,
    };

    private static DrillFinding? Finding(DrillNote note) => note.Kind switch
    {
        DrillNoteKind.Problem => new(null, $"{note.Step}: {note.Text}", "Change the plan or the procedure so that it works, and talk it through again."),
        DrillNoteKind.Question => new(null, $"Open question at \"{note.Step}\": {note.Text}", "Find the answer, and write it into the plan."),
        _ => null,
    };

    private static string Counts(IReadOnlyList<DrillNote> notes) => notes.Count == 0
        ? "nobody said anything"
        : string.Join(", ", notes.GroupBy(n => n.Kind).OrderBy(g => g.Key).Select(g => Figures.Count(g.Count(), g.Key.ToString().ToLowerInvariant())));

    /// <summary>The plan's own figures against its objective: nothing is measured by that, but a contradiction shows.</summary>
    private void Compare(Objectives objectives, PlannedService service)
    {
        var expected = new TimeSpan(service.Failover.Sum(s => s.Expected?.Ticks ?? 0));
        if (expected > objectives.Rto)
        {
            _findings.Add(new(null, $"The failover steps alone are expected to take {PlanDuration.Format(expected)}; {PlanDuration.Format(objectives.Rto)} are allowed.", "Shorten or overlap steps, or agree on another objective."));
        }
    }
}
