using DrTools.Plans;
using DrTools.Repositories.Journal;

namespace DrTools.Reports.Making;

/// <summary>What is to be done about a source.</summary>
internal sealed class SourceFindings(ReportBasis basis, ReportedService service, SourceRuns runs, SourceFigures figures, FindingList list)
{
    /// <summary>A backup whose content is that much larger or smaller than the one before is looked at.</summary>
    private const double SizeTolerance = 0.2;

    private static readonly TimeSpan LongBackup = TimeSpan.FromHours(4);
    private static readonly TimeSpan LongRestore = TimeSpan.FromHours(2);
    private static readonly TimeSpan SampleEvery = TimeSpan.FromDays(7);
    private static readonly TimeSpan RestoreEvery = TimeSpan.FromDays(31);

    private string Source => runs.Source.Source;

    public void Add()
    {
        if (figures.Newest is not { } newest)
        {
            list.Critical(service.Name, Source, $"There is no backup of {Source}.", $"Take one: drtools backup --service {service.Name}, Invoke-DrBackup -Service {service.Name}.", runs.Failed.TakeLast(1).Select(f => f.Record));
            return;
        }

        AddMissed(newest);
        AddFailures();
        AddExposure();
        AddSizes();
        AddDurations();
        AddProofs(newest);
    }

    private void AddMissed(BackupFigures newest)
    {
        if (runs.Source.Schedules.Count == 0)
        {
            list.Warning(service.Name, Source, $"No schedule says when backups of {Source} are due, so none can be missed.", "Add 'schedules' to the plan.");
        }

        foreach (var missed in figures.Missed.GroupBy(m => m.Schedule))
        {
            var count = missed.Sum(m => m.Count);
            var last = missed.Last();
            if (last.Until is null)
            {
                list.Critical(service.Name, Source, $"{Figures.Count(count, "backup")} of {Source} {Was(count)} missed ({missed.Key}), and none was taken since {Words.Moment(last.Due)}.", "See why none is taken: drtools runs, the timer or crontab of the host.", newest.Record);
            }
            else
            {
                list.Warning(service.Name, Source, $"{Figures.Count(count, "backup")} of {Source} {Was(count)} missed ({missed.Key}), the first at {Words.Moment(missed.First().Due)}; they are taken again since {Words.Moment(last.Until.Value)}.", "See what kept them: drtools runs, the timer or crontab of the host.");
            }
        }
    }

    private void AddFailures()
    {
        var failed = runs.Failed.Where(f => f.Run.Started >= basis.From).ToList();
        if (failed.Count > 0)
        {
            var (run, _) = failed[^1];
            var isOver = runs.Taken[^1].Started > run.Started;
            var problem = $"{Figures.Count(failed.Count, "backup")} of {Source} failed; the last one: {Words.ErrorOf(run)}";
            var records = failed.TakeLast(5).Select(f => f.Record);
            if (isOver)
            {
                list.Warning(service.Name, Source, problem, "It has worked since. See that the cause is gone.", records);
            }
            else
            {
                list.Critical(service.Name, Source, problem, "It has not worked since. Remove the cause and take a backup.", records);
            }
        }

        if (figures.Partial > 0)
        {
            var partial = runs.Taken.Where(t => t.Started >= basis.From && runs.Partial.Contains(t.Id)).ToList();
            list.Warning(service.Name, Source, $"{Figures.Count(figures.Partial, "backup")} of {Source} {Was(figures.Partial)} partial: some entries could not be read.", "See which: drtools runs, Get-DrBackup | Format-List Issues.", partial.TakeLast(5).Select(t => t.Record));
        }
    }

    /// <summary>With a log what was written between backups is there too, and the journal does not say how far it leads.</summary>
    private void AddExposure()
    {
        if (figures.LongestGap is { } gap && runs.Source.LogInterval is null && gap > service.Rpo)
        {
            list.Warning(service.Name, Source, $"Up to {Figures.Duration(gap)} of {Source} could have been lost: the longest time without a new backup. The RPO is {PlanDuration.Format(service.Rpo)}.", "Take backups more often, keep the log of the database, or raise the RPO.");
        }
    }

