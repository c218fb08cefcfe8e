using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Verification;

namespace DrTools.Copies;

/// <summary>
/// Holds the copies of each source, over several repositories, against a rule such as 3-2-1: how many there are, on how many
/// kinds of media, how many elsewhere, how many immutable and verified. Media and sites are what the repositories declare, the
/// last verification is what their journals say; contents are not read.
/// </summary>
/// <param name="repositories">The repositories. One that is named twice counts once.</param>
/// <param name="rule">The rule.</param>
public sealed class CopyPolicyCheck(IReadOnlyList<Repository> repositories, CopyRule rule)
{
    private readonly IReadOnlyList<Repository> _repositories = [.. repositories.DistinctBy(r => r.Id)];

    /// <summary>Judges every source that one of the repositories has backups of, or those that are named.</summary>
    /// <param name="sources">Only these sources; one that no repository has is judged too.</param>
    /// <param name="damaged">Takes manifests that cannot be read; their backups do not count.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<IReadOnlyList<CopyPolicyResult>> RunAsync(IReadOnlyList<string> sources, Action<DrException> damaged, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var states = new List<(string Source, string Host, CopyState State)>();
        foreach (var repository in _repositories)
        {
            states.AddRange(await DescribeAsync(repository, sources, damaged, cancellationToken).ConfigureAwait(false));
        }

