using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Manifests;

namespace DrTools.Copies;

/// <summary>What is to become of one backup.</summary>
internal sealed record PlannedBackup(ListedManifest Listed, CopiedBackup State)
{
    public bool IsToCopy => State.Outcome == CopyOutcome.ToCopy;
}

/// <summary>The backups of one source, the oldest first.</summary>
/// <param name="Source">The source.</param>
/// <param name="Host">Its host.</param>
/// <param name="TargetTag">The source's tag in the target.</param>
/// <param name="Backups">Its backups that were chosen.</param>
/// <param name="Owners">Whose packs those that are to be copied refer to.</param>
internal sealed record CopyGroup(string Source, string Host, string TargetTag, IReadOnlyList<PlannedBackup> Backups, IReadOnlyList<string> Owners)
{
    public string SourceTag => Backups[0].Listed.Name.SourceTag;

    public IEnumerable<PlannedBackup> ToCopy => Backups.Where(b => b.IsToCopy);
}

/// <summary>Chooses what is copied, and says how much that is. Changes nothing.</summary>
internal sealed class CopyPlanner(Repository source, Repository target, CopyOptions options)
{
    private readonly Dictionary<string, Dictionary<string, long>> _stored = new(StringComparer.Ordinal);
    private readonly HashSet<Guid> _counted = [];
    private HashSet<string>? _removed;

    /// <summary>Size of all packs that are to be copied, bytes.</summary>
    public long PackBytes { get; private set; }

    public async ValueTask<IReadOnlyList<CopyGroup>> PlanAsync(CancellationToken cancellationToken)
    {
        var listed = await source.Manifests.ListAsync(null, cancellationToken).ConfigureAwait(false);
        var ids = options.BackupIds.ToHashSet(StringComparer.Ordinal);
        foreach (var missing in ids.Except(listed.Select(l => l.Name.BackupId)))
        {
            throw new DrException(DrError.BackupMissing, $"There is no backup {missing} in {source.Location}.", "List the backups to see what there is.") { Subject = missing };
        }

        var groups = new List<CopyGroup>();
        foreach (var tag in listed.GroupBy(l => l.Name.SourceTag))
        {
            var chosen = Choose([.. tag], ids);
            if (chosen.Count > 0 && await PlanAsync([.. tag], chosen, ids.Count > 0, cancellationToken).ConfigureAwait(false) is { } group)
            {
                groups.Add(group);
            }
        }

        return [.. groups.OrderBy(g => g.Source, StringComparer.Ordinal).ThenBy(g => g.Host, StringComparer.Ordinal)];
    }

    private IReadOnlyList<ListedManifest> Choose(IReadOnlyList<ListedManifest> ofSource, HashSet<string> ids) => (ids.Count, options.Policy) switch
    {
        (> 0, _) => [.. ofSource.Where(l => ids.Contains(l.Name.BackupId))],
        (_, CopyPolicy.Latest) => [.. ofSource.TakeLast(1)],
        (_, CopyPolicy.LatestFull) => [.. ofSource.Where(l => l.Name.Type == BackupType.Full).TakeLast(1)],
        _ => ofSource,
    };

    private async ValueTask<CopyGroup?> PlanAsync(IReadOnlyList<ListedManifest> ofSource, IReadOnlyList<ListedManifest> chosen, bool isNamed, CancellationToken cancellationToken)
    {
        if (await DescribeAsync(ofSource, cancellationToken).ConfigureAwait(false) is not { } known)
        {
            // Not one manifest of it can be read, so nobody knows what it is a backup of.
            return options.Source is null && options.Host is null ? Unreadable(chosen) : null;
        }

        if ((options.Source is not null && known.Source != options.Source) || (options.Host is not null && known.Host != options.Host))
        {
            return null;
        }

        var targetTag = ManifestName.TagOf(target.Key, known.Host, known.Source);
        var there = await target.Manifests.ListAsync(targetTag, cancellationToken).ConfigureAwait(false);
        var present = there.Select(t => t.Name.BackupId).ToHashSet(StringComparer.Ordinal);
        var newest = there.Count == 0 ? 0 : there[^1].Name.Sequence;
        var owners = new HashSet<string>(StringComparer.Ordinal);
        var backups = new List<PlannedBackup>();
        foreach (var listed in chosen)
        {
            var name = listed.Name;
            var state = new CopiedBackup { BackupId = name.BackupId, Source = known.Source, Host = known.Host, Type = name.Type, Outcome = CopyOutcome.AlreadyThere };
            if (!present.Contains(name.BackupId))
            {
                state = await EstimateAsync(listed, state, owners, cancellationToken).ConfigureAwait(false);
                if (state.Outcome == CopyOutcome.Skipped)
                {
                    continue;
                }

                if (!isNamed && !options.IncludeRemoved && (options.FromDeposit || name.Sequence < newest) && await WasRemovedAsync(name.BackupId, cancellationToken).ConfigureAwait(false))
                {
                    state = state with { Outcome = CopyOutcome.Skipped, CopiedPacks = 0, StoredBytes = 0, Problem = "the target's retention removed it" };
                }
            }

            backups.Add(new PlannedBackup(listed, state));
        }

        return new CopyGroup(known.Source, known.Host, targetTag, backups, [.. owners]);
    }

