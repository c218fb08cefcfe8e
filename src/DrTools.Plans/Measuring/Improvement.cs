namespace DrTools.Plans.Measuring;

/// <summary>Says what would improve most how a service stands: what loses everything first, then what misses an objective, then what
/// nobody knows.</summary>
internal static class Improvement
{
    public static string Of(RecoveryPlan plan, PlannedService service, ObjectiveMeasurement measured)
    {
        if (measured.Losses.FirstOrDefault(l => l.Outcome == LossOutcome.Everything) is { } nothing)
        {
            return $"Nothing of {nothing.Source} could be restored. Take a backup: drtools backup --service {service.Name}, Invoke-DrBackup -Service {service.Name}; of a database, see that its log arrives.";
        }

        if (measured.Losses.FirstOrDefault(l => l.Outcome == LossOutcome.Unknown) is { } unknown)
        {
            return $"What could be restored of {unknown.Source} is not known: {string.Join(" ", unknown.Notes)}";
        }

        if (measured.RpoMet == false)
        {
            return Loss(plan, service, measured);
        }

        if (measured.Losses.FirstOrDefault(l => l.OutcomeWithSite == LossOutcome.Everything) is { } atSite)
        {
            return $"With the site {service.Site} all of {atSite.Source} would be lost: have backups copied to a repository elsewhere ('repositories' of the source, drtools copy).";
        }

        if (measured.RtoMet == false)
        {
            var longest = measured.Forecast.MaxBy(s => s.Expected)!;
            return $"{Capital(longest.Name)} takes {Figures.Duration(longest.Expected!.Value)} of the RTO of {PlanDuration.Format(service.Objectives.Rto)}: make that faster (a repository nearby, more parallelism, a standby at another site), or raise the RTO.";
        }

        if (measured.Forecast.FirstOrDefault(s => s.Measurements == 0 && s.Name.StartsWith("re", StringComparison.Ordinal)) is { } step)
        {
            return $"{Capital(step.Name)} was never measured. Measure it: drtools verify latest --service {service.Name} --level restore, Test-DrBackupIntegrity -Service {service.Name} -Level Restore.";
        }

        return measured.Forecast.FirstOrDefault(s => s.Measurements == 0) is { } unmeasured
            ? $"'{unmeasured.Name}' was never measured: rehearse it in a drill."
            : "Nothing: both objectives are met by what was measured.";
    }

    private static string Loss(RecoveryPlan plan, PlannedService service, ObjectiveMeasurement measured)
    {
        var worst = measured.Losses.MaxBy(l => l.Lost)!;
        var source = service.Sources.First(s => s.Source == worst.Source);
        if (source.Log is { } log)
        {
            return $"The log of {worst.Source} leads only to {Figures.Duration(worst.Lost!.Value)} ago, and is to arrive within {PlanDuration.Format(log.Interval)}. See why it does not arrive (drtools check-source, Test-DrSource); or, if nothing was written since, prove it with a switch of the log (drtools archive switch, Switch-DrLog).";
        }

        return source.LongestInterval(plan.TimeZone) is { } interval && interval <= service.Objectives.Rpo
            ? $"The newest backup of {worst.Source} is {Figures.Duration(worst.Lost!.Value)} old, and the schedule wants one every {PlanDuration.Format(interval)}: see why none was taken."
            : $"Backups of {worst.Source} are too far apart for an RPO of {PlanDuration.Format(service.Objectives.Rpo)}: take them more often, or keep the log of the database.";
    }

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
