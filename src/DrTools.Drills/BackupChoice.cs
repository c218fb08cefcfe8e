using DrTools.Backup;
using DrTools.Drills.Coverage;
using DrTools.Plans;
using DrTools.PostgreSql.Logical;
using DrTools.Repositories;

namespace DrTools.Drills;

/// <summary>A backup that is to be drilled with, and where it is.</summary>
internal sealed record ChosenBackup(PlannedSource Source, PlannedRepository Planned, Repository Repository, BackupInfo Backup, BackupInfo Newest, int Kept)
{
    /// <summary>Whether it is a cluster, whose log leads on from it.</summary>
    public bool HasLog => DrillScope.IsPostgreSql(Source) && !LogicalRestore.IsLogical(Backup);

    public DrillBackup Describe(TimeSpan? duration) => new()
    {
        Source = Source.Source,
        Repository = Planned.Name,
        BackupId = Backup.Id,
        Taken = Backup.Started,
        IsNewest = Backup.Id == Newest.Id,
        Kept = Kept,
        Bytes = Backup.SourceBytes - Backup.HoleBytes,
        RestoreDuration = duration,
    };
}

/// <summary>Opens the plan's repositories and chooses backups.</summary>
internal sealed class BackupChoice(DrillRequest request, PlanRepositories repositories, Random random) : IAsyncDisposable
{
    private readonly Dictionary<string, Repository> _opened = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, DrException> _refused = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Chooses the backup of a source: from the first repository that the scenario leaves and that opens.</summary>
    /// <param name="source">The source.</param>
    /// <param name="finding">Takes what is wrong with a repository before it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">There is no backup to be had.</exception>
    public async ValueTask<ChosenBackup> ChooseAsync(PlannedSource source, Action<DrException> finding, CancellationToken cancellationToken)
    {
        var service = request.Plan.Service(request.Service);
        DrException? failure = null;
        foreach (var planned in Left(service, source))
        {
            try
            {
                var repository = await OpenAsync(planned, cancellationToken).ConfigureAwait(false);
                var host = source.Host ?? Environment.MachineName;
                var backups = await new BackupCatalog(repository).ListAsync(new BackupFilter { Source = source.Source, Host = host }, cancellationToken, finding).ConfigureAwait(false);
                if (backups.Count == 0)
                {
                    throw new DrException(DrError.BackupMissing, $"There is no backup of {source.Source} ({host}) in {planned.Name}.", "Take one, or copy one there.") { Subject = planned.Name };
                }

                var chosen = request.RandomBackup ? backups[random.Next(backups.Count)]
                    : request.LeastTested ? await LeastTestedAsync(repository, backups, cancellationToken).ConfigureAwait(false)
                    : backups[^1];
                return new ChosenBackup(source, planned, repository, chosen, backups[^1], backups.Count);
            }
            catch (DrException e)
            {
                failure ??= e;
                finding(e);
            }
        }

        throw failure ?? Nothing(service, source);
    }

    /// <summary>One that was never restored, the oldest first, as it may soon be gone; else the one whose last restore is longest ago.</summary>
    private static async Task<BackupInfo> LeastTestedAsync(Repository repository, IReadOnlyList<BackupInfo> backups, CancellationToken cancellationToken)
    {
        var tests = await BackupTests.ReadAsync(repository, cancellationToken).ConfigureAwait(false);
        return backups.MinBy(b => (tests.LastOf(b) ?? DateTimeOffset.MinValue, b.Started))!;
    }

    private DrException Nothing(PlannedService service, PlannedSource source) => request.Scenario == DrillScenario.KeyLost
        ? new DrException(
            DrError.KeyRequired,
            $"The plan names no recovery key of {string.Join(" or ", source.Repositories)}: with the key on this host every backup of {source.Source} is lost.",
            "Add a key that lies elsewhere (drtools key add, Add-DrRepositoryKey), and name it in the plan: recoveryKeys.")
        : new DrException(
            DrError.BackupMissing,
            $"Every repository of {source.Source} is at {service.Site}, which is lost in this drill.",
            "Add a repository at another site to the plan, and copy backups there (drtools copy, Copy-DrBackup).");

    /// <summary>Opens a repository of the plan, once.</summary>
    public async ValueTask<Repository> OpenAsync(PlannedRepository planned, CancellationToken cancellationToken)
    {
        if (_refused.TryGetValue(planned.Name, out var refusal))
        {
            throw refusal;
        }

        if (!_opened.TryGetValue(planned.Name, out var repository))
        {
            try
            {
                _opened[planned.Name] = repository = await repositories.OpenAsync(planned, cancellationToken).ConfigureAwait(false);
            }
            catch (DrException e)
            {
                _refused[planned.Name] = e;
                throw;
            }
        }

        return repository;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var repository in _opened.Values)
        {
            await repository.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The repositories that the scenario leaves, in the plan's order.</summary>
    private IEnumerable<PlannedRepository> Left(PlannedService service, PlannedSource source)
    {
        var all = source.Repositories.Select(request.Plan.Repository);
        if (request.Scenario == DrillScenario.KeyLost)
        {
            return all.Where(r => r.RecoveryKeys.Count > 0);
        }

        if (request.Scenario != DrillScenario.SiteLost)
        {
            return all;
        }

        var lost = service.Site ?? throw new DrException(DrError.BadUsage, $"The plan does not say at which site {service.Name} is, so that it cannot be told what is lost with it.", "Add 'site' to the service.");

        // A repository of which nobody knows where it is may be lost as well.
        return all.Where(r => r.Place.Site is { } site && !string.Equals(site, lost, StringComparison.OrdinalIgnoreCase));
    }
}
