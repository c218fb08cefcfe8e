using DrTools.Backup;
using DrTools.Moments;
using DrTools.Plans.Checking;
using DrTools.Plans.Measuring;
using DrTools.Repositories.Journal;

namespace DrTools.Plans;

/// <summary>
/// Measures how services stand against their objectives now: what would be lost if one failed this minute, and how long it would
/// take to have it back, by what the journals of the repositories have measured.
/// </summary>
/// <param name="secrets">Where the secrets of the repositories come from.</param>
/// <param name="time">The clock.</param>
public sealed class ObjectiveMeter(PlanSecrets secrets, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Measures.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="services">Only these services; all when empty.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has no such service. Repositories that cannot be
    /// used are no errors: what is in them does not count as restorable, and is said to be unknown.</exception>
    public async Task<IReadOnlyList<ObjectiveMeasurement>> RunAsync(RecoveryPlan plan, IReadOnlyList<string> services, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(services);
        var chosen = services.Count == 0 ? plan.InOrderOfRecovery() : [.. services.Select(plan.Service).Distinct()];
        var repositories = await OpenedRepositories.OpenAsync(plan.Repositories, new PlanRepositories(secrets), cancellationToken).ConfigureAwait(false);
        await using (repositories.ConfigureAwait(false))
        {
            var runs = new List<RunRecord>();
            foreach (var repository in plan.Repositories.Select(r => repositories.Find(r.Name)).OfType<Repositories.Repository>().DistinctBy(r => r.Id))
            {
                runs.AddRange(await repository.Journal.ReadAsync(int.MaxValue, cancellationToken).ConfigureAwait(false));
            }

            var known = new Dictionary<string, ObjectiveMeasurement>(StringComparer.OrdinalIgnoreCase);
            foreach (var service in plan.InOrderOfRecovery().Where(s => chosen.Contains(s) || chosen.Any(c => Needs(plan, c, s))))
            {
                known[service.Name] = await MeasureAsync(plan, service, repositories, runs, known, cancellationToken).ConfigureAwait(false);
            }

            return [.. chosen.Select(s => known[s.Name])];
        }
    }

    private static bool Needs(RecoveryPlan plan, PlannedService service, PlannedService other) =>
        service.DependsOn.Select(plan.Service).Any(n => n == other || Needs(plan, n, other));

    private async Task<ObjectiveMeasurement> MeasureAsync(
        RecoveryPlan plan, PlannedService service, OpenedRepositories repositories, List<RunRecord> runs, Dictionary<string, ObjectiveMeasurement> known, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var (losses, forecast) = (new List<SourceLoss>(), new List<ForecastStep>());
        foreach (var needed in service.DependsOn.Select(n => known[plan.Service(n).Name]).Where(n => n.Forecast.Count > 0))
        {
            forecast.Add(new ForecastStep($"{needed.Service}, which must be there first", needed.TimeToBack, needed.TimeToBackLeast, needed.TimeToBackMost, needed.Measurements, $"its own forecast{(needed.NeverMeasured > 0 ? $", of which {Figures.Count(needed.NeverMeasured, "step")} never measured" : string.Empty)}"));
        }

        var bytes = 0L;
        foreach (var source in service.Sources)
        {
            var found = await FindAsync(source, repositories, cancellationToken).ConfigureAwait(false);
            losses.Add(Loss(plan, service, source, found, repositories, now));
            if (found.Where(f => f.Moment is not null).MaxBy(f => f.Moment!.Moment) is { } best)
            {
                bytes += best.Newest!.SourceBytes;
                forecast.Add(Forecast.Restore(source.Source, best.Newest.SourceBytes, runs));
                if (best.Moment!.LogBytes > 0)
                {
                    forecast.Add(Forecast.Replay(source.Source, best.Moment.LogBytes, runs));
                }
            }
            else
            {
                forecast.Add(new ForecastStep($"restore {source.Source}", null, null, null, 0, "there is nothing that could be restored"));
            }
        }

        forecast.AddRange(service.Failover.Select(s => Forecast.Failover(service.Name, s, runs)));
        var measurement = new ObjectiveMeasurement
        {
            Service = service.Name,
            Objectives = service.Objectives,
            Measured = now,
            Losses = losses,
            Forecast = forecast,
            RuleOfThumb = StrategyFigures.RuleOfThumb(service.Strategy ?? RecoveryStrategy.BackupRestore, bytes),
            Improvement = string.Empty,
        };
        return measurement with { Improvement = Improvement.Of(plan, service, measurement) };
    }

    /// <summary>What each repository of a source has of it.</summary>
    private static async Task<IReadOnlyList<Found>> FindAsync(PlannedSource source, OpenedRepositories repositories, CancellationToken cancellationToken)
    {
        var found = new List<Found>();
        foreach (var name in source.Repositories)
        {
            if (repositories.Find(name) is not { } repository)
            {
                found.Add(new Found(name, null, null, repositories.Failed[name].Message));
                continue;
            }

            var backups = repositories.Backups(name, source);
            var newest = backups.LastOrDefault(b => !b.IsPartial) ?? (backups.Count > 0 ? backups[^1] : null);
            try
            {
                found.Add(new Found(name, newest, newest is null ? null : await RecoveryMoments.FindAsync(repository, newest, cancellationToken).ConfigureAwait(false), null));
            }
            catch (DrException e)
            {
                found.Add(new Found(name, newest, null, e.Message));
            }
        }

        return found;
    }

    private static SourceLoss Loss(RecoveryPlan plan, PlannedService service, PlannedSource source, IReadOnlyList<Found> found, OpenedRepositories repositories, DateTimeOffset now)
    {
        var site = service.Site ?? (plan.Sites.Where(s => s.Role == SiteRole.Primary).ToList() is [var only] ? only.Name : null);
        string? SiteOf(Found f) => repositories.Find(f.Repository)?.Place.Site ?? plan.Repository(f.Repository).Place.Site;
        var elsewhere = site is null ? [] : found.Where(f => SiteOf(f) is { } at && !string.Equals(at, site, StringComparison.OrdinalIgnoreCase)).ToList();
        var unplaced = site is null || found.Any(f => SiteOf(f) is null);
        var (outcome, best) = Judge(found);
        var (outcomeElsewhere, bestElsewhere) = Judge(elsewhere);
        var notes = found.Where(f => f.Problem is not null).Select(f => $"{f.Repository}: {f.Problem}").ToList();
        if (best?.Newest is { IsPartial: true })
        {
            notes.Add($"The newest backup, {best.Newest.Id}, is partial.");
        }

        if (best?.Moment?.LogArrived is { } arrived)
        {
            notes.Add($"The newest log arrived {Figures.Duration(now - arrived)} ago; if nothing was written since the newest moment in it, nothing is lost.");
        }

        return new SourceLoss
        {
            Source = source.Source,
            Outcome = outcome,
            Lost = best is null ? null : NotNegative(now - best.Moment!.Moment),
            Moment = best?.Moment!.Moment,
            Repository = best?.Repository,

            // A repository of which nobody says where it is may be at the site or not.
            OutcomeWithSite = outcomeElsewhere == LossOutcome.Everything && unplaced ? LossOutcome.Unknown : outcomeElsewhere,
            LostWithSite = bestElsewhere is null ? null : NotNegative(now - bestElsewhere.Moment!.Moment),
            RepositoryElsewhere = bestElsewhere?.Repository,
            Notes = notes,
        };
    }

    private static (LossOutcome Outcome, Found? Best) Judge(IReadOnlyList<Found> found) =>
        found.Where(f => f.Moment is not null).MaxBy(f => f.Moment!.Moment) is { } best ? (LossOutcome.Known, (Found?)best)
        : found.Any(f => f.Problem is not null) ? (LossOutcome.Unknown, null)
        : (LossOutcome.Everything, null);

    /// <summary>Clocks of different machines differ.</summary>
    private static TimeSpan NotNegative(TimeSpan span) => span < TimeSpan.Zero ? TimeSpan.Zero : span;

    /// <summary>What a repository has of a source.</summary>
    /// <param name="Repository">The repository.</param>
    /// <param name="Newest">The newest backup.</param>
    /// <param name="Moment">The newest moment that can be restored.</param>
    /// <param name="Problem">Why that is not known.</param>
    private sealed record Found(string Repository, BackupInfo? Newest, NewestMoment? Moment, string? Problem);
}
