using DrTools.Drills.Failover;
using DrTools.Drills.Subjects;
using DrTools.Plans;

namespace DrTools.Drills;

/// <summary>What a drill came to: its figures against the objectives, and what it did not show.</summary>
internal sealed class DrillConclusion(DrillRequest request, PlannedService service, IReadOnlyList<PlannedSource> sources, TimeProvider time, DrillRecorder recorder)
{
    public DrillResult Conclude(DrillResult result, IReadOnlyList<(ChosenBackup Chosen, DrillSubject Subject)> subjects, DateTimeOffset? happened, TimeSpan? elapsed)
    {
        var recovered = elapsed is not null && !recorder.Checks.Any(c => c.IsInTheWay);
        var losses = happened is { } moment ? subjects.Where(s => s.Subject.IsAlive).Select(s => s.Subject.Measure(moment, s.Chosen.Newest.Started)).ToList() : [];
        var rpo = losses.Count == subjects.Count && losses.Count == sources.Count ? losses.Max(l => l.Span) : (TimeSpan?)null;
        var objectives = result.Objectives;
        if (recovered)
        {
            recorder.Check(DrillCheckKind.Objective, null, DrillRun.RtoObjective, elapsed <= objectives.Rto, $"recovered and checked in {Figures.Duration(elapsed!.Value)}; objective {PlanDuration.Format(objectives.Rto)}");
        }
        else
        {
            recorder.NotRun(DrillCheckKind.Objective, null, DrillRun.RtoObjective, "not measured: not every check before it passed");
        }

        if (rpo is { } lost)
        {
            var worst = losses.MaxBy(l => l.Span)!;
            recorder.Check(DrillCheckKind.Objective, null, DrillRun.RpoObjective, lost <= objectives.Rpo, $"{Figures.Duration(lost)} would be lost of {worst.Source}; objective {PlanDuration.Format(objectives.Rpo)}");
            if (lost > objectives.Rpo)
            {
                recorder.Find(worst.Source, $"The newest backup was {Figures.Duration(lost)} old when the event happened; {PlanDuration.Format(objectives.Rpo)} are allowed.", "Take backups more often, keep a log, or see why the schedule was not kept.", check: DrillRun.RpoObjective);
            }
        }
        else
        {
            recorder.NotRun(DrillCheckKind.Objective, null, DrillRun.RpoObjective, "not measured: not every source was recovered");
        }

        if (recovered && elapsed > objectives.Rto)
        {
            var longest = recorder.Phases.Where(p => p.IsRecovery).MaxBy(p => p.Duration)!;
            recorder.Find(longest.Source, $"The recovery took {Figures.Duration(elapsed!.Value)}; {PlanDuration.Format(objectives.Rto)} are allowed. The longest step was \"{longest.Step.Title()}\" with {Figures.Duration(longest.Duration)}.", "Shorten that step, or choose a strategy that keeps a copy ready.", check: DrillRun.RtoObjective);
        }

        FindWithoutRecoveryKey();
        if (service.Checks.Health.Count == 0)
        {
            recorder.Find(null, $"The plan names no health check of {service.Name}: that the application works again was not checked.", "Add 'checks: health' to the service.");
        }

        // Arrays: PowerShell can index them, and not what a collection expression makes of a read-only list.
        return result with
        {
            Finished = time.GetUtcNow(),
            Event = happened,
            Backups = (DrillBackup[])[.. subjects.Select(s => s.Chosen.Describe(s.Subject.RestoreDuration))],
            Phases = (DrillPhase[])[.. recorder.Phases],
            Checks = (DrillCheck[])[.. recorder.Checks],
            Findings = (DrillFinding[])[.. recorder.Findings],
            Losses = losses,
            MeasuredRto = recovered ? elapsed : null,
            MeasuredRpo = rpo,
            Limits = Limits(),
        };
    }

    private void FindWithoutRecoveryKey()
    {
        if (request.Scenario != DrillScenario.KeyLost)
        {
            return;
        }

        foreach (var repository in sources.SelectMany(s => s.Repositories).Distinct(StringComparer.OrdinalIgnoreCase).Select(request.Plan.Repository).Where(r => r.RecoveryKeys.Count == 0))
        {
            recorder.Find(null, $"The plan names no recovery key of {repository.Name}: its backups are lost with its key.", "Add a key that lies elsewhere (drtools key add, Add-DrRepositoryKey), and name it in the plan: recoveryKeys.");
        }
    }

    private List<string> Limits()
    {
        var limits = new List<string> { "The event was noticed at once and the decision took no meeting: the time for people comes on top of the measured one." };
        if (request.Scenario == DrillScenario.KeyLost)
        {
            limits.Add("The recovery keys were in reach, where the plan says: the time to fetch them comes on top of the measured one.");
        }

        if (request.Level == DrillLevel.Full)
        {
            var names = recorder.Phases.Where(p => p.Step == DrillStep.Switch).Select(p => p.Name).ToHashSet();
            var undo = FailoverRun.Undo(service.Failover.Where(s => names.Contains(s.Name)));
            if (names.Count > 0)
            {
                limits.Add($"Production is as the failover steps left it{(undo.Length > 0 ? $". The plan's way back: {undo}" : "; the plan has no way back")}.");
            }
        }
        else if (service.Failover.Count > 0)
        {
            limits.Add($"Nothing was switched over: the plan's {Figures.Count(service.Failover.Count, "failover step")} ({PlanDuration.Format(TimeSpan.FromTicks(service.Failover.Sum(s => (s.Expected ?? TimeSpan.Zero).Ticks)))} expected) come on top of the measured time.");
        }

        if (service.Checks.Health.Count > 0)
        {
            limits.Add($"The application was asked where the plan says; {(request.Level == DrillLevel.Full ? "what it works on now is what the failover steps gave it, not the recovered copy" : "it was not moved onto the recovered copy")}.");
        }

        if (sources.Any(s => DrillScope.IsPostgreSql(s) && s.Log is not null) && request.Scenario == DrillScenario.TableDropped)
        {
            limits.Add("The moment to recover to was known: the search for the last good one (drtools find-point, Find-DrRestorePoint) comes on top of the measured time.");
        }

        return limits;
    }
}
