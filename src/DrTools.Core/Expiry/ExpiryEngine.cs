using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Leases;
using DrTools.Repositories.Manifests;
using DrTools.Retention;
using DrTools.Stores;

namespace DrTools.Expiry;

/// <summary>
/// Removes backups that no rule keeps, and the packs that nothing refers to any more. Safe beside running backups,
/// and after a crash at any moment: a backup is gone with its manifest, and packs go only when nothing names them.
/// </summary>
public sealed class ExpiryEngine(Repository repository)
{
    /// <summary>Applies a retention policy.</summary>
    /// <param name="options">The policy and how to apply it.</param>
    /// <param name="cancellationToken">Stops it; what is removed by then stays removed, and nothing is torn.</param>
    /// <exception cref="DrException"><see cref="DrError.LeaseHeld"/> when another expiry runs,
    /// <see cref="DrError.IntegrityFailure"/> when a manifest is damaged: nothing is removed before that is settled,
    /// because what it refers to is unknown.</exception>
    public Task<ExpiryResult> RunAsync(ExpiryOptions options, CancellationToken cancellationToken) =>
        RunAsync(
            options,
            (candidates, now) => RetentionPlanner.Plan([.. candidates.Where(c => options.Source is null || c.Info.Source == options.Source).Select(c => c.Candidate)], options.Policy, now),
            $"keep {options.Policy}",
            cancellationToken);

    /// <summary>Removes named backups, and what nothing refers to any more.</summary>
    /// <param name="backups">The backups.</param>
    /// <param name="force">Whether the last restorable backup of a source may go too.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BackupProtected"/> for a pinned backup, or the last restorable
    /// one of a source unless <paramref name="force"/> is set; nothing has been removed then.</exception>
    public Task<ExpiryResult> RemoveAsync(IReadOnlyList<BackupInfo> backups, bool force, CancellationToken cancellationToken) =>
        RemoveAsync(backups, force, dryRun: false, cancellationToken);

    /// <summary>Says what <see cref="RemoveAsync(IReadOnlyList{BackupInfo}, bool, CancellationToken)"/> would remove,
    /// changing nothing.</summary>
    /// <exception cref="DrException"><see cref="DrError.BackupProtected"/>, as the removal itself.</exception>
    public Task<ExpiryResult> PlanRemovalAsync(IReadOnlyList<BackupInfo> backups, bool force, CancellationToken cancellationToken) =>
        RemoveAsync(backups, force, dryRun: true, cancellationToken);

    private Task<ExpiryResult> RemoveAsync(IReadOnlyList<BackupInfo> backups, bool force, bool dryRun, CancellationToken cancellationToken) =>
        RunAsync(
            new ExpiryOptions { Policy = new RetentionPolicy { Rules = [] }, DryRun = dryRun },
            (candidates, _) => new RetentionPlan([.. PlanRemoval(candidates, [.. backups.Select(b => b.Id)], force)]),
            $"remove {string.Join(", ", backups.Select(b => b.Id))}",
            cancellationToken);

    private static IEnumerable<RetentionDecision> PlanRemoval(IReadOnlyList<(RetentionCandidate Candidate, BackupInfo Info)> candidates, HashSet<string> ids, bool force)
    {
        foreach (var source in candidates.GroupBy(c => c.Candidate.Source))
        {
            foreach (var (candidate, info) in source.Where(c => ids.Contains(c.Candidate.Id)))
            {
                if (candidate.IsPinned)
                {
                    throw Protected(info, $"is pinned{(candidate.PinReason is null ? string.Empty : $" ({candidate.PinReason})")}", "Release it first (drtools unpin, Unprotect-DrBackup).");
                }

                if (candidate.IsLeased)
                {
                    throw Protected(info, "is what a running backup builds on", "Wait until that one has finished.");
                }

                if (!force && source.All(c => ids.Contains(c.Candidate.Id)))
                {
                    throw Protected(info, $"would take the last backup of {info.Source} with it", "Take another backup first, or insist (--force, -Force).");
                }

                yield return new RetentionDecision(candidate, false, ["removed by name"]);
            }
        }
    }

