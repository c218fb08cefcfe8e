using DrTools.Moments;

namespace DrTools.Plans.Checking;

/// <summary>Whether the log of a database arrives as the plan says.</summary>
internal static class LogChecks
{
    private const string Check = "log";

    /// <summary>The server switches its log by a clock of its own, and the segment has to travel.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    public static async Task CheckAsync(PlannedService service, PlannedSource source, OpenedRepositories repositories, DateTimeOffset now, List<PlanFinding> findings, CancellationToken cancellationToken)
    {
        foreach (var name in source.Repositories)
        {
            // That a repository cannot be used, or has no backup, is said elsewhere.
            if (repositories.Find(name) is not { } repository || repositories.Backups(name, source) is not [.., var newest])
            {
                continue;
            }

            var list = new FindingList(findings, service.Name, $"{source.Source} in {name}", source.Position.Line);
            try
            {
                Judge(source, await RecoveryMoments.FindAsync(repository, newest, cancellationToken).ConfigureAwait(false), now, list);
            }
            catch (DrException e)
            {
                list.NotChecked(Check, e.Message, e.Remedy);
            }
        }
    }

    private static void Judge(PlannedSource source, NewestMoment? newest, DateTimeOffset now, FindingList list)
    {
        if (newest is null)
        {
            list.Error(Check, "No backup of it can be restored: the log that makes one consistent is not there.", "See why it does not arrive: drtools check-source, Test-DrSource.");
        }
        else if (source.Log is not { } log)
        {
            return;
        }
        else if (newest.LogArrived is not { } arrived)
        {
            list.Error(Check, "No log of it has arrived.", "Have the server archive it: drtools archive enable, Enable-DrLogArchive; or receive it: drtools wal receive, Start-DrLogStream.");
        }
        else if (now - arrived > log.Interval + Grace)
        {
            list.Warning(
                Check,
                $"The newest log arrived {Figures.Duration(now - arrived)} ago, and is to arrive every {PlanDuration.Format(log.Interval)}. Where nothing is written that may be so.",
                "Prove that it arrives with a switch of the log: drtools archive switch, Switch-DrLog.");
        }
        else
        {
            list.Passed(Check, $"The newest log arrived {Figures.Duration(now - arrived)} ago.");
        }
    }
}
