using DrTools.Retention;

namespace DrTools.Plans.Checking;

/// <summary>Whether the objectives can be reached at all by what the plan says is done: pure arithmetic.</summary>
internal static class ObjectiveChecks
{
    public static void Check(RecoveryPlan plan, PlannedService service, List<PlanFinding> findings)
    {
        var list = new FindingList(findings, service.Name, service.Name, service.Position.Line);
        foreach (var needed in service.DependsOn.Select(plan.Service).Where(n => n.Objectives.Rto > service.Objectives.Rto))
        {
            list.Error(
                "dependency",
                $"{service.Name} is to be back within {PlanDuration.Format(service.Objectives.Rto)}, and {needed.Name}, which must be there first, only within {PlanDuration.Format(needed.Objectives.Rto)}.",
                $"Give {needed.Name} an RTO of {PlanDuration.Format(service.Objectives.Rto)} or less, or {service.Name} a longer one.");
        }

        if (service.Sources.Count == 0)
        {
            list.Information("sources", $"{service.Name} has no data of its own in the plan.");
        }

        if (service.Strategy is not null and not RecoveryStrategy.BackupRestore && service.Replication.Count == 0)
        {
            list.Warning("strategy", $"The strategy {Shapes.Words.Key(service.Strategy.Value.ToString())} rests on replication to another site, and none is described.", "Describe it under 'replication', or choose backup-restore.");
        }

        CheckSites(plan, service, list);
    }

    /// <summary>Whether the schedule of a source, or its log, reaches the RPO; and whether retention keeps what is needed.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="service">The service.</param>
    /// <param name="source">The source.</param>
    /// <param name="backupDuration">How long backups take; what changes meanwhile may be missing from them.</param>
    /// <param name="findings">Takes what is found.</param>
    public static void Check(RecoveryPlan plan, PlannedService service, PlannedSource source, TimeSpan? backupDuration, List<PlanFinding> findings)
    {
        var list = new FindingList(findings, service.Name, source.Source, source.Position.Line);
        var interval = source.LongestInterval(plan.TimeZone);
        if (interval is null)
        {
            list.Warning("schedule", "No schedule is given: that backups are taken is left to chance.", "Add 'schedules' with a type and 'every' or 'cron'.");
        }

        CheckRpo(service.Objectives.Rpo, source, interval, backupDuration, list);
        if (source.Retention is { } retention)
        {
            CheckRetention(plan, service, source, retention, interval, list);
        }
    }

    private static void CheckRpo(TimeSpan rpo, PlannedSource source, TimeSpan? interval, TimeSpan? backupDuration, FindingList list)
    {
        const string Check = "RPO by method";
        if (source.Log is { } log)
        {
            if (!HasLog(source.Source))
            {
                list.Error(Check, "Its log is to be kept, and a source of this kind has none.", "Remove 'log', and let the schedule reach the RPO.");
            }
            else if (log.Interval > rpo)
            {
                list.Error(Check, $"The RPO of {PlanDuration.Format(rpo)} cannot be reached: up to {PlanDuration.Format(log.Interval)} pass until the log has arrived.", $"Set 'interval' (the server's archive_timeout) to {PlanDuration.Format(rpo)} or less, or receive the log as a stream.");
            }
            else
            {
                list.Passed(Check, $"The log arrives within {PlanDuration.Format(log.Interval)}; the RPO is {PlanDuration.Format(rpo)}.");
            }

            return;
        }

        if (interval is not { } longest)
        {
            list.Error(Check, $"The RPO of {PlanDuration.Format(rpo)} cannot be promised without a schedule.", "Add 'schedules'.");
            return;
        }

        var worst = longest + (backupDuration ?? TimeSpan.Zero);
        var takes = backupDuration is { } duration ? $" and take {Figures.Duration(duration)}" : string.Empty;
        if (worst > rpo)
        {
            list.Error(
                Check,
                $"The RPO of {PlanDuration.Format(rpo)} cannot be reached: backups are up to {PlanDuration.Format(longest)} apart{takes}, so that up to {Figures.Duration(worst)} would be lost.",
                HasLog(source.Source) ? "Keep the log too ('log'), which loses minutes at most, or take backups more often." : "Take backups more often, replicate the data, or raise the RPO.");
        }
        else
        {
            list.Passed(Check, $"Backups are at most {PlanDuration.Format(longest)} apart{takes}; the RPO is {PlanDuration.Format(rpo)}.");
        }
    }