        var results = states.GroupBy(s => (s.Source, s.Host)).Select(g => Judge(g.Key.Source, g.Key.Host, [.. g.Select(s => s.State)]));
        var absent = sources.Where(s => states.All(t => t.Source != s)).Select(s => Judge(s, Environment.MachineName, []));
        return [.. results.Concat(absent).OrderBy(r => r.Source, StringComparer.Ordinal).ThenBy(r => r.Host, StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<(string Source, string Host, CopyState State)>> DescribeAsync(
        Repository repository, IReadOnlyList<string> sources, Action<DrException> damaged, CancellationToken cancellationToken)
    {
        var backups = await new BackupCatalog(repository).ListAsync(new BackupFilter(), cancellationToken, damaged).ConfigureAwait(false);
        var verifications = (await repository.Journal.ReadAsync(int.MaxValue, cancellationToken).ConfigureAwait(false))
            .Where(r => r is { Operation: "verify", BackupId: not null, Outcome: RunOutcome.Succeeded or RunOutcome.Failed } && IsOfContent(r))
            .ToLookup(r => r.BackupId!, StringComparer.Ordinal);
        var now = repository.Time.GetUtcNow();
        return
        [
            .. backups.Where(b => sources.Count == 0 || sources.Contains(b.Source)).GroupBy(b => (b.Source, b.Host)).Select(g =>
            {
                var newest = g.Last();
                var last = g.SelectMany(b => verifications[b.Id]).MaxBy(r => r.Finished);
                return (g.Key.Source, g.Key.Host, new CopyState
                {
                    Repository = repository.Location,
                    RepositoryId = repository.Id,
                    Medium = repository.Place.Medium,
                    Site = repository.Place.Site,
                    IsImmutable = repository.IsImmutable,
                    Backups = g.Count(),
                    NewestId = newest.Id,
                    NewestStarted = newest.Started,
                    Age = now - newest.Started,
                    LastVerified = last?.Finished,
                    VerifiedBy = last?.Mode,
                    VerifiedOutcome = last?.Outcome,
                    IsVerified = last is { Outcome: RunOutcome.Succeeded } && now - last.Finished <= rule.VerifiedWithin,
                    Counts = rule.MaximumAge is not { } age || now - newest.Started <= age,
                });
            }),
        ];
    }

    /// <summary>That everything is there with its size proves nothing of what it holds, and a share of it little.</summary>
    private static bool IsOfContent(RunRecord run) => run.Mode is nameof(VerifyLevel.Content) or nameof(VerifyLevel.Restore);

    private CopyPolicyResult Judge(string source, string host, IReadOnlyList<CopyState> states)
    {
        var counted = states.Where(s => s.Counts).ToList();
        var media = counted.Select(s => s.Medium).OfType<string>().Append(rule.ProductionMedium.ToLowerInvariant()).Distinct(StringComparer.Ordinal).ToList();
        var result = new CopyPolicyResult
        {
            Source = source,
            Host = host,
            Policy = rule.ToString(),
            Copies = counted.Count + 1,
            Media = media.Count,
            OffSite = CountOffSite(counted),
            Immutable = counted.Count(s => s.IsImmutable),
            Unverified = counted.Count(s => !s.IsVerified),
            Repositories = states,
            Findings = [],
        };
        return result with { Findings = [.. Findings(result, states, counted, media)] };
    }

    private int CountOffSite(List<CopyState> counted)
    {
        var declared = counted.Where(s => s.Site is not null).ToList();
        return rule.ProductionSite is { } own
            ? declared.Count(s => !string.Equals(s.Site, own, StringComparison.OrdinalIgnoreCase))
            : declared.Count - declared.GroupBy(s => s.Site, StringComparer.OrdinalIgnoreCase).Select(g => g.Count()).DefaultIfEmpty(0).Max();
    }

    private IEnumerable<CopyPolicyFinding> Findings(CopyPolicyResult result, IReadOnlyList<CopyState> states, List<CopyState> counted, List<string> media)
    {
        var absent = _repositories.Where(r => states.All(s => s.RepositoryId != r.Id)).Select(r => r.Location).ToList();
        foreach (var old in states.Where(s => !s.Counts))
        {
            yield return new CopyPolicyFinding(
                $"the newest backup in {old.Repository} is {Figures.Duration(old.Age)} old, and {Figures.Duration(rule.MaximumAge!.Value)} is the most",
                $"Back it up, or copy newer backups there (drtools copy all --to {old.Repository}, Copy-DrBackup).");
        }

        if (result.Copies < rule.Copies)
        {
            yield return new CopyPolicyFinding(
                $"{Figures.Count(rule.Copies - result.Copies, "copy", "copies")}: there {(result.Copies == 1 ? "is" : "are")} {result.Copies} with the production data, and {rule.Copies} are wanted",
                absent.Count > 0 ? $"Copy backups to {string.Join(", ", absent)} (drtools copy, Copy-DrBackup)." : "Create another repository and copy backups there (drtools init, drtools copy), or name one that was left out here.");
        }

        if (result.Media < rule.Media)
        {
            var undeclared = counted.Where(s => s.Medium is null).Select(s => s.Repository).ToList();
            yield return new CopyPolicyFinding(
                $"{Figures.Count(rule.Media - result.Media, "kind of medium", "kinds of media")}: all that is declared is {string.Join(", ", media)}",
                undeclared.Count > 0 ? $"Say what {string.Join(" and ", undeclared)} {(undeclared.Count == 1 ? "is" : "are")} on (drtools place --medium, Set-DrRepository -Medium)." : "Copy backups to a repository on another kind of medium: object storage, tape.");
        }

        if (result.OffSite < rule.OffSite)
        {
            var undeclared = counted.Where(s => s.Site is null).Select(s => s.Repository).ToList();
            yield return new CopyPolicyFinding(
                $"{Figures.Count(rule.OffSite - result.OffSite, "copy", "copies")} at another site: {result.OffSite} {(result.OffSite == 1 ? "is" : "are")} known to be elsewhere than {rule.ProductionSite ?? "the others"}",
                undeclared.Count > 0 ? $"Say where {string.Join(" and ", undeclared)} {(undeclared.Count == 1 ? "is" : "are")} (drtools place --site, Set-DrRepository -Site)."
                    : rule.ProductionSite is null ? "Say where the production data is (--production-site, -ProductionSite), or copy backups to a repository elsewhere."
                    : "Copy backups to a repository at another site.");
        }

        if (result.Immutable < rule.Immutable)
        {
            yield return new CopyPolicyFinding(
                $"{Figures.Count(rule.Immutable - result.Immutable, "immutable copy", "immutable copies")}: {result.Immutable} {(result.Immutable == 1 ? "is" : "are")} kept from being deleted by its store",
                "Copy backups to a repository whose store locks what is written, such as a bucket with Object Lock.");
        }

        if (result.Unverified > rule.Unverified)
        {
            foreach (var state in counted.Where(s => !s.IsVerified))
            {
                var how = state.LastVerified is not { } last ? "was never verified by reading its content"
                    : state.VerifiedOutcome == RunOutcome.Failed ? $"failed its last verification ({Figures.Moment(last)})"
                    : $"was last verified {Figures.Moment(last)}, longer than {Figures.Duration(rule.VerifiedWithin)} ago";
                yield return new CopyPolicyFinding(
                    $"what is in {state.Repository} {how}",
                    $"Verify it (drtools verify {state.NewestId} --level restore --repo {state.Repository}, Test-DrBackupIntegrity)." + (state.VerifiedOutcome == RunOutcome.Failed ? " What is damaged there is copied anew only when its backup is removed there first." : string.Empty));
            }
        }
    }
}
