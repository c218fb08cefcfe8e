using DrTools.Plans;

namespace DrTools.Drills.Runbooks;

/// <summary>What a runbook did, and how that is judged.</summary>
internal sealed class RunbookRecord(TimeProvider time)
{
    public const string Script = "runbook";

    private readonly List<RunbookStep> _open = [];
    private readonly List<DrillPhase> _phases = [];
    private readonly List<DrillCheck> _checks = [];
    private readonly List<DrillNote> _notes = [];
    private readonly List<DrillFinding> _findings = [];
    private readonly List<RestoredBackup> _restored = [];
    private int _pausesPassedOver;
    private (DateTimeOffset Moment, long Start)? _event;
    private long? _firstRecovery;

    /// <summary>What was restored, in the order of time.</summary>
    public IReadOnlyList<RestoredBackup> Restored => _restored;

    public RunbookStep Begin(string name, DrillStep step, string? by, TimeSpan? expected)
    {
        var begun = new RunbookStep(name, step, by ?? Script, expected, time.GetUtcNow(), time.GetTimestamp(), End);
        if (step == DrillStep.Event)
        {
            _event ??= (begun.Started, begun.Start);
        }
        else if (step > DrillStep.Event)
        {
            _firstRecovery ??= begun.Start;
        }

        _open.Add(begun);
        return begun;
    }

    /// <summary>Judges everything at the end of the script.</summary>
    public DrillResult Conclude(DrillResult result, PlannedService service, RunbookFailure? failure)
    {
        var end = time.GetTimestamp();
        foreach (var step in _open.ToArray())
        {
            End(step, "it was not ended", new RunbookFailure("The script ended while the step was being done."));
        }

        if (failure is not null)
        {
            _checks.Add(new DrillCheck { Kind = DrillCheckKind.Course, Name = "The runbook comes to its end", Outcome = DrillOutcome.Failed, Detail = failure.Problem });
            if (!_findings.Any(f => f.Problem.Contains(failure.Problem, StringComparison.Ordinal)))
            {
                _findings.Add(new(null, failure.Problem, failure.Remedy ?? "Correct the runbook, or what it stumbled over, and hold the drill again.") { ErrorId = failure.ErrorId });
            }
        }
        else if (_phases.Count == 0)
        {
            _checks.Add(new DrillCheck { Kind = DrillCheckKind.Course, Name = "The runbook does something", Outcome = DrillOutcome.NotRun, Detail = $"it did no step ({RunbookText.StepCmdlet}), so that nothing was shown" });
        }

        var recovered = _phases.Count > 0 && !_checks.Any(c => c.IsInTheWay);
        var begin = _event?.Start ?? _firstRecovery;
        var rto = recovered && begin is { } from ? time.GetElapsedTime(from, end) : (TimeSpan?)null;
        var rpo = recovered ? MeasuredRpo(service) : null;
        Judge("Recovery time objective", rto, result.Objectives.Rto, begin is null ? "not measured: the runbook has no step of recovery" : null);
        Judge("Recovery point objective", rpo, result.Objectives.Rpo, recovered ? $"not measured: {WhyNoRpo(service)}" : null);
        // Arrays: PowerShell can index them, and not what a collection expression makes of a read-only list.
        return result with
        {
            Event = _event?.Moment,
            Phases = (DrillPhase[])[.. _phases],
            Notes = (DrillNote[])[.. _notes],
            Checks = (DrillCheck[])[.. _checks],
            Findings = (DrillFinding[])[.. _findings],
            MeasuredRto = rto,
            MeasuredRpo = rpo,
            Limits = Limits(begin is not null),
        };
    }

