using DrTools.Backup;

namespace DrTools.Plans.Checking;

/// <summary>Whether the backups are there that the plan says are taken.</summary>
internal static class BackupChecks
{
    private const string Check = "backup";

    /// <summary>A schedule may be late by this share of its interval, and by as long as the last backup took.</summary>
    private const double Grace = 0.1;

    /// <returns>How long the newest backup took.</returns>
    public static TimeSpan? CheckSource(RecoveryPlan plan, PlannedService service, PlannedSource source, OpenedRepositories repositories, DateTimeOffset now, List<PlanFinding> findings)
    {
        TimeSpan? duration = null;
        foreach (var (name, isFirst) in source.Repositories.Select((r, i) => (r, i == 0)))
        {
            var list = new FindingList(findings, service.Name, $"{source.Source} in {name}", source.Position.Line);
            if (repositories.Find(name) is null)
            {
                list.NotChecked(Check, $"Whether there is a backup is not known: the repository {name} cannot be used.", "See what is said of the repository.");
                continue;
            }

            var backups = repositories.Backups(name, source);
            if (backups.Count == 0)
            {
                list.Error(
                    Check,
                    $"There is no backup of it ({source.Host ?? Environment.MachineName}) in {name}.",
                    isFirst ? $"Take one: drtools backup --service {service.Name}, Invoke-DrBackup -Service {service.Name}." : $"Copy one there: drtools copy all --to {plan.Repository(name).Location}, Copy-DrBackup.");
                continue;
            }

            duration ??= backups[^1].Duration;
            CheckAge(plan, source, backups[^1], isFirst, now, list);
            CheckTypes(plan, source, backups, isFirst, now, list);
        }

        return duration;
    }

    private static void CheckAge(RecoveryPlan plan, PlannedSource source, BackupInfo newest, bool isFirst, DateTimeOffset now, FindingList list)
    {
        var age = now - newest.Started;
        if (newest.IsPartial)
        {
            list.Warning(Check, $"The newest backup, {newest.Id}, is partial: {Figures.Count(newest.IssueCount, "entry", "entries")} could not be read.", "See which: drtools runs, Get-DrBackup | Format-List Issues.");
        }

        if (source.LongestInterval(plan.TimeZone) is not { } interval)
        {
            list.Information(Check, $"The newest backup is {Figures.Duration(age)} old; no schedule says whether that is too old.");
        }
        else if (age > Allowed(interval, newest))
        {
            list.Error(Check, $"The newest backup is {Figures.Duration(age)} old, and the schedule wants one every {PlanDuration.Format(interval)}.", isFirst ? "See why none was taken since: drtools runs, the timer or crontab." : "Copy the newer ones there: drtools copy, Copy-DrBackup.");
        }
        else
        {
            list.Passed(Check, $"The newest backup is {Figures.Duration(age)} old; one is wanted every {PlanDuration.Format(interval)}.");
        }
    }

    /// <summary>A full backup that is never taken is not noticed by the age of incremental ones.</summary>
    private static void CheckTypes(RecoveryPlan plan, PlannedSource source, IReadOnlyList<BackupInfo> backups, bool isFirst, DateTimeOffset now, FindingList list)
    {
        foreach (var schedule in source.Schedules.Where(s => isFirst && s.Type == BackupType.Full && source.Schedules.Count > 1))
        {
            var newest = backups.LastOrDefault(b => b.Type == BackupType.Full);
            var interval = schedule.LongestInterval(plan.TimeZone);
            if (newest is null)
            {
                list.Warning(Check, $"There is no full backup, and the plan wants one ({schedule}).", "Take one: drtools backup --type full, Invoke-DrBackup -Type Full.");
            }
            else if (now - newest.Started > Allowed(interval, newest))
            {
                list.Warning(Check, $"The newest full backup is {Figures.Duration(now - newest.Started)} old, and the plan wants one every {PlanDuration.Format(interval)}.", "See why none was taken since: drtools runs, the timer or crontab.");
            }
        }
    }

    private static TimeSpan Allowed(TimeSpan interval, BackupInfo newest) => interval + (interval * Grace) + newest.Duration;
}