    private void AddSizes()
    {
        var taken = runs.Taken.Where(t => t.Started >= basis.From).ToList();
        var jumps = taken.Select((t, i) => (Now: t, Before: i > 0 ? taken[i - 1] : figures.Before))
            .Where(p => p.Before is { Bytes: > 0 } before && Math.Abs(((double)p.Now.Bytes / before.Bytes) - 1) > SizeTolerance).ToList();
        if (jumps.Count > 0)
        {
            var (now, before) = jumps[^1];
            list.Warning(service.Name, Source, $"The content of {Source} went from {Figures.Bytes(before!.Bytes)} to {Figures.Bytes(now.Bytes)} between two backups ({Words.Change(((double)now.Bytes / before.Bytes) - 1)}); as usual is ±20 %.", "See whether that is meant: what was added, or what is gone.", now.Record);
        }

        if (runs.Taken.LastOrDefault(t => t.Started >= basis.From && t.Duration > LongBackup) is { } slow)
        {
            list.Warning(service.Name, Source, $"A backup of {Source} took {Figures.Duration(slow.Duration)}, more than {Figures.Duration(LongBackup)}.", "Take incremental backups, or give the host and the way to the repository more.", slow.Record);
        }
    }

    private void AddDurations()
    {
        foreach (var performance in figures.Performance.Where(p => p.IsWithin == false))
        {
            var isWorse = performance.Unit == "seconds" ? performance.Change > 0 : performance.Change < 0;
            var problem = $"{Words.Capital(performance.What)} of {Source}: {Words.Measure(performance.Now, performance.Unit)} against {Words.Measure(performance.Baseline!.Value, performance.Unit)} in the 30 days before ({Words.Change(performance.Change!.Value)}); as usual is ±20 %.";
            if (isWorse)
            {
                list.Warning(service.Name, Source, problem, "See what became slower: the host, its disks, the network, the store.");
            }
            else
            {
                list.Information(service.Name, Source, problem, "Faster than usual. See that everything is still in it.");
            }
        }
    }

    private void AddProofs(BackupFigures newest)
    {
        foreach (var (run, record) in runs.Proofs.Where(p => p.Run.Started >= basis.From && p.Run.Outcome is RunOutcome.Failed or RunOutcome.Partial))
        {
            var what = run.Operation switch { "verify" => $"A verification of {Source} ({Words.ProofOf(run)})", "restore" or "recover" => $"A restore of {Source}", _ => null };
            if (what is not null)
            {
                list.Critical(service.Name, Source, $"{what} did not pass: {Words.ErrorOf(run)}", "See what is damaged (drtools verify, Test-DrBackupIntegrity), and take a new full backup.", record);
            }
        }

        if (runs.Proofs.LastOrDefault(p => p.Run.Started >= basis.From && p.Run is { Operation: "restore", Outcome: RunOutcome.Succeeded } && p.Run.Duration > LongRestore) is { Run: { } slow, Record: { } slowRecord })
        {
            list.Warning(service.Name, Source, $"A restore of {Source} took {Figures.Duration(slow.Duration)}, more than {Figures.Duration(LongRestore)}.", "Have a repository nearby, or a standby.", slowRecord);
        }

        // Who began this week has nothing to be late with.
        var since = runs.Taken[0].Started;
        var restored = figures.Proofs.First(p => p.Kind == "restore").LastPassed;
        if (basis.End - (restored ?? since) > RestoreEvery || (restored is null && basis.Scope is ReportScope.Month))
        {
            list.Warning(service.Name, Source, restored is null ? $"No backup of {Source} was ever restored: that it can be is not proven." : $"No backup of {Source} was restored since {Words.Moment(restored.Value)}; once a month is wanted.", $"Prove it: drtools drill run, Invoke-DrDrill; or drtools verify latest --service {service.Name} --level restore.", newest.Record);
        }

        var read = figures.Proofs.Where(p => p.Kind != "catalog").Max(p => p.LastPassed);
        if (basis.End - (read ?? since) > SampleEvery)
        {
            list.Warning(service.Name, Source, $"The content of backups of {Source} was {(read is null ? "never read" : $"not read since {Words.Moment(read.Value)}")}; at least a sample once a week is wanted.", $"Read it: drtools verify latest --service {service.Name} --level content --percent 10, Test-DrBackupIntegrity -Level Content -Percent 10.", newest.Record);
        }
    }

    private static string Was(int count) => count == 1 ? "was" : "were";
}
