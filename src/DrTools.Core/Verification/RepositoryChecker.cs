using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Records;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Leases;
using DrTools.Repositories.Locks;
using DrTools.Repositories.Logs;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Pins;
using DrTools.Stores;

namespace DrTools.Verification;

/// <summary>Checks every object that belongs to no single backup.</summary>
internal sealed class RepositoryChecker(Repository repository, VerifyOptions options)
{
    /// <summary>An expiry that is run every day is some hours late at times.</summary>
    private static readonly TimeSpan LockSlack = TimeSpan.FromDays(1);

    private readonly List<VerifyFinding> _findings = [];

    public async Task<RepositoryCheckResult> CheckAsync(CancellationToken cancellationToken)
    {
        var objects = await repository.Store.ListAllAsync(string.Empty, cancellationToken).ConfigureAwait(false);
        await CheckHeaderAsync(objects.Where(o => o.Name.StartsWith(RepositoryHeader.Prefix, StringComparison.Ordinal)), cancellationToken).ConfigureAwait(false);
        var (manifests, referenced, anchors) = await CheckManifestsAsync(objects, cancellationToken).ConfigureAwait(false);
        var history = new BackupHistory();
        foreach (var (name, problem) in await repository.Journal.VerifyAsync(anchors, link => history.Add(link.Record), cancellationToken).ConfigureAwait(false))
        {
            Add(name, problem);
        }

        await CheckHistoryAsync(history, objects, cancellationToken).ConfigureAwait(false);

        await CheckSealedAsync(objects, LeaseStore.Prefix, EnvelopeKind.Lease, cancellationToken).ConfigureAwait(false);
        await CheckSealedAsync(objects, PinStore.Prefix, EnvelopeKind.Pin, cancellationToken).ConfigureAwait(false);
        await CheckSealedAsync(objects, RecordStore.Drills, EnvelopeKind.Drill, cancellationToken).ConfigureAwait(false);
        await CheckSealedAsync(objects, RecordStore.Actions, EnvelopeKind.ActionEntry, cancellationToken).ConfigureAwait(false);
        await CheckSealedAsync(objects, LockMarkers.Prefix, EnvelopeKind.LockMarker, cancellationToken).ConfigureAwait(false);
        await CheckLocksAsync(cancellationToken).ConfigureAwait(false);
        var logs = objects.Where(o => o.Name.StartsWith(LogName.Prefix, StringComparison.Ordinal)).ToList();
        var readLogs = options.Level == VerifyLevel.Catalog ? 0 : await CheckLogsAsync(logs, cancellationToken).ConfigureAwait(false);
        var packs = objects.Where(o => o.Name.StartsWith("packs/", StringComparison.Ordinal)).ToList();
        foreach (var stray in objects.Where(o => !IsKnown(o.Name)))
        {
            Add(stray.Name, "it does not belong in a repository");
        }

        return new RepositoryCheckResult
        {
            Location = repository.Location,
            RepositoryId = repository.Id,
            Backups = manifests,
            Packs = packs.Count,
            StoredBytes = objects.Sum(o => o.Length),
            Logs = logs.Count,
            ReadLogs = readLogs,
            OrphanedPacks = packs.Count(p => !referenced.Contains(p.Name)),
            JournalRecords = objects.LongCount(o => o.Name.StartsWith(RunJournal.Prefix, StringComparison.Ordinal)),
            Findings = _findings,
        };
    }

    private static bool IsKnown(string name) => name.Split('/')[0] is "header" or "manifests" or "packs" or "journal" or "leases" or "pins" or "locks" or "drills" or "actions" || LogName.TryParse(name, out _);

    private void Add(string name, string problem) => _findings.Add(new VerifyFinding(name, problem, 0, []));

    /// <summary>Locks run out unless an expiry extends them now and then: the promise then holds no longer, and nothing else would
    /// tell.</summary>
    private async ValueTask CheckLocksAsync(CancellationToken cancellationToken)
    {
        if (repository.Locks is { } locks && await locks.PromisedUntilAsync(cancellationToken).ConfigureAwait(false) is var until
            && until < repository.Time.GetUtcNow() + locks.Policy.Promise - LockSlack)
        {
            Add(
                LockMarkers.Prefix,
                $"what is kept is to be locked {locks.Policy.RetentionDays} days ahead, and is known to be locked until {Figures.LocalTime(until)} only; run an expiry (drtools expire, Invoke-DrRetention), which extends locks, more often than every {Math.Max(1, locks.Policy.RetentionDays / 10)} days");
        }
    }

    private async ValueTask CheckHeaderAsync(IEnumerable<StoredObject> copies, CancellationToken cancellationToken)
    {
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var stored in copies)
        {
            present.Add(stored.Name);
            RepositoryHeaderCopy? copy;
            try
            {
                copy = RepositoryHeader.TryParse(await repository.Store.ReadAllAsync(stored, RepositoryHeader.MaximumLength, cancellationToken).ConfigureAwait(false));
            }
            catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.RepositoryNewerFormat)
            {
                copy = null;
            }

