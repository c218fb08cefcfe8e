using System.Text.Json;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Repositories.Records;
using DrTools.Repositories.Journal;
using DrTools.Stores;

namespace DrTools.Drills.History;

/// <summary>Which drills to list.</summary>
public sealed record DrillFilter
{
    /// <summary>Only of this service.</summary>
    public string? Service { get; init; }

    /// <summary>Only of this scenario.</summary>
    public Plans.DrillScenario? Scenario { get; init; }

    /// <summary>Only those started at or after this time.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Only the newest so many.</summary>
    public int? Last { get; init; }
}

/// <summary>The drills that a repository keeps.</summary>
/// <param name="repository">The repository.</param>
public sealed class DrillHistory(Repository repository)
{
    /// <summary>The journal's word for a drill.</summary>
    public const string Operation = "drill";

    /// <summary>Keeps a result, and records it in the journal with the hash of what is kept.</summary>
    /// <exception cref="DrException">What the store says.</exception>
    public async Task KeepAsync(DrillResult result, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(result);
        foreach (var step in CarriedOut(result))
        {
            await repository.Journal.AppendAsync(step, cancellationToken).ConfigureAwait(false);
        }

        var (name, hash) = await repository.Drills.PutAsync(result.Id, JsonSerializer.SerializeToUtf8Bytes(result, DrillJson.Default.DrillResult), cancellationToken).ConfigureAwait(false);
        await repository.Journal.AppendAsync(Record(result) with { ObjectName = name, ObjectHash = hash }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lists drills, the oldest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="damaged">Takes what is wrong with one that cannot be read; without it that ends the list.</param>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> naming one that is damaged.</exception>
    public async Task<IReadOnlyList<DrillResult>> ListAsync(DrillFilter filter, CancellationToken cancellationToken, Action<DrException>? damaged = null)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var found = new List<DrillResult>();

        // Ids begin with the second, so the newest come last; of drills of one second the results tell which came first.
        foreach (var stored in (await repository.Drills.ListAsync(cancellationToken).ConfigureAwait(false)).Reverse())
        {
            if (filter.Last is { } last && found.Count >= last && SecondOf(found[^1].Id) != SecondOf(IdOf(stored)))
            {
                break;
            }

            try
            {
                var result = await ReadAsync(stored, cancellationToken).ConfigureAwait(false);
                if ((filter.Service is null || string.Equals(result.Service, filter.Service, StringComparison.OrdinalIgnoreCase))
                    && (filter.Scenario is null || result.Scenario == filter.Scenario)
                    && (filter.After is null || result.Started >= filter.After))
                {
                    found.Add(result);
                }
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure && damaged is not null)
            {
                damaged(e);
            }
        }

        var ordered = found.OrderBy(d => d.Started);
        return filter.Last is { } wanted ? [.. ordered.TakeLast(wanted)] : [.. ordered];
    }

    /// <summary>Finds one drill.</summary>
    /// <param name="reference"><c>latest</c>, an id, or the beginning or end of one that no other shares.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.DrillMissing"/>, or <see cref="DrError.BadUsage"/> when several match.</exception>
    public async Task<DrillResult> FindAsync(string reference, CancellationToken cancellationToken)
    {
        if (reference.Equals("latest", StringComparison.OrdinalIgnoreCase) && await ListAsync(new DrillFilter { Last = 1 }, cancellationToken).ConfigureAwait(false) is [var latest])
        {
            return latest;
        }

        var all = await repository.Drills.ListAsync(cancellationToken).ConfigureAwait(false);
        var matches = all.Where(o => IdOf(o) == reference).ToList() is [var exact] ? [exact]
            : all.Where(o => IdOf(o).StartsWith(reference, StringComparison.OrdinalIgnoreCase) || IdOf(o).EndsWith(reference, StringComparison.OrdinalIgnoreCase)).ToList();
        return matches switch
        {
            [var one] => await ReadAsync(one, cancellationToken).ConfigureAwait(false),
            [] => throw new DrException(DrError.DrillMissing, $"No drill in {repository.Location} matches '{reference}'.", all.Count == 0 ? "None has been held yet: drtools drill run, Invoke-DrDrill." : "List the drills: drtools drill list, Get-DrDrill."),
            _ => throw new DrException(DrError.BadUsage, $"'{reference}' matches {matches.Count} drills: {string.Join(", ", matches.Take(5).Select(IdOf))}.", "Give more of the id."),
        };
    }

    /// <summary>The failover steps that were carried out, each with its time: what forecasts rest on.</summary>
    private static IEnumerable<RunRecord> CarriedOut(DrillResult result) =>
        from phase in result.Phases
        where phase.Step == DrillStep.Switch && phase.Name is not null
        let check = result.Checks.FirstOrDefault(c => c.Kind == DrillCheckKind.Failover && c.Name == phase.Name)
        where check is not null
        select new RunRecord
        {
            Operation = FailoverStep.Operation,
            Outcome = check.Outcome == DrillOutcome.Passed ? RunOutcome.Succeeded : RunOutcome.Failed,
            Started = phase.Started,
            Finished = phase.Started + phase.Duration,
            Mode = phase.Name,
            Reason = result.Service,
            Error = check.Outcome == DrillOutcome.Passed ? null : check.Detail,
            Detail = phase.Detail,
        };

    internal static RunRecord Record(DrillResult result) => new()
    {
        Operation = Operation,
        Outcome = result.Passed ? RunOutcome.Succeeded : RunOutcome.Failed,
        Started = result.Started,
        Finished = result.Finished,
        Source = result.Backups is [var only] ? only.Source : null,
        BackupId = result.Backups is [var one] ? one.BackupId : null,
        Mode = $"{DrillScope.Word(result.Scenario)}, {result.Level.ToString().ToLowerInvariant()}",
        Reason = result.Drill,
        Entries = result.Checks.Count,
        IssueCount = result.Checks.Count(c => c.IsInTheWay),
        Error = result.Passed ? null : result.Checks.Where(c => c.IsInTheWay).Select(c => $"{c.Name}: {c.Detail}").FirstOrDefault(),
        Detail = $"{result.Service}: RTO {(result.MeasuredRto is { } rto ? Figures.Duration(rto) : "not measured")}, RPO {(result.MeasuredRpo is { } rpo ? Figures.Duration(rpo) : "not measured")}{Switched(result)}",
    };

    /// <summary>What was done in production belongs into the journal, also of a drill that was stopped.</summary>
    private static string Switched(DrillResult result) => result.Phases.Where(p => p.Step == DrillStep.Switch).Select(p => p.Name).ToList() is { Count: > 0 } steps ? $"; in production: {string.Join(", ", steps)}" : string.Empty;

    private static string IdOf(StoredObject stored) => stored.Name[RecordStore.Drills.Length..];

    private static string SecondOf(string id) => id.Split('-')[0];

    private async Task<DrillResult> ReadAsync(StoredObject stored, CancellationToken cancellationToken) =>
        Envelope.ReadJson(stored.Name, await repository.Drills.ReadAsync(stored, cancellationToken).ConfigureAwait(false), DrillJson.Default.DrillResult);
}
