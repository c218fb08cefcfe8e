using DrTools.Plans;

namespace DrTools.Drills.History;

/// <summary>The drills of a plan's services, in the repositories that keep them.</summary>
/// <param name="secrets">Where the secrets of the plan's repositories come from.</param>
public sealed class PlanHistory(PlanSecrets secrets)
{
    /// <summary>Lists drills, the oldest first.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="filter">Which.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="damaged">Takes what is wrong with a drill or a repository that cannot be read.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has no such service; without
    /// <paramref name="damaged"/> also what is wrong with a drill or a repository.</exception>
    public async Task<IReadOnlyList<DrillResult>> ListAsync(RecoveryPlan plan, DrillFilter filter, CancellationToken cancellationToken, Action<DrException>? damaged = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(filter);
        var found = new List<DrillResult>();
        foreach (var planned in Keepers(plan, filter.Service))
        {
            try
            {
                var repository = await new PlanRepositories(secrets).OpenAsync(planned, cancellationToken).ConfigureAwait(false);
                await using (repository.ConfigureAwait(false))
                {
                    found.AddRange(await new DrillHistory(repository).ListAsync(filter, cancellationToken, damaged).ConfigureAwait(false));
                }
            }
            catch (DrException e) when (damaged is not null)
            {
                damaged(e);
            }
        }

        var ordered = found.OrderBy(d => d.Started);
        return filter.Last is { } last ? [.. ordered.TakeLast(last)] : [.. ordered];
    }

    /// <summary>Finds one drill.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="reference"><c>latest</c>, an id, or the beginning or end of one that no other shares.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.DrillMissing"/>, <see cref="DrError.BadUsage"/> when several match, or what
    /// is wrong with it.</exception>
    public async Task<DrillResult> FindAsync(RecoveryPlan plan, string reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var found = new List<DrillResult>();
        DrException? missing = null;
        foreach (var planned in Keepers(plan, null))
        {
            try
            {
                var repository = await new PlanRepositories(secrets).OpenAsync(planned, cancellationToken).ConfigureAwait(false);
                await using (repository.ConfigureAwait(false))
                {
                    found.Add(await new DrillHistory(repository).FindAsync(reference, cancellationToken).ConfigureAwait(false));
                }
            }
            catch (DrException e) when (e.Error == DrError.DrillMissing)
            {
                missing ??= e;
            }
        }

        return found.Count > 0
            ? found.MaxBy(d => d.Started)!
            : throw missing ?? new DrException(DrError.DrillMissing, $"No service of {plan.File} has sources, so that there are no drills.", "Add sources to the plan.");
    }

    /// <summary>The repositories that keep the drills of services.</summary>
    internal static IEnumerable<PlannedRepository> Keepers(RecoveryPlan plan, string? service) =>
        (service is null ? plan.Services : [plan.Service(service)]).Where(s => s.Sources.Count > 0).Select(s => s.Sources[0].Repositories[0]).Distinct(StringComparer.OrdinalIgnoreCase).Select(plan.Repository);
}
