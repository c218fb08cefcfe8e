using System.Globalization;
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
    /// <summary>What an expiry holds while it runs.</summary>
    internal const string LeaseScope = "expiry";

    /// <summary>Applies a retention policy.</summary>
    /// <param name="options">The policy and how to apply it.</param>
    /// <param name="cancellationToken">Stops it; what is removed by then stays removed, and nothing is torn.</param>
    /// <exception cref="DrException"><see cref="DrError.LeaseHeld"/> when another expiry runs,
    /// <see cref="DrError.IntegrityFailure"/> when a manifest is damaged: nothing is removed before that is settled,
    /// because what it refers to is unknown.</exception>
    public Task<ExpiryResult> RunAsync(ExpiryOptions options, CancellationToken cancellationToken) =>
        RunAsync(
            options,
            (manifests, candidates, now) =>
            {
                ThrowIfDamaged(manifests);
                return RetentionPlanner.Plan([.. candidates.Where(c => options.Source is null || c.Info?.Source == options.Source).Select(c => c.Candidate)], options.Policy, now);
            },
            $"keep {options.Policy}",
            cancellationToken);

    /// <summary>Applies a policy of its own to each of several sources, and touches no other.</summary>
    /// <param name="retentions">The policies.</param>
    /// <param name="dryRun">Whether to say only what would be removed.</param>
    /// <param name="cancellationToken">Stops it; what is removed by then stays removed, and nothing is torn.</param>
    /// <exception cref="DrException">As of <see cref="RunAsync(ExpiryOptions, CancellationToken)"/>.</exception>
    public Task<ExpiryResult> RunAsync(IReadOnlyList<SourceRetention> retentions, bool dryRun, CancellationToken cancellationToken) =>
        RunAsync(
            new ExpiryOptions { Policy = new RetentionPolicy { Rules = [] }, BySource = retentions, DryRun = dryRun, Source = retentions.Count == 1 ? retentions[0].Source : null },
            (manifests, candidates, now) =>
            {
                ThrowIfDamaged(manifests);
                return new RetentionPlan([.. retentions.SelectMany(r => RetentionPlanner.Plan([.. candidates.Where(c => r.IsOf(c.Info)).Select(c => c.Candidate)], r.Policy, now).Decisions)]);
            },
            string.Join("; ", retentions.Select(r => $"keep {r.Policy} of {r.Source}")),
            cancellationToken);

    /// <summary>Removes named backups, and what nothing refers to any more.</summary>
    /// <param name="backups">The backups.</param>
    /// <param name="force">Whether the last restorable backup of a source may go too.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BackupProtected"/> for a pinned backup, or the last restorable
    /// one of a source unless <paramref name="force"/> is set; nothing has been removed then.</exception>
    public Task<ExpiryResult> RemoveAsync(IReadOnlyList<BackupInfo> backups, bool force, CancellationToken cancellationToken) =>
        RemoveByIdAsync([.. backups.Select(b => b.Id)], force, dryRun: false, cancellationToken);

    /// <summary>Says what <see cref="RemoveAsync(IReadOnlyList{BackupInfo}, bool, CancellationToken)"/> would remove,
    /// changing nothing.</summary>
    /// <exception cref="DrException"><see cref="DrError.BackupProtected"/>, as the removal itself.</exception>
    public Task<ExpiryResult> PlanRemovalAsync(IReadOnlyList<BackupInfo> backups, bool force, CancellationToken cancellationToken) =>
        RemoveByIdAsync([.. backups.Select(b => b.Id)], force, dryRun: true, cancellationToken);

    /// <summary>Removes backups by their ids, which is the only way to name one whose manifest is damaged.</summary>
    /// <param name="ids">Complete ids.</param>
    /// <param name="force">Whether a damaged backup, or the last restorable one of a source, may go. While other manifests
    /// are damaged, the backups go and every pack stays, because what those refer to is unknown.</param>
    /// <param name="dryRun">Whether to say only what would be removed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/>, <see cref="DrError.BackupProtected"/>, or
    /// <see cref="DrError.IntegrityFailure"/> when other manifests are damaged and <paramref name="force"/> is not set;
    /// nothing has been removed then.</exception>
    public Task<ExpiryResult> RemoveByIdAsync(IReadOnlyList<string> ids, bool force, bool dryRun, CancellationToken cancellationToken) =>
        RunAsync(
            new ExpiryOptions { Policy = new RetentionPolicy { Rules = [] }, DryRun = dryRun, RefusesLocked = true },
            (manifests, candidates, _) =>
            {
                var plan = RemovalPlanner.Plan([.. candidates.Select(c => c.Candidate)], ids.ToHashSet(StringComparer.Ordinal), force, repository.Location);
                if (!force)
                {
                    ThrowIfDamaged(manifests);
                }

                return plan;
            },
            $"remove {string.Join(", ", ids)}",
            cancellationToken);

    private static void ThrowIfDamaged(KnownManifests manifests)
    {
        if (manifests.Damaged.FirstOrDefault() is { Damage: { } damage } first)
        {
            throw new DrException(
                DrError.IntegrityFailure,
                $"{damage.Message} Nothing is removed, because what the backup {first.Listed.Name.BackupId} refers to is unknown.",
                $"Bring the manifest back from another copy of the repository, or give the backup up: remove {first.Listed.Name.BackupId} by its id with --force (-Force).",
                damage)
            { Subject = first.Listed.Stored.Name };
        }
    }

    private async Task<ExpiryResult> RunAsync(
        ExpiryOptions options,
        Func<KnownManifests, IReadOnlyList<(RetentionCandidate Candidate, BackupInfo? Info)>, DateTimeOffset, RetentionPlan> plan,
        string detail,
        CancellationToken cancellationToken)
    {
        var started = repository.Time.GetUtcNow();
        if (options.DryRun)
        {
            return await ExecuteAsync(options, plan, started, null, cancellationToken).ConfigureAwait(false);
        }

        var lease = await repository.Leases.AcquireAsync(LeaseScope, LeaseRecord.For("expire"), cancellationToken).ConfigureAwait(false);
        await using (lease.ConfigureAwait(false))
        {
            var run = new RunRecord { Operation = "expire", Outcome = RunOutcome.Failed, Started = started, Finished = started, Source = options.Source, Detail = detail };
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Lost);
            try
            {
                var result = await ExecuteAsync(options, plan, started, lease, stop.Token).ConfigureAwait(false);
                await repository.Journal.AppendAsync(
                    run with
                    {
                        Outcome = RunOutcome.Succeeded,
                        Finished = repository.Time.GetUtcNow(),
                        Entries = result.RemovedBackups,
                        StoredBytes = result.FreedBytes + result.FreedLogBytes,
                        LogBytes = result.FreedLogBytes,
                        RemovedBackups = Removed(result.Plan.Removed.Select(r => r.Id), lease.Abandoned),
                        Detail = $"{detail}; removed: {(result.RemovedBackups == 0 ? "none" : string.Join(", ", result.Plan.Removed.Select(r => r.Id)))}; {Figures.Count(result.RemovedPacks, "pack")}, {Figures.Count(result.RemovedLogs, "log")}",
                    },
                    CancellationToken.None).ConfigureAwait(false);
                return result;
            }
            catch (Exception e)
            {
                await FailureRecord.TryAppendAsync(repository, run with { Finished = repository.Time.GetUtcNow() }, e).ConfigureAwait(false);
                await TryAbandonAsync(lease).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>What this one removed, and what one before it did without living to say so.</summary>
    private static List<string>? Removed(IEnumerable<string> own, LeaseRecord? abandoned)
    {
        var removed = own.Union(abandoned?.Removing ?? []).ToList();
        return removed.Count == 0 ? null : removed;
    }

    /// <summary>The lease's record goes on saying which backups may have been removed.</summary>
    private static async ValueTask TryAbandonAsync(Lease lease)
    {
        try
        {
            await lease.AbandonAsync().ConfigureAwait(false);
        }
        catch (DrException)
        {
            // A store that failed cannot be expected to take the lease's last word; it ends by itself.
        }
    }

    /// <remarks>
    /// The order makes it safe beside running backups. Packs are listed first: what a backup stores later is not
    /// touched. Manifests go before leases are read: a backup names its parent in its lease first and then looks
    /// whether the parent still exists, so either it sees that the parent is gone, or its lease is seen here. In the
    /// same way a backup names interrupted ones in its lease first and then looks whether an expiry runs. Manifests
    /// are listed again after the leases: a backup releases its lease only after its manifest exists.
    /// </remarks>
    private async Task<ExpiryResult> ExecuteAsync(
        ExpiryOptions options,
        Func<KnownManifests, IReadOnlyList<(RetentionCandidate Candidate, BackupInfo? Info)>, DateTimeOffset, RetentionPlan> makePlan,
        DateTimeOffset started,
        Lease? lease,
        CancellationToken cancellationToken)
    {
        var packs = await repository.Store.ListAllAsync("packs/", cancellationToken).ConfigureAwait(false);
        var logs = await LogExpiry.ListAsync(repository, cancellationToken).ConfigureAwait(false);
        var manifests = await KnownManifests.ReadAsync(repository, null, cancellationToken).ConfigureAwait(false);
        var candidates = await DescribeAsync(manifests, cancellationToken).ConfigureAwait(false);
        var (plan, locked) = await WithoutLockedAsync(makePlan(manifests, candidates, started), manifests, options, cancellationToken).ConfigureAwait(false);
        var removed = plan.Removed.Select(c => c.Id).ToHashSet(StringComparer.Ordinal);
        if (removed.Count > 0 && lease is not null)
        {
            await lease.RenewAsync(r => r with { Removing = [.. (r.Removing ?? []).Union(removed)] }, cancellationToken).ConfigureAwait(false);
            foreach (var id in removed)
            {
                cancellationToken.ThrowIfCancellationRequested();
                lease.ThrowIfLapsed();
                await repository.Store.DeleteAsync(manifests.Listed(id).Stored.Name, cancellationToken).ConfigureAwait(false);
            }
        }

        var leases = await repository.Leases.ListAsync(cancellationToken).ConfigureAwait(false);
        var live = leases.Where(l => l.IsLive).Select(l => l.Record).ToList();
        var remaining = options.DryRun ? manifests : await KnownManifests.ReadAsync(repository, manifests, cancellationToken).ConfigureAwait(false);
        var inUse = new HashSet<string>(StringComparer.Ordinal);
        var isAllKnown = true;
        foreach (var id in remaining.Ids.Where(id => !removed.Contains(id)).Concat(live.Select(l => l.ParentId).Where(p => p is not null && removed.Contains(p)).Cast<string>()))
        {
            var named = (remaining.Contains(id) ? remaining : manifests).PacksOf(id);
            isAllKnown &= named is not null;
            inUse.UnionWith(named ?? []);
        }

        // A backup is resumed through the lease that it left behind, so packs of any other may go at once.
        var writing = live.SelectMany(l => l.PackOwners).ToHashSet(StringComparer.Ordinal);
        var resumable = leases.Where(l => !l.IsLive).SelectMany(l => l.Record.PackOwners).ToHashSet(StringComparer.Ordinal);
        int removedPacks = 0, deferred = 0;
        long freed = 0;
        foreach (var pack in packs.Where(p => !inUse.Contains(p.Name)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var owner = pack.Name.Split('/')[1];
            if (!isAllKnown || writing.Contains(owner) || (resumable.Contains(owner) && pack.Created > started - options.OrphanGrace))
            {
                deferred++;
                continue;
            }

            if (options.DryRun)
            {
                if (await locked.FindAsync(pack.Name, cancellationToken).ConfigureAwait(false))
                {
                    continue;
                }
            }
            else
            {
                lease!.ThrowIfLapsed();
                if (!await locked.TryDeleteAsync(pack.Name, cancellationToken).ConfigureAwait(false))
                {
                    continue;
                }
            }

            removedPacks++;
            freed += pack.Length;
        }

        var kept = isAllKnown ? remaining.Whole.Select(m => m.Info).Where(i => !removed.Contains(i.Id)).ToList() : null;
        var series = await logs.RunAsync(kept, live, options, started, lease, locked, cancellationToken).ConfigureAwait(false);
        var extended = 0;
        if (!options.DryRun)
        {
            if (repository.Locks is not null)
            {
                extended = await repository.Locks.ExtendAsync(remaining.Whole.Where(m => !removed.Contains(m.Info.Id) && !locked.Backups.Contains(m.Info.Id)), removed, cancellationToken).ConfigureAwait(false);
            }

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
            LockedBackups = locked.Backups.Count,
            LockedObjects = locked.Objects,
            LockedUntil = locked.Until,
            ExtendedLocks = extended,
            Logs = series,
            Duration = repository.Time.GetUtcNow() - started,
        };
    }

    /// <summary>What is locked stays, whatever the rules say of it.</summary>
    private async ValueTask<(RetentionPlan Plan, LockedObjects Locked)> WithoutLockedAsync(RetentionPlan plan, KnownManifests manifests, ExpiryOptions options, CancellationToken cancellationToken)
    {
        var locked = new LockedObjects(repository);
        var decisions = new List<RetentionDecision>();
        foreach (var decision in plan.Decisions)
        {
            decisions.Add(!decision.Keep && await locked.FindAsync(decision.Candidate.Id, manifests.Listed(decision.Candidate.Id).Stored.Name, cancellationToken).ConfigureAwait(false) is { } until
                ? decision with { Keep = true, Reasons = [$"locked until {until.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture)}"] }
                : decision);
        }

        return locked.Backups.Count == 0 || !options.RefusesLocked ? (new RetentionPlan(decisions), locked) : throw new DrException(
            DrError.ObjectLocked,
            $"{string.Join(", ", locked.Backups)} cannot be removed: locked, the last until {locked.Until!.Value.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture)}. Nothing has been removed.",
            "Wait until then; expiry removes then what no rule keeps, and extends no lock of it.");
    }

    private async ValueTask<IReadOnlyList<(RetentionCandidate Candidate, BackupInfo? Info)>> DescribeAsync(KnownManifests manifests, CancellationToken cancellationToken)
    {
        var pins = await repository.Pins.ListAsync(cancellationToken).ConfigureAwait(false);
        var leased = (await repository.Leases.ListLiveAsync(cancellationToken).ConfigureAwait(false)).Select(l => l.ParentId).ToHashSet(StringComparer.Ordinal);
        RetentionCandidate Complete(RetentionCandidate candidate) => candidate with
        {
            IsPinned = pins.ContainsKey(candidate.Id),
            PinReason = pins.GetValueOrDefault(candidate.Id)?.Reason,
            IsLeased = leased.Contains(candidate.Id),
        };
        var candidates = new List<(RetentionCandidate, BackupInfo?)>();
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var info in manifests.Whole.Select(m => m.Info))
        {
            var source = info.Host == Environment.MachineName ? info.Source : $"{info.Source} on {info.Host}";
            sources[manifests.Listed(info.Id).Name.SourceTag] = source;
            candidates.Add((
                Complete(new RetentionCandidate
                {
                    Id = info.Id,
                    Source = source,
                    Type = info.Type,
                    Started = info.Started,
                    Sequence = info.Sequence,
                    IsPartial = info.IsPartial,
                }),
                info));
        }

        // Of a damaged one there is only its name.
        foreach (var (listed, _) in manifests.Damaged)
        {
            var name = listed.Name;
            candidates.Add((
                Complete(new RetentionCandidate
                {
                    Id = name.BackupId,
                    Source = sources.GetValueOrDefault(name.SourceTag, $"an unknown source ({name.SourceTag})"),
                    Type = name.Type,
                    Started = DateTimeOffset.TryParseExact(name.BackupId.Split('-')[0], "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var started) ? started : listed.Stored.Created,
                    Sequence = name.Sequence,
                    IsDamaged = true,
                }),
                null));
        }

        return candidates;
    }

    private async ValueTask RemoveRemainsAsync(HashSet<string> removed, CancellationToken cancellationToken)
    {
        foreach (var id in removed)
        {
            await repository.Pins.UnpinAsync(id, cancellationToken).ConfigureAwait(false);
        }

        await repository.Store.RemoveAbandonedAsync(TimeSpan.FromDays(1), repository.Time, cancellationToken).ConfigureAwait(false);
    }
}