    private void End(RunbookStep step, string? detail, RunbookFailure? failure)
    {
        if (!_open.Remove(step))
        {
            return;
        }

        var duration = time.GetElapsedTime(step.Start);
        _checks.AddRange(step.Checks);
        _notes.AddRange(step.Notes);
        _restored.AddRange(step.Restored);
        _pausesPassedOver += step.PausesPassedOver;
        var bad = step.Checks.FirstOrDefault(c => c.IsInTheWay);
        var problem = failure?.Problem ?? (bad is null ? null : $"{bad.Name}: {bad.Detail}");
        _phases.Add(new DrillPhase { Step = step.Step, Name = step.Name, Started = step.Started, Duration = duration, By = step.By, Expected = step.Expected, Detail = problem is null ? detail ?? "done" : "failed: " + problem });
        _checks.Add(new DrillCheck { Kind = DrillCheckKind.Course, Name = step.Name, Outcome = problem is null ? DrillOutcome.Passed : DrillOutcome.Failed, Detail = problem ?? detail ?? "done", Duration = duration });
        if (problem is not null)
        {
            _findings.Add(new(null, $"{step.Name}: {problem}", failure?.Remedy ?? "See what the step found, and correct that.") { ErrorId = failure?.ErrorId });
        }

        _findings.AddRange(step.Notes.Where(n => n.Kind == DrillNoteKind.Question).Select(n => new DrillFinding(null, $"Open question at \"{n.Step}\": {n.Text}", "Find the answer, and write it into the plan.")));
        if (step.Expected is { } expected && duration > expected)
        {
            _findings.Add(new(null, $"{step.Name} took {Figures.Duration(duration)}; {PlanDuration.Format(expected)} were expected.", "Shorten the step, or expect more."));
        }
    }

    /// <summary>The largest loss of what was restored, if every source of the service was.</summary>
    private TimeSpan? MeasuredRpo(PlannedService service)
    {
        if (_event is not { } happened || service.Sources.Any(s => !_restored.Any(r => r.Backup.Source == s.Source)))
        {
            return null;
        }

        // A source may be restored more than once; what the last restore shows is what there is in the end.
        var lost = service.Sources.Max(s => happened.Moment - _restored.Last(r => r.Backup.Source == s.Source).Shows);
        return lost > TimeSpan.Zero ? lost : TimeSpan.Zero;
    }

    private string WhyNoRpo(PlannedService service) =>
        _event is null ? "the runbook has no step that is the event"
        : $"nothing was restored of {string.Join(", ", service.Sources.Where(s => !_restored.Any(r => r.Backup.Source == s.Source)).Select(s => s.Source))}";

    /// <summary>What a runbook is not about keeps it from nothing; what it did not come to does.</summary>
    private void Judge(string name, TimeSpan? measured, TimeSpan objective, string? whyNone)
    {
        _checks.Add(new DrillCheck
        {
            Kind = DrillCheckKind.Objective,
            Name = name,
            Outcome = measured is null ? DrillOutcome.NotRun : measured <= objective ? DrillOutcome.Passed : DrillOutcome.Failed,
            Detail = measured is { } value ? $"{Figures.Duration(value)}; objective {PlanDuration.Format(objective)}" : whyNone ?? "not measured: not every check before it passed",
            IsOptional = measured is null && whyNone is not null,
        });
        if (measured > objective)
        {
            _findings.Add(new(null, $"{name}: {Figures.Duration(measured.Value)} were measured; {PlanDuration.Format(objective)} are allowed.", name.Contains("time", StringComparison.Ordinal) ? "Shorten the longest step, or choose a strategy that keeps a copy ready." : "Take backups more often, keep a log, or see why the schedule was not kept."));
        }
    }

    private List<string> Limits(bool isTimed)
    {
        var limits = new List<string> { "A runbook shows what it does, and no more: whether that is enough is for people to judge." };
        if (_event is null && isTimed)
        {
            limits.Add("The runbook has no step that is the event: the recovery time was counted from its first step of recovery.");
        }

        if (_pausesPassedOver > 0)
        {
            limits.Add($"Nobody was there: {Figures.Count(_pausesPassedOver, "pause")} for people {(_pausesPassedOver == 1 ? "was" : "were")} passed over, and the time for people comes on top of the measured one.");
        }

        return limits;
    }
}