    private static DrException Protected(BackupInfo backup, string why, string remedy) =>
        new(DrError.BackupProtected, $"The backup {backup.Id} {why}.", remedy) { Subject = backup.Id };

    private async Task<ExpiryResult> RunAsync(
        ExpiryOptions options,
        Func<IReadOnlyList<(RetentionCandidate Candidate, BackupInfo Info)>, DateTimeOffset, RetentionPlan> plan,
        string detail,
        CancellationToken cancellationToken)
    {
        var started = repository.Time.GetUtcNow();
        if (options.DryRun)
        {
            return await ExecuteAsync(options, plan, started, cancellationToken).ConfigureAwait(false);
        }

        var lease = await repository.Leases.AcquireAsync("expiry", LeaseRecord.For("expire"), cancellationToken).ConfigureAwait(false);
        await using (lease.ConfigureAwait(false))
        {
            var run = new RunRecord { Operation = "expire", Outcome = RunOutcome.Failed, Started = started, Finished = started, Source = options.Source, Detail = detail };
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Lost);
            try
            {
                var result = await ExecuteAsync(options, plan, started, stop.Token).ConfigureAwait(false);
                await repository.Journal.AppendAsync(
                    run with
                    {
                        Outcome = RunOutcome.Succeeded,
                        Finished = repository.Time.GetUtcNow(),
                        Entries = result.RemovedBackups,
                        StoredBytes = result.FreedBytes,
                        Detail = $"{detail}; removed: {(result.RemovedBackups == 0 ? "none" : string.Join(", ", result.Plan.Removed.Select(r => r.Id)))}; {result.RemovedPacks} packs",
                    },
                    CancellationToken.None).ConfigureAwait(false);
                return result;
            }
            catch (Exception e)
            {
                await FailureRecord.TryAppendAsync(repository, run with { Finished = repository.Time.GetUtcNow() }, e).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <remarks>
    /// The order makes it safe beside running backups. Packs are listed first: what a backup stores later is not
    /// touched. Manifests go before leases are read: a backup names its parent in its lease first and then looks
    /// whether the parent still exists, so either it sees that the parent is gone, or its lease is seen here. Manifests
    /// are listed again after the leases: a backup releases its lease only after its manifest exists.
    /// </remarks>
    private async Task<ExpiryResult> ExecuteAsync(
        ExpiryOptions options,
        Func<IReadOnlyList<(RetentionCandidate Candidate, BackupInfo Info)>, DateTimeOffset, RetentionPlan> makePlan,
        DateTimeOffset started,
        CancellationToken cancellationToken)
    {
        var packs = await repository.Store.ListAllAsync("packs/", cancellationToken).ConfigureAwait(false);
        var manifests = await ReadManifestsAsync(cancellationToken).ConfigureAwait(false);
        var candidates = await DescribeAsync(manifests, cancellationToken).ConfigureAwait(false);
        var plan = makePlan(candidates, started);
        var removed = plan.Removed.Select(c => c.Id).ToHashSet(StringComparer.Ordinal);
        if (!options.DryRun)
        {
            foreach (var id in removed)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await repository.Store.DeleteAsync(manifests[id].Listed.Stored.Name, cancellationToken).ConfigureAwait(false);
            }
        }

        var live = await repository.Leases.ListLiveAsync(cancellationToken).ConfigureAwait(false);
        var referenced = new HashSet<string>(StringComparer.Ordinal);
        foreach (var parent in live.Select(l => l.ParentId).Where(p => p is not null && removed.Contains(p)))
        {
            referenced.UnionWith(manifests[parent!].Root.Packs.Select(p => p.ObjectName));
        }

        foreach (var (id, manifest) in options.DryRun ? manifests : await ReadManifestsAsync(manifests, cancellationToken).ConfigureAwait(false))
        {
            if (!removed.Contains(id))
            {
                referenced.UnionWith(manifest.Root.Packs.Select(p => p.ObjectName));
            }
        }

        // The packs of a removed backup may go at once; those of one that never existed may still be resumed.
        var writing = live.SelectMany(l => l.PackOwners).ToHashSet(StringComparer.Ordinal);
        var completed = manifests.Keys.ToHashSet(StringComparer.Ordinal);
        int removedPacks = 0, deferred = 0;
        long freed = 0;
        foreach (var pack in packs.Where(p => !referenced.Contains(p.Name)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var owner = pack.Name.Split('/')[1];
            if (writing.Contains(owner) || (!completed.Contains(owner) && pack.Created > started - options.OrphanGrace))
            {
                deferred++;
                continue;
            }

            if (!options.DryRun)
            {
                await repository.Store.DeleteAsync(pack.Name, cancellationToken).ConfigureAwait(false);
            }

            removedPacks++;
            freed += pack.Length;
        }

        if (!options.DryRun)
        {
            await RemoveRemainsAsync(removed, cancellationToken).ConfigureAwait(false);
        }

        return new ExpiryResult
        {
            Plan = plan,
            IsDryRun = options.DryRun,
            RemovedBackups = removed.Count,
            RemovedPacks = removedPacks,
            FreedBytes = freed,
            DeferredPacks = deferred,
            Duration = repository.Time.GetUtcNow() - started,
        };
    }

    private async ValueTask<Dictionary<string, (ListedManifest Listed, ManifestRoot Root)>> ReadManifestsAsync(CancellationToken cancellationToken) =>
        await ReadManifestsAsync([], cancellationToken).ConfigureAwait(false);

    private async ValueTask<Dictionary<string, (ListedManifest Listed, ManifestRoot Root)>> ReadManifestsAsync(
        Dictionary<string, (ListedManifest Listed, ManifestRoot Root)> known,
        CancellationToken cancellationToken)
    {
        var manifests = new Dictionary<string, (ListedManifest, ManifestRoot)>(StringComparer.Ordinal);
        foreach (var listed in await repository.Manifests.ListAsync(null, cancellationToken).ConfigureAwait(false))
        {
            var id = listed.Name.BackupId;
            manifests[id] = (listed, known.TryGetValue(id, out var read) ? read.Root : await repository.Manifests.ReadAsync(listed, cancellationToken).ConfigureAwait(false));
        }

        return manifests;
    }

    private async ValueTask<IReadOnlyList<(RetentionCandidate Candidate, BackupInfo Info)>> DescribeAsync(
        Dictionary<string, (ListedManifest Listed, ManifestRoot Root)> manifests,
        CancellationToken cancellationToken)
    {
        var pins = await repository.Pins.ListAsync(cancellationToken).ConfigureAwait(false);
        var leased = (await repository.Leases.ListLiveAsync(cancellationToken).ConfigureAwait(false)).Select(l => l.ParentId).ToHashSet(StringComparer.Ordinal);
        return [.. manifests.Values.Select(m => m.Root.Info).Select(i => (
            new RetentionCandidate
            {
                Id = i.Id,
                Source = i.Host == Environment.MachineName ? i.Source : $"{i.Source} on {i.Host}",
                Type = i.Type,
                Started = i.Started,
                Sequence = i.Sequence,
                IsPartial = i.IsPartial,
                IsPinned = pins.ContainsKey(i.Id),
                PinReason = pins.GetValueOrDefault(i.Id)?.Reason,
                IsLeased = leased.Contains(i.Id),
            },
            i))];
    }

    private async ValueTask RemoveRemainsAsync(HashSet<string> removed, CancellationToken cancellationToken)
    {
        foreach (var id in removed)
        {
            await repository.Pins.UnpinAsync(id, cancellationToken).ConfigureAwait(false);
        }

        if (repository.Store is DirectoryStore directory)
        {
            await directory.RemoveAbandonedAsync(TimeSpan.FromDays(1), repository.Time, cancellationToken).ConfigureAwait(false);
        }
    }
}
