using System.Collections.Concurrent;
using DrTools.Backup;
using DrTools.Concurrency;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Logs;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Stores;

namespace DrTools.Verification;

/// <summary>
/// Verifies backups. One engine remembers the packs it has read, so that backups with packs in common cost them once;
/// it takes one backup at a time.
/// </summary>
public sealed class VerificationEngine(Repository repository, VerifyOptions options)
{
    private readonly ConcurrentDictionary<Guid, PackVerdict> _verdicts = new();
    private readonly HashSet<Guid> _skipped = [];
    private Dictionary<string, long>? _stored;

    /// <summary>Verifies one backup, and records it in the journal.</summary>
    /// <param name="backupId">Its id.</param>
    /// <param name="progress">Takes how far it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What was found; damage is a finding, not an exception.</returns>
    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/>, or what the store says.</exception>
    public async Task<VerifyResult> VerifyAsync(string backupId, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        var started = repository.Time.GetUtcNow();
        var run = new RunRecord
        {
            Operation = "verify",
            Outcome = RunOutcome.Failed,
            Started = started,
            Finished = started,
            BackupId = backupId,
            Mode = options.Level == VerifyLevel.Content && options.Percent < 100 ? $"{options.Level} {options.Percent} %" : options.Level.ToString(),
        };
        try
        {
            var listed = await repository.Manifests.FindAsync(backupId, cancellationToken).ConfigureAwait(false)
                ?? throw new DrException(DrError.BackupMissing, $"There is no backup {backupId} in {repository.Location}.", "List the backups to see what there is.") { Subject = backupId };
            var result = await VerifyAsync(listed, progress, cancellationToken).ConfigureAwait(false);
            result = result with { Duration = repository.Time.GetUtcNow() - started };
            var note = await repository.Journal.TryAppendAsync(
                run with
                {
                    Outcome = result.Passed ? RunOutcome.Succeeded : RunOutcome.Failed,
                    Finished = repository.Time.GetUtcNow(),
                    Source = result.Backup?.Source,
                    Entries = result.CheckedEntries,
                    Bytes = result.CheckedBytes,
                    StoredBytes = result.CheckedBytes,
                    IssueCount = result.Findings.Count + result.Checks.Count(c => c.Failed),
                    ErrorId = result.Passed ? null : nameof(DrError.IntegrityFailure),
                    Error = result.Passed ? null : result.Findings.Select(f => $"{f.Object}: {f.Problem}").Concat(result.Checks.Where(c => c.Failed).Select(c => $"{c.Name}: {c.Detail}")).First(),
                }).ConfigureAwait(false);
            return note is null ? result : result with { Notes = [note] };
        }
        catch (Exception e)
        {
            await FailureRecord.TryAppendAsync(repository, run with { Finished = repository.Time.GetUtcNow() }, e).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Verifies what belongs to no single backup: header copies, journal, leases, pins, stray objects, and, beyond the
    /// catalog level, every log (or a random share of them).</summary>
    /// <exception cref="DrException">What the store says.</exception>
    public Task<RepositoryCheckResult> CheckRepositoryAsync(CancellationToken cancellationToken) =>
        new RepositoryChecker(repository, options).CheckAsync(cancellationToken);

    private async Task<VerifyResult> VerifyAsync(ListedManifest listed, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        var result = new VerifyResult
        {
            BackupId = listed.Name.BackupId,
            Repository = repository.Location,
            Level = options.Level,
            Percent = options.Level == VerifyLevel.Content ? Math.Clamp(options.Percent, 1, 100) : 100,
            Verified = repository.Time.GetUtcNow(),
        };
        ManifestRoot manifest;
        try
        {
            manifest = await repository.Manifests.ReadAsync(listed, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
        {
            return result with { Findings = [new VerifyFinding(listed.Stored.Name, "the manifest is damaged: nothing of this backup can be restored", 0, [])] };
        }

        _stored ??= (await repository.Store.ListAllAsync("packs/", cancellationToken).ConfigureAwait(false)).ToDictionary(o => o.Name, o => o.Length, StringComparer.Ordinal);
        var problems = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pack in manifest.Packs)
        {
            if (!_stored.TryGetValue(pack.ObjectName, out var length))
            {
                problems[pack.ObjectName] = "it is missing";
            }
            else if (length != pack.Length)
            {
                problems[pack.ObjectName] = $"it has {length} bytes instead of {pack.Length}";
            }
        }

        var readsContent = options.Level != VerifyLevel.Catalog;
        if (readsContent)
        {
            await ReadPacksAsync(manifest, result.Percent, progress, cancellationToken).ConfigureAwait(false);
        }

        var affected = new AffectedEntries();
        var checkedEntries = await CompareEntriesAsync(manifest, problems, affected, readsContent, cancellationToken).ConfigureAwait(false);
        foreach (var pack in manifest.Packs)
        {
            if (readsContent && _verdicts.TryGetValue(pack.Id, out var verdict) && verdict.Problem is { } problem)
            {
                problems.TryAdd(pack.ObjectName, problem);
            }
        }

        var verified = manifest.Packs.Where(p => _verdicts.ContainsKey(p.Id)).Sum(p => p.Length);
        result = result with
        {
            Backup = manifest.Info,
            Packs = manifest.Packs.Count,
            TotalBytes = manifest.ReferencedBytes,
            CheckedBytes = readsContent ? verified : 0,
            CheckedEntries = checkedEntries,
            Findings = [.. problems.Select(p => affected.Describe(p.Key, p.Value))],
        };
        return options.Level == VerifyLevel.Restore ? await RestoreAsync(manifest, result, cancellationToken).ConfigureAwait(false) : result;
    }

    private async Task ReadPacksAsync(ManifestRoot manifest, int percent, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        var unread = manifest.Packs.Where(p => !_verdicts.ContainsKey(p.Id) && !_skipped.Contains(p.Id)).ToArray();
        if (percent < 100)
        {
            options.Random.Shuffle(unread);
            var count = Math.Max(1, (int)Math.Ceiling(unread.Length * percent / 100.0));
            _skipped.UnionWith(unread.Skip(count).Select(p => p.Id));
            unread = unread[..Math.Min(count, unread.Length)];
        }

        var total = unread.Sum(p => p.Length);
        long done = 0;
        var next = -1;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        async Task WorkAsync()
        {
            using var verifier = new PackVerifier(repository);
            while (Interlocked.Increment(ref next) is var index && index < unread.Length)
            {
                stop.Token.ThrowIfCancellationRequested();
                var pack = unread[index];
                _verdicts[pack.Id] = await verifier.VerifyAsync(pack, stop.Token).ConfigureAwait(false);
                progress?.Report(new VerifyProgress(Interlocked.Add(ref done, pack.Length), total, pack.ObjectName));
            }
        }

        await TaskGroup.AllOrNoneAsync(Enumerable.Range(0, options.Workers).Select(_ => Task.Run(WorkAsync, CancellationToken.None)), stop).ConfigureAwait(false);
    }

    /// <summary>Reads the body of the manifest and compares every extent with what is known of its pack.</summary>
    private async Task<long> CompareEntriesAsync(ManifestRoot manifest, SortedDictionary<string, string> problems, AffectedEntries affected, bool readsContent, CancellationToken cancellationToken)
    {
        var table = manifest.NewPackTable();
        var packs = table.ToList();
        var verdicts = packs.Select(p => readsContent ? _verdicts.GetValueOrDefault(p.Id) : null).ToArray();

        // Of a pack that was read it is known which frames are lost. Of one that was not, all that is known is its size.
        var doubtful = packs.Select((p, i) => problems.ContainsKey(p.ObjectName) && (verdicts[i] is null || !_stored!.ContainsKey(p.ObjectName))).ToArray();
        using var reader = new ManifestReader(repository, manifest, table);
        using var frames = new FrameReader(repository);
        byte[] path = [];
        long entries = 0;
        foreach (var block in manifest.Blocks)
        {
            List<ManifestRecord> records;
            try
            {
                records = await reader.ReadBlockAsync(block, cancellationToken).ConfigureAwait(false);
            }
            catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
            {
                var name = manifest.Packs[block.Frame.Pack].ObjectName;
                problems.TryAdd(name, "a block of the manifest in it is damaged; entries are lost from the ones named on");
                affected.Add(name, block.FirstPath);
                continue;
            }

            foreach (var record in records)
            {
                if (record.Entry is { } entry)
                {
                    path = entry.Path;
                    entries++;
                }

                foreach (var extent in record.Extents)
                {
                    if (extent.IsHole)
                    {
                        continue;
                    }

                    var index = extent.Frame.Pack;
                    var isBeyond = extent.Frame.Offset + extent.Frame.StoredLength > packs[index].Length;
                    if (doubtful[index] || isBeyond || (verdicts[index] is { } verdict && !await HoldsAsync(verdict, packs[index], extent, record.IsPaged, frames, cancellationToken).ConfigureAwait(false)))
                    {
                        problems.TryAdd(packs[index].ObjectName, verdicts[index]?.Problem ?? "the manifest names content that is not in it");
                        affected.Add(packs[index].ObjectName, path);
                    }
                }
            }
        }

        return entries;
    }

    /// <summary>Whether content is what the manifest says. Pages have no hashes: their frames are authenticated.</summary>
    private static async ValueTask<bool> HoldsAsync(PackVerdict verdict, PackInfo pack, Extent extent, bool isPaged, FrameReader frames, CancellationToken cancellationToken)
    {
        if (isPaged)
        {
            return verdict.Holds(extent);
        }

        if (verdict.Covers(extent))
        {
            return true;
        }

        if (verdict.HasDirectory || !verdict.Holds(extent))
        {
            return false;
        }

        try
        {
            return ContentHash.Of((await frames.ReadAsync(pack, extent, cancellationToken).ConfigureAwait(false)).Span) == extent.Hash;
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
        {
            return false;
        }
    }

    private async Task<VerifyResult> RestoreAsync(ManifestRoot manifest, VerifyResult result, CancellationToken cancellationToken)
    {
        using var work = WorkFolder.Create(options.WorkFolder);
        var needed = manifest.Info.SourceBytes - manifest.Info.HoleBytes;
        var free = new DriveInfo(work.Path).AvailableFreeSpace;
        if (needed > free)
        {
            throw new DrException(
                DrError.OutOfSpace,
                $"Restoring {manifest.Info.Id} to verify it needs {Figures.Bytes(needed)}, and {Figures.Bytes(free)} are free at {work.Path}.",
                "Name a work folder on another disk, or verify at level content.");
        }

        var scratch = Path.Combine(work.Path, "restored");
        var started = repository.Time.GetTimestamp();
        var tree = new TreeRestore(repository, manifest, new RestoreOptions { Parallelism = options.Parallelism })
        {
            IsReadSoon = manifest.Info.Facts.Engine is not null,
        };
        await tree.RunAsync(scratch, overwrite: false, marker: null, null, cancellationToken).ConfigureAwait(false);
        var duration = repository.Time.GetElapsedTime(started);
        var lost = tree.Issues.ToList().Where(i => i.IsLoss).Select(i => i.Path).ToList();
        var checks = new List<SourceCheck>
        {
            new(
                "restored",
                tree.Issues.LossCount == 0 && tree.Counters.Files == manifest.Info.Files && tree.Counters.Directories == manifest.Info.Directories,
                $"{tree.Counters.Files} of {manifest.Info.Files} files and {tree.Counters.Directories} of {manifest.Info.Directories} folders, {Figures.Bytes(tree.Counters.Bytes)}, every file compared with its SHA-256{(tree.Counters.PagedFiles == 0 ? string.Empty : $" ({tree.Counters.PagedFiles} paged ones frame by frame with their seals)")}{(lost.Count == 0 ? string.Empty : $"; lost: {string.Join(", ", lost.Take(5))}")}",
                duration),
        };
        var copy = new ScratchCopy
        {
            Folder = scratch,
            Backup = manifest.Info,
            Logs = new LogArchive(repository),
            Parent = Path.GetDirectoryName(work.Path)!,
            Assertions = options.Assertions,
            IsThorough = options.Thorough,
            Parallelism = options.Workers,
        };
        checks.AddRange(await SourceRegistry.Parse(manifest.Info.Source, new SourceOptions { Provider = options.Provider }).CheckScratchAsync(copy, cancellationToken).ConfigureAwait(false));
        return result with { Checks = checks, RestoreDuration = duration };
    }
}