            if (copy is null)
            {
                Add(stored.Name, "this copy of the header is damaged; the other one serves");
            }
            else if (!copy.IsAuthentic(repository.Key) || !copy.Header.IsNamed(stored.Name))
            {
                Add(stored.Name, "this copy of the header was changed by someone without the key");
            }
            else if (copy.Header.Generation < repository.Header.Generation)
            {
                Add(stored.Name, "this header is older than the last rotation of the key, and opens with the secret of that time; remove it");
            }
        }

        foreach (var older in present.Where(n => RepositoryHeader.GenerationOf(n) < repository.Header.Generation))
        {
            Add(older, "this header was replaced and should be gone: the secret of then still opens it; rotate the key once more");
        }

        foreach (var missing in RepositoryHeader.Copies.Select(c => RepositoryHeader.ObjectName(repository.Header.Generation, c)).Where(n => !present.Contains(n)))
        {
            Add(missing, "this copy of the header is missing; the other one serves");
        }
    }

    private async ValueTask<(int Count, HashSet<string> Referenced, Dictionary<long, string> Anchors)> CheckManifestsAsync(List<StoredObject> objects, CancellationToken cancellationToken)
    {
        var referenced = new HashSet<string>(StringComparer.Ordinal);
        var anchors = new Dictionary<long, string>();
        var count = 0;
        foreach (var stored in objects.Where(o => o.Name.StartsWith(ManifestName.Prefix, StringComparison.Ordinal)))
        {
            count++;
            if (ManifestName.TryParse(stored.Name) is not { } name)
            {
                Add(stored.Name, "it does not belong among the manifests");
                continue;
            }

            try
            {
                var manifest = await repository.Manifests.ReadAsync(new ListedManifest(name, stored), cancellationToken).ConfigureAwait(false);
                referenced.UnionWith(manifest.Packs.Select(p => p.ObjectName));
                if (manifest.Info.JournalHash is { } hash)
                {
                    anchors[manifest.Info.JournalSequence] = hash;
                }
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure)
            {
                Add(stored.Name, "the manifest is damaged: nothing of this backup can be restored");
            }
            catch (DrException e) when (e.Error == DrError.ObjectMissing)
            {
                // Removed by an expiry meanwhile.
            }
        }

        return (count, referenced, anchors);
    }

    /// <summary>A manifest that is deleted takes its backup with it without a trace, except in the journal.</summary>
    private async ValueTask CheckHistoryAsync(BackupHistory history, List<StoredObject> objects, CancellationToken cancellationToken)
    {
        var present = objects.Select(o => ManifestName.TryParse(o.Name)?.BackupId).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (!history.Vanished(present).Any())
        {
            return;
        }

        // An expiry may be at work, or may have died: its lease says what it removes until the journal does.
        try
        {
            var expiry = await repository.Leases.ReadLastAsync(ExpiryEngine.LeaseScope, cancellationToken).ConfigureAwait(false);
            present.UnionWith(expiry?.Removing ?? []);
        }
        catch (DrException e) when (e.Error == DrError.IntegrityFailure)
        {
            // It is named among the leases.
        }

        await repository.Journal.VerifyAsync(new Dictionary<long, string>(), link => history.Add(link.Record), cancellationToken).ConfigureAwait(false);
        present.UnionWith((await repository.Manifests.ListAsync(null, cancellationToken).ConfigureAwait(false)).Select(m => m.Name.BackupId));
        foreach (var (id, source) in history.Vanished(present))
        {
            Add($"{ManifestName.Prefix}*/*-{id}", $"the journal says that this backup of {source} was taken, and not that it was removed: its manifest is missing");
        }
    }

    /// <summary>Reads logs, or a random share of them, from their start to their end.</summary>
    private async ValueTask<int> CheckLogsAsync(List<StoredObject> objects, CancellationToken cancellationToken)
    {
        var logs = objects.Where(o => LogName.TryParse(o.Name, out _)).ToArray();
        if (options.Percent < 100)
        {
            options.Random.Shuffle(logs);
            logs = logs[..(int)Math.Ceiling(logs.Length * Math.Max(options.Percent, 1) / 100.0)];
        }

        var archive = new LogArchive(repository);
        var gate = new Lock();
        await Task.Run(
            () => Parallel.ForEach(
                logs,
                new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancellationToken },
                stored =>
                {
                    try
                    {
                        // One that is gone was removed by an expiry meanwhile.
                        _ = LogName.TryParse(stored.Name, out var name);
                        archive.TryRead(name, _ => { });
                    }
                    catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
                    {
                        lock (gate)
                        {
                            Add(stored.Name, "the log is damaged: recovery past it is not possible from this repository");
                        }
                    }
                }),
            cancellationToken).ConfigureAwait(false);
        return logs.Length;
    }

    private async ValueTask CheckSealedAsync(List<StoredObject> objects, string prefix, EnvelopeKind kind, CancellationToken cancellationToken)
    {
        foreach (var stored in objects.Where(o => o.Name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            try
            {
                await repository.OpenAsync(kind, stored, cancellationToken).ConfigureAwait(false);
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure)
            {
                Add(stored.Name, $"the {kind.ToString().ToLowerInvariant()} is damaged");
            }
            catch (DrException e) when (e.Error == DrError.ObjectMissing)
            {
                // Released meanwhile.
            }
        }
    }
}