    private static void CheckRetention(RecoveryPlan plan, PlannedService service, PlannedSource source, PlannedRetention retention, TimeSpan? interval, FindingList list)
    {
        const string Check = "retention";
        var reach = Reach(retention.Keep, interval);
        var sound = true;
        foreach (var regulation in plan.Regulations.Where(r => r.KeepFor is not null && service.Regulations.Contains(r.Name, StringComparer.OrdinalIgnoreCase)))
        {
            if (reach < regulation.KeepFor)
            {
                sound = false;
                list.Error(Check, $"{regulation.Name} demands backups of {PlanDuration.Format(regulation.KeepFor.Value)}, and the rules keep them for {PlanDuration.Format(reach)} at the most.", $"Add a rule that reaches as far, such as yearly={Math.Ceiling(regulation.KeepFor.Value.TotalDays / 365):0}.");
            }
        }

        if (retention.LogWindow is { } window && window > reach)
        {
            sound = false;
            list.Error(Check, $"Every moment of {PlanDuration.Format(window)} is to be restorable, and the rules keep no backup that long, which logs are replayed from: {PlanDuration.Format(reach)} at the most.", "Keep backups for longer than 'logWindow'.");
        }

        if (interval is { } apart && reach < apart)
        {
            sound = false;
            list.Warning(Check, $"Backups are up to {PlanDuration.Format(apart)} apart, and the rules keep them for {PlanDuration.Format(reach)}: there is mostly only the last one, which is always kept.", "Keep them longer, so that there is one before a mistake that is noticed late.");
        }

        if (sound)
        {
            list.Passed(Check, $"The rules ({retention.Keep}) reach back {PlanDuration.Format(reach)}.");
        }
    }

    private static void CheckSites(RecoveryPlan plan, PlannedService service, FindingList list)
    {
        var site = service.Site ?? (plan.Sites.Where(s => s.Role == SiteRole.Primary).ToList() is [var only] ? only.Name : null);
        if (site is null || service.Sources.Count == 0)
        {
            return;
        }

        foreach (var source in service.Sources)
        {
            var places = source.Repositories.Select(plan.Repository).ToList();
            if (places.TrueForAll(r => string.Equals(r.Place.Site, site, StringComparison.OrdinalIgnoreCase)))
            {
                list.Error("site", $"Every repository of {source.Source} is at {site}, where {service.Name} runs: what destroys the site destroys the backups too.", "Name a repository at another site as well; backups are then copied there.");
            }
        }
    }

    /// <summary>How far back a policy keeps backups, at the most.</summary>
    internal static TimeSpan Reach(RetentionPolicy policy, TimeSpan? interval) => policy.Rules
        .SelectMany(r => new[]
        {
            r.KeepWithin ?? TimeSpan.Zero,
            TimeSpan.FromDays(r.KeepDaily),
            TimeSpan.FromDays(7L * r.KeepWeekly),
            TimeSpan.FromDays(30.4 * r.KeepMonthly),
            TimeSpan.FromDays(365L * r.KeepYearly),
            (interval ?? TimeSpan.Zero) * r.KeepLast,
        })
        .Max();

    private static bool HasLog(string source) => !source.StartsWith("files:", StringComparison.Ordinal) && !source.StartsWith("sqlite:", StringComparison.Ordinal);
}
