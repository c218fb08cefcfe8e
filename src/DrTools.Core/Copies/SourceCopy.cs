using System.Collections.Concurrent;
using DrTools.Backup;
using DrTools.Concurrency;
using DrTools.Repositories;
using DrTools.Repositories.Leases;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;

namespace DrTools.Copies;

/// <summary>Copies the backups of one source, under the leases that keep both repositories' expiries off what it uses.</summary>
/// <param name="source">Where they are.</param>
/// <param name="target">Where they go.</param>
/// <param name="group">The backups.</param>
/// <param name="lease">The lease in the target. It names already whose packs are used.</param>
/// <param name="advance">Takes the bytes that were copied, and the object.</param>
/// <param name="note">Takes what is worth knowing.</param>
/// <param name="options">What the user said.</param>
internal sealed class SourceCopy(Repository source, Repository target, CopyGroup group, CopyOptions options, Lease lease, Action<long, string> advance, Action<string> note)
{
    /// <summary>Backups whose packs are copied together: small ones keep all workers busy only so.</summary>
    private const int BackupsAtOnce = 8;

    private readonly ConcurrentDictionary<Guid, PackInfo> _there = new();
    private readonly ConcurrentDictionary<Guid, string> _damaged = new();
    private Dictionary<string, long> _stored = [];
    private HashSet<string> _namedOwners = [];
    private TargetPacks _known = null!;
    private IReadOnlyList<ListedManifest> _manifests = [];
    private ManifestRoot? _last;
    private long _readBytes;

    /// <summary>Bytes read from the source.</summary>
    public long ReadBytes => _readBytes;

