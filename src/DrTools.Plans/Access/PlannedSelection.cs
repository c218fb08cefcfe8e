using DrTools.Backup;
using DrTools.Expiry;

namespace DrTools.Plans;

/// <summary>What a service of a plan has in one repository.</summary>
public sealed record PlannedSelection
{
    /// <summary>The service.</summary>
    public required PlannedService Service { get; init; }

    /// <summary>The repository.</summary>
    public required PlannedRepository Repository { get; init; }

    /// <summary>The sources whose backups go there.</summary>
    public required IReadOnlyList<PlannedSource> Sources { get; init; }

    /// <summary>Finds it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="service">Name of the service.</param>
    /// <param name="repository">Name or location of a repository; if not given, the one that backups of the service are taken into.</param>
    /// <param name="source">Only this source of the service, by its canonical name.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such thing, or more than one repository.</exception>
    public static PlannedSelection Of(RecoveryPlan plan, string service, string? repository = null, string? source = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var planned = plan.Service(service);
        var sources = planned.Sources.Where(s => source is null || s.Source == source).ToList();
        if (sources.Count == 0)
        {
            throw new DrException(
                DrError.BadUsage,
                source is null ? $"The service {planned.Name} has no sources in the plan {plan.File}." : $"{source} is not a source of the service {planned.Name}.",
                planned.Sources.Count == 0 ? "Add them to the plan." : $"Its sources are {string.Join(", ", planned.Sources.Select(s => s.Source))}.");
        }

        if (repository is not null)
        {
            var named = PlannedName.Is(repository) ? PlannedName.Repository(plan, repository) : plan.Repositories.FirstOrDefault(r => r.Location == repository || r.Location == Path.GetFullPath(repository)) ?? plan.Repository(repository);
            var there = sources.Where(s => s.Repositories.Contains(named.Name, StringComparer.OrdinalIgnoreCase)).ToList();
            return there.Count > 0
                ? new PlannedSelection { Service = planned, Repository = named, Sources = there }
                : throw new DrException(DrError.BadUsage, $"By the plan no backups of {planned.Name} go to {named.Name}.", $"They go to {string.Join(", ", sources.SelectMany(s => s.Repositories).Distinct(StringComparer.OrdinalIgnoreCase))}.");
        }

        var first = sources.Select(s => s.Repositories[0]).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        return first is [var only]
            ? new PlannedSelection { Service = planned, Repository = plan.Repository(only), Sources = sources }
            : throw new DrException(DrError.BadUsage, $"Backups of the service {planned.Name} are taken into several repositories: {string.Join(", ", first)}.", "Name one of them (--repo, -Repository), or one source.");
    }

    /// <summary>The sources of a service, which has to have some.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it has none.</exception>
    public static IReadOnlyList<PlannedSource> SourcesOf(RecoveryPlan plan, PlannedService service)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(service);
        return service.Sources.Count > 0
            ? service.Sources
            : throw new DrException(DrError.BadUsage, $"The service {service.Name} has no sources in the plan {plan.File}.", "Add them to the plan.");
    }

    /// <summary>Whether a backup is one of a source of the service.</summary>
    public bool Holds(BackupInfo backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        return Sources.Any(s => s.Source == backup.Source && (s.Host ?? Environment.MachineName) == backup.Host);
    }

    /// <summary>The one source, for what can be done with one only.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there are several.</exception>
    public PlannedSource OneSource() => Sources is [var only]
        ? only
        : throw new DrException(DrError.BadUsage, $"The service {Service.Name} has {Sources.Count} sources: {string.Join(", ", Sources.Select(s => s.Source))}.", "Name one of them (--source, -Source).");

    /// <summary>How long its backups are kept. Sources that the plan keeps for ever are left out.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when that is all of them.</exception>
    public IReadOnlyList<SourceRetention> Retentions()
    {
        List<SourceRetention> retentions =
        [
            .. Sources.Where(s => s.Retention is not null).Select(s => new SourceRetention
            {
                Source = s.Source,
                Host = s.Host ?? Environment.MachineName,
                Policy = s.Retention!.Keep,
                LogWindow = s.Retention.LogWindow,
            }),
        ];
        return retentions.Count > 0 ? retentions : throw new DrException(DrError.BadUsage, $"By the plan all backups of {Service.Name} are kept for ever.", "Add 'retention' to its sources in the plan.");
    }
}
