using DrTools.Backup;
using DrTools.Drills.History;
using DrTools.Plans;

namespace DrTools.Drills.Coverage;

/// <summary>Finds out which kept backups of services were restored, and when the others are to be.</summary>
public sealed class CoverageMeter
{
    /// <summary>Within which every kept backup is to be tested once.</summary>
    public static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private readonly PlanSecrets _secrets;
    private readonly TimeProvider _time;

    /// <summary>A meter by the system's clock.</summary>
    /// <param name="secrets">Where the secrets of the plan's repositories come from.</param>
    public CoverageMeter(PlanSecrets secrets)
        : this(secrets, TimeProvider.System)
    {
    }

    internal CoverageMeter(PlanSecrets secrets, TimeProvider time) => (_secrets, _time) = (secrets, time);

    /// <summary>Looks at every repository that a service has backups in.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="services">Names of the services; those of the plan that have sources if none is given.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has no such service.</exception>
    public async Task<IReadOnlyList<DrillCoverage>> RunAsync(RecoveryPlan plan, IReadOnlyCollection<string> services, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(services);
        var wanted = services.Count > 0 ? services.Select(plan.Service).ToList() : plan.Services.Where(s => s.Sources.Count > 0).ToList();
        var unreadable = new List<DrillFinding>();
        var drills = await new PlanHistory(_secrets).ListAsync(plan, new DrillFilter(), cancellationToken, e => unreadable.Add(new DrillFinding(null, e.Message, e.Remedy) { ErrorId = e.Error.ToString() })).ConfigureAwait(false);
        var found = new List<DrillCoverage>();
        foreach (var service in wanted)
        {
            found.Add(await MeasureAsync(plan, service, drills, unreadable, cancellationToken).ConfigureAwait(false));
        }

        return found;
    }

    private async Task<DrillCoverage> MeasureAsync(RecoveryPlan plan, PlannedService service, IReadOnlyList<DrillResult> drills, IReadOnlyList<DrillFinding> unreadable, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var findings = new List<DrillFinding>(unreadable);
        var backups = new List<BackupCoverage>();
        void Tell(string? source, DrException e)
        {
            if (!findings.Exists(f => f.Problem == e.Message))
            {
                findings.Add(new DrillFinding(source, e.Message, e.Remedy) { ErrorId = e.Error.ToString() });
            }
        }

        foreach (var planned in service.Sources.SelectMany(s => s.Repositories).Distinct(StringComparer.OrdinalIgnoreCase).Select(plan.Repository))
        {
            try
            {
                var repository = await new PlanRepositories(_secrets).OpenAsync(planned, cancellationToken).ConfigureAwait(false);
                await using (repository.ConfigureAwait(false))
                {
                    var tests = await BackupTests.ReadAsync(repository, cancellationToken).ConfigureAwait(false);
                    foreach (var source in service.Sources.Where(s => s.Repositories.Contains(planned.Name, StringComparer.OrdinalIgnoreCase)))
                    {
                        var filter = new BackupFilter { Source = source.Source, Host = source.Host ?? Environment.MachineName };
                        var there = drills.Where(d => d.Backups.Any(b => string.Equals(b.Repository, planned.Name, StringComparison.OrdinalIgnoreCase))).ToList();
                        foreach (var backup in await new BackupCatalog(repository).ListAsync(filter, cancellationToken, e => Tell(source.Source, e)).ConfigureAwait(false))
                        {
                            backups.Add(Describe(planned, backup, tests.Of(backup, there), now));
                        }
                    }
                }
            }
            catch (DrException e)
            {
                Tell(null, e);
            }
        }

        return new DrillCoverage
        {
            Service = service.Name,
            Measured = now,
            Period = Year,
            Backups = Schedule(backups, now),
            Findings = findings,
            Interval = backups.Count > 0 ? Year / backups.Count : null,
        };
    }

    private static BackupCoverage Describe(PlannedRepository planned, BackupInfo backup, IReadOnlyList<BackupTest> tests, DateTimeOffset now) => new()
    {
        Source = backup.Source,
        Repository = planned.Name,
        BackupId = backup.Id,
        Taken = backup.Started,
        Bytes = backup.SourceBytes - backup.HoleBytes,
        Tests = tests,
        IsCovered = tests is [.., { Passed: true } last] && last.Started >= now - Year,
    };

    /// <summary>
    /// Those never tested first, one after the other at equal distances, so that all have had their turn within a year; then
    /// those whose test is longest ago, a year after it. Of the same the oldest backup first, as it may soon be gone. What failed
    /// is to be looked at now.
    /// </summary>
    private static List<BackupCoverage> Schedule(List<BackupCoverage> backups, DateTimeOffset now)
    {
        var ordered = backups.OrderBy(b => b.Last?.Started ?? DateTimeOffset.MinValue).ThenBy(b => b.Taken).ToList();
        return [.. ordered.Select((b, i) => b with
        {
            Due = b.Last switch
            {
                null => now + (i * (Year / ordered.Count)),
                { Passed: true } last when last.Started + Year > now => last.Started + Year,
                _ => now,
            },
        })];
    }
}