    /// <summary>Copies them, the oldest first.</summary>
    /// <exception cref="DrException">Nothing can go on: what the target says, or <see cref="DrError.LeaseLost"/>.</exception>
    public async IAsyncEnumerable<CopiedBackup> RunAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var manifests = await target.Manifests.ListAsync(group.TargetTag, cancellationToken).ConfigureAwait(false);
        var present = manifests.Select(m => m.Name.BackupId).ToHashSet(StringComparer.Ordinal);
        _manifests = manifests;
        _known = new TargetPacks(target, manifests);
        _stored = await PackListing.OfAsync(target, group.Owners, cancellationToken).ConfigureAwait(false);
        _namedOwners = [.. present, .. _stored.Keys.Select(n => n.Split('/')[1])];
        foreach (var batch in group.ToCopy.Chunk(BackupsAtOnce))
        {
            var roots = new List<(PlannedBackup Planned, ManifestRoot Root)>();
            foreach (var planned in batch)
            {
                if (present.Contains(planned.Listed.Name.BackupId))
                {
                    yield return planned.State with { Outcome = CopyOutcome.AlreadyThere, CopiedPacks = 0, StoredBytes = 0 };
                }
                else if (await TryReadAsync(planned, cancellationToken).ConfigureAwait(false) is { Root: { } root })
                {
                    roots.Add((planned, root));
                }
                else
                {
                    yield return planned.State with { Outcome = CopyOutcome.Skipped, CopiedPacks = 0, StoredBytes = 0, Problem = "it was removed from the source meanwhile" };
                }
            }

            var states = await CopyPacksAsync(roots, cancellationToken).ConfigureAwait(false);
            await ConfirmPacksAsync(roots, cancellationToken).ConfigureAwait(false);
            foreach (var ((_, root), state) in roots.Zip(states))
            {
                yield return await FinishAsync(root, state, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Read once the lease in the source is held: a backup that is there now keeps its packs.</summary>
    private async ValueTask<(ManifestRoot? Root, bool IsGone)> TryReadAsync(PlannedBackup planned, CancellationToken cancellationToken)
    {
        try
        {
            return (await source.Manifests.ReadAsync(planned.Listed, cancellationToken).ConfigureAwait(false), false);
        }
        catch (DrException e) when (e.Error == DrError.ObjectMissing)
        {
            return (null, true);
        }
    }

    private async Task<IReadOnlyList<CopiedBackup>> CopyPacksAsync(IReadOnlyList<(PlannedBackup Planned, ManifestRoot Root)> roots, CancellationToken cancellationToken)
    {
        var work = new List<(PackInfo Pack, PackInfo? Known, long? Length)>();
        var states = new List<CopiedBackup>();
        var queued = new HashSet<Guid>();
        foreach (var (planned, root) in roots)
        {
            var (copied, readBack, bytes) = (0, 0, 0L);
            foreach (var pack in root.Packs.Where(p => !_there.ContainsKey(p.Id) && !_damaged.ContainsKey(p.Id) && !queued.Contains(p.Id)))
            {
                var isStored = _stored.TryGetValue(pack.ObjectName, out var length);
                var known = isStored || _namedOwners.Contains(pack.BackupId) ? await _known.FindAsync(pack.Id, cancellationToken).ConfigureAwait(false) : null;
                if (isStored && known is not null)
                {
                    _there[pack.Id] = known.Length == length ? known : throw WrongSize(known, length);
                    continue;
                }

                queued.Add(pack.Id);
                work.Add((pack, known, isStored ? length : null));
                readBack++;
                copied += isStored ? 0 : 1;
                bytes += isStored ? 0 : pack.Length;
            }

            states.Add(planned.State with { Packs = root.Packs.Count, CopiedPacks = copied, ReadBackPacks = readBack, ListedPacks = root.Packs.Count - readBack, StoredBytes = bytes });
        }

        var next = -1;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        async Task WorkAsync()
        {
            using var worker = new PackWorker(source, target, (id, pack) => _there[id] = pack);
            try
            {
                while (Interlocked.Increment(ref next) is var index && index < work.Count)
                {
                    stop.Token.ThrowIfCancellationRequested();
                    var (pack, known, length) = work[index];
                    try
                    {
                        await CopyAsync(worker, pack, known, length, stop.Token).ConfigureAwait(false);
                    }
                    catch (SourceDamage e)
                    {
                        _damaged[pack.Id] = e.Problem;
                    }
                }

                await worker.CompleteAsync().ConfigureAwait(false);
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await worker.EndAsync().ConfigureAwait(false);
                throw;
            }

            Interlocked.Add(ref _readBytes, worker.ReadBytes);
        }

        await TaskGroup.AllOrNoneAsync(Enumerable.Range(0, Math.Min(options.Workers, Math.Max(1, work.Count))).Select(_ => Task.Run(WorkAsync, CancellationToken.None)), stop).ConfigureAwait(false);
        return states;
    }

    private async Task CopyAsync(PackWorker worker, PackInfo pack, PackInfo? known, long? storedLength, CancellationToken cancellationToken)
    {
        if (storedLength is { } length)
        {
            if (await worker.AdoptAsync(pack, length, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            // No manifest names it and it is not whole: in its place comes one that is.
            lease.ThrowIfLapsed();
            await target.Store.DeleteAsync(pack.ObjectName, cancellationToken).ConfigureAwait(false);
        }

        await worker.CopyAsync(pack, known, bytes => advance(bytes, pack.ObjectName), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Renewing proves that nobody took the lease over; listing proves that no pack went while this process slept.</summary>
    private async ValueTask ConfirmPacksAsync(IReadOnlyList<(PlannedBackup Planned, ManifestRoot Root)> roots, CancellationToken cancellationToken)
    {
        var packs = roots.SelectMany(r => r.Root.Packs).DistinctBy(p => p.Id).Where(p => _there.ContainsKey(p.Id)).Select(p => _there[p.Id]).ToList();
        await lease.RenewAsync(r => r, cancellationToken).ConfigureAwait(false);
        var stored = await PackListing.OfAsync(target, packs.Select(p => p.BackupId).ToHashSet(StringComparer.Ordinal), cancellationToken).ConfigureAwait(false);
        foreach (var pack in packs)
        {
            if (!stored.TryGetValue(pack.ObjectName, out var length) || length != pack.Length)
            {
                throw new DrException(
                    DrError.ObjectMissing,
                    $"The pack {pack.ObjectName} vanished from {target.Location} while backups were copied.",
                    "Find out what else removes objects there, and run the copy again; what is stored is reused.")
                { Subject = pack.ObjectName };
            }
        }
    }

    private async ValueTask<CopiedBackup> FinishAsync(ManifestRoot root, CopiedBackup state, CancellationToken cancellationToken)
    {
        var damaged = root.Packs.Where(p => _damaged.ContainsKey(p.Id)).ToDictionary(p => p.Id, p => _damaged[p.Id]);
        if (damaged.Count == 0)
        {
            return await CommitAsync(root, state, cancellationToken).ConfigureAwait(false);
        }

        var findings = await new DamageReport(source, root).DescribeAsync(damaged, cancellationToken).ConfigureAwait(false);
        var suffering = findings.Sum(f => f.AffectedEntryCount);
        var error = new DrException(
            DrError.IntegrityFailure,
            $"{root.Info.Id} of {root.Info.Source} is damaged in {source.Location} and was not copied: {findings[0].Object}: {findings[0].Problem}"
            + $"{(findings.Count > 1 ? $", and {Figures.Count(findings.Count - 1, "more pack")}" : string.Empty)}; "
            + (suffering == 0 ? "none of its entries needs what is lost." : $"{Figures.Count(suffering, "entry suffers", "entries suffer")}: {string.Join(", ", findings.SelectMany(f => f.AffectedEntries).Take(3))}{(suffering > 3 ? ", …" : ".")}"),
            "Copy it from another repository that has it, or take a full backup and copy that.")
        { Subject = findings[0].Object };
        return state with { Outcome = CopyOutcome.Refused, CopiedPacks = 0, StoredBytes = 0, ReadBackPacks = 0, ListedPacks = 0, Problem = error.Message, Error = error, Findings = findings };
    }

    private async ValueTask<CopiedBackup> CommitAsync(ManifestRoot root, CopiedBackup state, CancellationToken cancellationToken)
    {
        var pins = options.FromDeposit ? [] : await source.Pins.ListAsync(cancellationToken).ConfigureAwait(false);
        var (sequence, hash) = await target.Journal.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        var info = root.Info with
        {
            CopiedFrom = new BackupOrigin(source.Id, source.Location, target.Time.GetUtcNow()),
            JournalSequence = sequence,
            JournalHash = sequence == 0 ? null : hash,
        };
        if (options.FromDeposit)
        {
            var previous = await ReadNewestAsync(cancellationToken).ConfigureAwait(false);
            info = ChangeHistory.Judge(info with { Sequence = (previous.Name?.Sequence ?? 0) + 1, Unusual = null, ChangeHistory = [] }, previous.Info);
        }

        var manifest = new ManifestRoot(info, [.. root.Packs.Select(p => InTarget(p))], root.Blocks);
        if (pins.TryGetValue(info.Id, out var pin))
        {
            // Before the backup exists: an expiry must never see it without.
            await target.Pins.PinAsync(info.Id, pin.Reason, cancellationToken).ConfigureAwait(false);
        }

        lease.ThrowIfLapsed();
        await target.Manifests.CommitAsync(manifest, cancellationToken).ConfigureAwait(false);
        if (lease.HasLapsed)
        {
            await ConfirmAsync(target.Manifests.NameOf(manifest)).ConfigureAwait(false);
        }

        _known.Add(manifest.Packs);
        await CoverAsync(manifest).ConfigureAwait(false);
        _last = manifest;
        return state with { Outcome = CopyOutcome.Copied, Backup = info, IsPinned = pin is not null };
    }

    /// <summary>The newest backup of the source in the target; without a description when it is damaged.</summary>
    private async ValueTask<(ManifestName? Name, BackupInfo? Info)> ReadNewestAsync(CancellationToken cancellationToken)
    {
        if (_last is { } last)
        {
            return (target.Manifests.NameOf(last), last.Info);
        }

        if (_manifests is not [.., var newest])
        {
            return (null, null);
        }

        try
        {
            return (newest.Name, (await target.Manifests.ReadAsync(newest, cancellationToken).ConfigureAwait(false)).Info);
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
        {
            return (newest.Name, null);
        }
    }

    /// <summary>Has what the copy shares with other backups locked as long as itself. It exists already.</summary>
    private async ValueTask CoverAsync(ManifestRoot manifest)
    {
        if (target.Locks is not { } locks)
        {
            return;
        }

        try
        {
            var parent = _last is { } last && last.Info.Id == manifest.Info.ParentId ? last
                : _manifests.FirstOrDefault(m => m.Name.BackupId == manifest.Info.ParentId) is { Name: not null } listed
                ? await target.Manifests.ReadAsync(listed, CancellationToken.None).ConfigureAwait(false)
                : null;
            await locks.CoverAsync(manifest, parent, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DrException e)
        {
            note($"What {manifest.Info.Id} shares with other backups in {target.Location} could not be locked as long as itself: {e.Message} {e.Remedy} The next expiry (drtools expire, Invoke-DrRetention) tries again.");
        }
    }

    private PackInfo InTarget(PackInfo pack)
    {
        var there = _there[pack.Id];
        return new PackInfo
        {
            Id = pack.Id,
            BackupId = pack.BackupId,
            Kind = pack.Kind,
            Salt = there.Salt,
            Length = there.Length,
            RawBytes = pack.RawBytes,
            LiveBytes = pack.LiveBytes,
        };
    }

    /// <summary>For a process that was stopped between its last look at the lease and the creation of the manifest: when another
    /// took over meanwhile, what the manifest refers to may be gone.</summary>
    private async ValueTask ConfirmAsync(ManifestName committed)
    {
        try
        {
            await lease.RenewAsync(r => r, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error == DrError.LeaseLost)
        {
            await target.Store.DeleteAsync(committed.ToString(), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private DrException WrongSize(PackInfo pack, long length) => new(
        DrError.IntegrityFailure,
        $"The pack {pack.ObjectName}, which backups in {target.Location} name, has {length} bytes there instead of {pack.Length}.",
        "Verify that repository, and remove the object if nothing else has a whole one: the next copy then stores it again.")
    { Subject = pack.ObjectName };
}
