using DrTools.Drills;
using DrTools.Plans;
using DrTools.Restore;
using DrTools.Verification;

namespace DrTools.PowerShell.Assertions;

/// <summary>Judges recovery times.</summary>
internal static class RtoJudge
{
    public static Judgement Of(object? actual, TimeSpan? objective) => actual switch
    {
        DrillResult drill => Of(drill, objective ?? drill.Objectives.Rto),
        ObjectiveMeasurement measured => Of(measured, objective ?? measured.Objectives.Rto),
        VerifyResult { RestoreDuration: { } took, Passed: true } verified when objective is { } limit => Of($"the restore of {verified.BackupId}", took, limit),
        RestoreResult { Passed: true } restored when objective is { } limit => Of($"the restore of {restored.Backup.Id}", restored.Duration, limit),
        TimeSpan took when objective is { } limit => Of("the time", took, limit),
        VerifyResult or RestoreResult or TimeSpan when objective is null => Judgement.Unable(Subjects.Of(actual), "to meet an RTO", "it has no objective of its own", "Say which one: -MeetRto -Objective 1h."),
        VerifyResult or RestoreResult => Judgement.Unable(Subjects.Of(actual), "to meet the RTO", "nothing was restored in it, or not all of it came back", "Look at its findings and checks; verify at level restore."),
        _ => Judgement.Unable(Subjects.Of(actual), "to meet the RTO", "it has no recovery time", "Give what Invoke-DrDrill, Get-DrDrill or Measure-DrObjective returns."),
    };

    private static Judgement Of(DrillResult drill, TimeSpan objective) => drill.MeasuredRto is { } took && drill.Level != DrillLevel.Tabletop
        ? new(took <= objective, Subjects.Of(drill), Demand(objective), $"it took {Subjects.Compared(took, objective)}", Longest(drill))
        : Judgement.Unable(Subjects.Of(drill), Demand(objective), $"no recovery time was measured ({Subjects.Problem(drill)})", Subjects.Remedy(drill));

    private static Judgement Of(ObjectiveMeasurement measured, TimeSpan objective)
    {
        // That it is not met is known as soon as the steps that are known take longer.
        var known = new TimeSpan(measured.Forecast.Sum(s => s.Expected?.Ticks ?? 0));
        if (known > objective || measured.TimeToBack is not null)
        {
            var basis = measured.NeverMeasured == 0 ? Figures.Count(measured.Measurements, "measurement") : $"{Figures.Count(measured.Measurements, "measurement")}; never measured: {Steps(measured, s => s.Measurements == 0)}";
            return new(known <= objective, $"the service {measured.Service}", Demand(objective), $"it would be back in {Subjects.Compared(known, objective)} ({basis})", measured.Improvement);
        }

        return Judgement.Unable(
            $"the service {measured.Service}",
            Demand(objective),
            measured.Forecast.Count == 0 ? "it has nothing to recover, so that no time is known" : $"its recovery time is not known (never measured: {Steps(measured, s => s.Expected is null)})",
            measured.Improvement);
    }

    private static Judgement Of(string subject, TimeSpan took, TimeSpan objective) =>
        new(took <= objective, subject, Demand(objective), $"it took {Subjects.Compared(took, objective)}", "Find out what it waited for, or choose a strategy that keeps a copy ready.");

    private static string Demand(TimeSpan objective) => $"to meet the RTO of {Subjects.Objective(objective)}";

    private static string Steps(ObjectiveMeasurement measured, Func<ForecastStep, bool> which) => string.Join(", ", measured.Forecast.Where(which).Select(s => s.Name));

    private static string Longest(DrillResult drill) => drill.Phases.Where(p => p.IsRecovery).MaxBy(p => p.Duration) is { } longest
        ? $"The longest step was \"{longest.Step.Title()}\" with {Figures.Duration(longest.Duration)}: shorten it, or choose a strategy that keeps a copy ready."
        : "Look at Phases of the drill.";
}
