using DrTools.Backup;
using DrTools.Drills.Actions;
using DrTools.Drills.History;
using DrTools.Plans;
using DrTools.Repositories.Journal;

namespace DrTools.Documents;

/// <summary>Asks how things stand beside a plan: backups, objectives, copies, costs, drills. What cannot be asked is no error; it is
/// told.</summary>
/// <param name="secrets">Where the secrets of the plan's repositories come from.</param>
/// <param name="time">The clock.</param>
public sealed class PlanDocumentCollector(PlanSecrets secrets, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Asks nobody anything.</summary>
    public PlanDocumentState Nothing() => new() { Asked = _time.GetUtcNow() };

    /// <summary>Asks everything that a document tells.</summary>
    public async Task<PlanDocumentState> AskAsync(RecoveryPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var (newest, runs, failed) = (new List<NewestBackup>(), new List<RunRecord>(), new List<string>());
        foreach (var planned in plan.Repositories)
        {
            try
            {
                await LookIntoAsync(plan, planned, newest, runs, failed, cancellationToken).ConfigureAwait(false);
            }
            catch (DrException e)
            {
                failed.Add($"{planned.Name}: {e.Message}");
            }
        }

        var test = await new PlanTest(secrets, _time).RunAsync(new PlanReadResult { File = plan.File, Plan = plan, Problems = [] }, [], cancellationToken).ConfigureAwait(false);
        return new PlanDocumentState
        {
            Asked = _time.GetUtcNow(),
            WasAsked = true,
            Findings = test.Findings,
            Objectives = await new ObjectiveMeter(secrets, _time).RunAsync(plan, [], cancellationToken).ConfigureAwait(false),
            Cost = await new CostEstimator(secrets, _time).RunAsync(plan, cancellationToken).ConfigureAwait(false),
            Drills = await new PlanHistory(secrets).ListAsync(plan, new DrillFilter(), cancellationToken, e => failed.Add(e.Message)).ConfigureAwait(false),
            Actions = await new PlanActions(secrets, _time).ListAsync(plan, new ActionFilter(), cancellationToken, e => failed.Add(e.Message)).ConfigureAwait(false),
            Newest = newest,
            Verifications = Last(runs),
            NotAsked = [.. failed.Distinct(StringComparer.Ordinal).Where(f => !failed.Exists(o => o.Length > f.Length && o.EndsWith(f, StringComparison.Ordinal)))],
        };
    }

    private async Task LookIntoAsync(
        RecoveryPlan plan, PlannedRepository planned, List<NewestBackup> newest, List<RunRecord> runs, List<string> failed, CancellationToken cancellationToken)
    {
        var repository = await new PlanRepositories(secrets).OpenAsync(planned, cancellationToken).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            var backups = await new BackupCatalog(repository).ListAsync(new BackupFilter(), cancellationToken, e => failed.Add($"{planned.Name}: {e.Message}")).ConfigureAwait(false);
            newest.AddRange(plan.Services.SelectMany(s => s.Sources)
                .Where(s => s.Repositories.Contains(planned.Name, StringComparer.OrdinalIgnoreCase))
                .Select(s => new NewestBackup(s.Source, planned.Name, backups.LastOrDefault(b => b.Source == s.Source && b.Host == (s.Host ?? Environment.MachineName)))));
            runs.AddRange(await repository.Journal.ReadAsync(int.MaxValue, cancellationToken).ConfigureAwait(false));
        }
    }

    private static List<LastVerification> Last(List<RunRecord> runs) =>
    [
        .. runs.Where(r => r is { Operation: "verify", Source: not null, Mode: not null })
            .GroupBy(r => (r.Source, r.Mode)).Select(g => g.MaxBy(r => r.Finished)!)
            .Select(r => new LastVerification(r.Source!, r.Mode!, r.Finished, r.Outcome == RunOutcome.Succeeded)),
    ];
}
