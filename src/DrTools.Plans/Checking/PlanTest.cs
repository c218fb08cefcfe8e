using DrTools.Plans.Checking;

namespace DrTools.Plans;

/// <summary>Tests a plan: whether it makes sense, and whether reality is as it says.</summary>
/// <param name="secrets">Where the secrets of its repositories come from.</param>
/// <param name="time">The clock.</param>
public sealed class PlanTest(PlanSecrets secrets, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Tests only the file, which asks nobody anything.</summary>
    public PlanTestResult Read(PlanReadResult read)
    {
        ArgumentNullException.ThrowIfNull(read);
        return new PlanTestResult { File = read.File, Plan = read.Plan, Problems = read.Problems, Tested = _time.GetUtcNow() };
    }

    /// <summary>Tests the file, and compares it with reality. Nothing is changed anywhere.</summary>
    /// <param name="read">The plan.</param>
    /// <param name="services">Only these services, and what they need; all when empty.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has no such service.</exception>
    public async Task<PlanTestResult> RunAsync(PlanReadResult read, IReadOnlyList<string> services, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(services);
        var result = Read(read);
        if (result.Plan is not { } plan)
        {
            return result;
        }

        var chosen = services.Count == 0 ? plan.Services : [.. services.Select(plan.Service).Distinct()];
        var names = chosen.SelectMany(s => s.Sources).SelectMany(s => s.Repositories).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var planned = plan.Repositories.Where(r => services.Count == 0 || names.Contains(r.Name)).ToList();
        var findings = new List<PlanFinding>();
        var repositories = await OpenedRepositories.OpenAsync(planned, new PlanRepositories(secrets), cancellationToken).ConfigureAwait(false);
        await using (repositories.ConfigureAwait(false))
        {
            foreach (var repository in planned)
            {
                RepositoryChecks.Check(repository, repositories, findings);
            }

            foreach (var service in chosen)
            {
                await CheckAsync(plan, service, repositories, findings, cancellationToken).ConfigureAwait(false);
            }
        }

        return result with { ComparedWithReality = true, Findings = findings, Duration = _time.GetUtcNow() - result.Tested };
    }

    private async Task CheckAsync(RecoveryPlan plan, PlannedService service, OpenedRepositories repositories, List<PlanFinding> findings, CancellationToken cancellationToken)
    {
        ObjectiveChecks.Check(plan, service, findings);
        foreach (var source in service.Sources)
        {
            await SourceChecks.CheckAsync(service, source, repositories.Find(source.Repositories[0]), findings, cancellationToken).ConfigureAwait(false);
            var duration = BackupChecks.CheckSource(plan, service, source, repositories, _time.GetUtcNow(), findings);
            ObjectiveChecks.Check(plan, service, source, duration, findings);
            await LogChecks.CheckAsync(service, source, repositories, _time.GetUtcNow(), findings, cancellationToken).ConfigureAwait(false);
            await CopyChecks.CheckAsync(plan, service, source, repositories, findings, cancellationToken).ConfigureAwait(false);
        }
    }
}