    /// <summary>What it takes to copy a backup; <see cref="CopyOutcome.Skipped"/> when it is not wanted or gone.</summary>
    private async ValueTask<CopiedBackup> EstimateAsync(ListedManifest listed, CopiedBackup state, HashSet<string> owners, CancellationToken cancellationToken)
    {
        ManifestRoot root;
        try
        {
            root = await source.Manifests.ReadAsync(listed, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error == DrError.ObjectMissing)
        {
            return state with { Outcome = CopyOutcome.Skipped };
        }
        catch (DrException e) when (e.Error == DrError.IntegrityFailure)
        {
            return state with { Outcome = CopyOutcome.Refused, Problem = e.Message, Error = e };
        }

        if (options.NewerThan is { } age && root.Info.Started < source.Time.GetUtcNow() - age)
        {
            return state with { Outcome = CopyOutcome.Skipped };
        }

        owners.UnionWith(root.Packs.Select(p => p.BackupId));
        var (packs, bytes) = (0, 0L);
        foreach (var pack in root.Packs)
        {
            if (!(await StoredAsync(pack.BackupId, cancellationToken).ConfigureAwait(false)).ContainsKey(pack.ObjectName) && _counted.Add(pack.Id))
            {
                packs++;
                bytes += pack.Length;
            }
        }

        PackBytes += bytes;
        return state with { Outcome = CopyOutcome.ToCopy, Backup = root.Info, Packs = root.Packs.Count, CopiedPacks = packs, StoredBytes = bytes };
    }

    private async ValueTask<Dictionary<string, long>> StoredAsync(string owner, CancellationToken cancellationToken)
    {
        if (!_stored.TryGetValue(owner, out var stored))
        {
            stored = await PackListing.OfAsync(target, [owner], cancellationToken).ConfigureAwait(false);
            _stored.Add(owner, stored);
        }

        return stored;
    }

    /// <summary>The journal is read only when something is missing from the middle of what the target has.</summary>
    private async ValueTask<bool> WasRemovedAsync(string backupId, CancellationToken cancellationToken)
    {
        if (_removed is null)
        {
            _removed = new HashSet<string>(StringComparer.Ordinal);
            foreach (var run in await target.Journal.ReadAsync(int.MaxValue, cancellationToken).ConfigureAwait(false))
            {
                _removed.UnionWith(run.RemovedBackups ?? []);
            }
        }

        return _removed.Contains(backupId);
    }

    private async ValueTask<(string Source, string Host)?> DescribeAsync(IReadOnlyList<ListedManifest> ofSource, CancellationToken cancellationToken)
    {
        foreach (var listed in ofSource.Reverse())
        {
            try
            {
                var info = (await source.Manifests.ReadAsync(listed, cancellationToken).ConfigureAwait(false)).Info;
                return (info.Source, info.Host);
            }
            catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
            {
                // Another one will say it.
            }
        }

        return null;
    }

    private static CopyGroup Unreadable(IReadOnlyList<ListedManifest> chosen) => new(
        $"an unknown source ({chosen[0].Name.SourceTag})",
        "?",
        string.Empty,
        [.. chosen.Select(l => new PlannedBackup(l, Refused(l)))],
        []);

    private static CopiedBackup Refused(ListedManifest listed)
    {
        var error = new DrException(
            DrError.IntegrityFailure,
            $"The manifest {listed.Stored.Name} is damaged.",
            "Run a verification; bring it back from another copy of the repository.")
        { Subject = listed.Stored.Name };
        return new CopiedBackup
        {
            BackupId = listed.Name.BackupId,
            Source = $"an unknown source ({listed.Name.SourceTag})",
            Host = "?",
            Type = listed.Name.Type,
            Outcome = CopyOutcome.Refused,
            Problem = error.Message,
            Error = error,
        };
    }
}
