using DrTools.Drills;
using DrTools.Plans;
using DrTools.PostgreSql.Recovery;

namespace DrTools.PowerShell.Assertions;

/// <summary>Judges recovery points.</summary>
internal static class RpoJudge
{
    private const string MoreOften = "Take backups more often, keep a log, or see why the schedule was not kept (Test-DrPlan).";

    public static Judgement Of(object? actual, TimeSpan? objective, bool withSite) => actual switch
    {
        ObjectiveMeasurement measured => Of(measured, objective ?? measured.Objectives.Rpo, withSite),
        _ when withSite => Judgement.Unable(Subjects.Of(actual), "to meet the RPO if its site is lost", "that is only known of what Measure-DrObjective returns", "Give that, or leave out -WithSite."),
        DrillResult drill => Of(drill, objective ?? drill.Objectives.Rpo),
        RecoveryWindow window when objective is { } limit => Of(window, limit),
        DrBackup backup when objective is { } limit => Of(Subjects.Of(backup.Info), DateTimeOffset.UtcNow - backup.Started, "it was started {0} ago", limit),
        TimeSpan lost when objective is { } limit => Of("the loss", lost, "it is {0}", limit),
        RecoveryWindow or DrBackup or TimeSpan => Judgement.Unable(Subjects.Of(actual), "to meet an RPO", "it has no objective of its own", "Say which one: -MeetRpo -Objective 15m."),
        _ => Judgement.Unable(Subjects.Of(actual), "to meet the RPO", "it has no recovery point", "Give what Invoke-DrDrill, Get-DrDrill or Measure-DrObjective returns."),
    };

    private static Judgement Of(DrillResult drill, TimeSpan objective) => drill.MeasuredRpo is { } lost && drill.Level != DrillLevel.Tabletop
        ? new(lost <= objective, Subjects.Of(drill), Demand(objective), $"what would be lost is {Subjects.Compared(lost, objective)}", MoreOften)
        : Judgement.Unable(Subjects.Of(drill), Demand(objective), $"no recovery point was measured ({Subjects.Problem(drill)})", Subjects.Remedy(drill));

    private static Judgement Of(ObjectiveMeasurement measured, TimeSpan objective, bool withSite)
    {
        var subject = $"the service {measured.Service}";
        var demand = Demand(objective) + (withSite ? " if its site is lost" : string.Empty);
        LossOutcome OutcomeOf(SourceLoss loss) => withSite ? loss.OutcomeWithSite : loss.Outcome;
        TimeSpan? LostOf(SourceLoss loss) => withSite ? loss.LostWithSite : loss.Lost;
        if (measured.Losses.FirstOrDefault(l => OutcomeOf(l) == LossOutcome.Everything) is { } all)
        {
            return new(false, subject, demand, $"all of {all.Source} would be lost: there is no backup {(withSite ? "at another site" : "of it")}", measured.Improvement);
        }

        if (measured.Losses.Where(l => LostOf(l) is not null).MaxBy(LostOf) is { } worst && (LostOf(worst) > objective || measured.Losses.All(l => OutcomeOf(l) == LossOutcome.Known)))
        {
            var lost = LostOf(worst)!.Value;
            return new(lost <= objective, subject, demand, $"the loss of {worst.Source} would be {Subjects.Compared(lost, objective)}", measured.Improvement);
        }

        return Judgement.Unable(
            subject,
            demand,
            measured.Losses.Count == 0 ? "it has no sources, so that no loss is known" : $"what would be lost is not known of {string.Join(", ", measured.Losses.Where(l => OutcomeOf(l) == LossOutcome.Unknown).Select(l => $"{l.Source}{(l.Notes.Count > 0 ? $" ({l.Notes[0].TrimEnd('.')})" : string.Empty)}"))}",
            measured.Improvement);
    }

    private static Judgement Of(RecoveryWindow window, TimeSpan objective)
    {
        // On a server where nothing is written the newest transaction grows old, although nothing could be lost.
        var age = window.LogAge < window.NewestAge ? window.LogAge : window.NewestAge;
        return age is { } lost
            ? Of($"the recovery window of {window.Source}", lost, "the newest moment that can be restored is {0} old", objective)
            : new(false, $"the recovery window of {window.Source}", Demand(objective), "no moment of it can be restored", "Take a backup (Invoke-DrBackup), and see why those there are lack their log (Get-DrRecoveryWindow).");
    }

    private static Judgement Of(string subject, TimeSpan lost, string words, TimeSpan objective) =>
        new(lost <= objective, subject, Demand(objective), $"{words.Replace("{0}", Figures.Duration(lost), StringComparison.Ordinal)}{(lost > objective ? $", {Figures.Duration(lost - objective)} more than allowed" : string.Empty)}", MoreOften);

    private static string Demand(TimeSpan objective) => $"to meet the RPO of {Subjects.Objective(objective)}";
}
