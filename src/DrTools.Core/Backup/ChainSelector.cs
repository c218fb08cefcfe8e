using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Leases;
using DrTools.Repositories.Manifests;
using DrTools.Sources;

namespace DrTools.Backup;

/// <summary>What a new backup builds on.</summary>
/// <param name="Type">Its type; full where there is nothing to build on.</param>
/// <param name="Parent">The backup that it is compared with.</param>
/// <param name="Previous">The last backup of the source, as far as it can be read.</param>
/// <param name="Sequence">Its number in the history of the source.</param>
/// <param name="Interrupted">Interrupted backups whose packs are reused.</param>
internal sealed record Chain(BackupType Type, ManifestRoot? Parent, BackupInfo? Previous, long Sequence, IReadOnlyList<string> Interrupted);

/// <summary>Chooses what a new backup builds on, and makes sure that it stays.</summary>
internal sealed class ChainSelector(Repository repository, SourceSession session, BackupOptions options, string tag, string id, Lease lease, List<string> notes)
{
    /// <summary>Backups that the source would not build on.</summary>
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    /// <remarks>
    /// A running expiry could remove the parent in between. Here the lease names the parent first and its existence is
    /// checked afterwards; expiry removes the manifest first and reads the leases afterwards. So either this sees
    /// that the parent is gone, or expiry sees that it is in use and keeps its packs.
    /// </remarks>
    public async ValueTask<Chain> SelectAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var manifests = await repository.Manifests.ListAsync(tag, cancellationToken).ConfigureAwait(false);
            var interrupted = await FindInterruptedAsync(cancellationToken).ConfigureAwait(false);
            var sequence = ManifestStore.NextSequence(manifests);
            var parent = await FindParentAsync(manifests, cancellationToken).ConfigureAwait(false);
            await lease.RenewAsync(
                r => r with { PackOwners = [id, .. interrupted], ParentId = parent?.Info.Id },
                cancellationToken).ConfigureAwait(false);
            if (parent is null)
            {
                return new Chain(BackupType.Full, null, await FindPreviousAsync(manifests, null, cancellationToken).ConfigureAwait(false), sequence, interrupted);
            }

            if (await repository.Manifests.FindAsync(parent.Info.Id, cancellationToken).ConfigureAwait(false) is null)
            {
                continue;
            }

            // Only what stays is offered: the source holds on to what it has accepted.
            if (session.Accept(parent.Info, out var why))
            {
                return new Chain(options.Type, parent, await FindPreviousAsync(manifests, parent, cancellationToken).ConfigureAwait(false), sequence, interrupted);
            }

            _refused.Add(parent.Info.Id);
            notes.Add($"The backup does not build on {parent.Info.Id}. {why}");
        }
    }

    private async ValueTask<BackupInfo?> FindPreviousAsync(List<ListedManifest> manifests, ManifestRoot? parent, CancellationToken cancellationToken)
    {
        if (manifests.Count == 0 || manifests[^1].Name.BackupId == parent?.Info.Id)
        {
            return parent?.Info;
        }

        try
        {
            return (await repository.Manifests.ReadAsync(manifests[^1], cancellationToken).ConfigureAwait(false)).Info;
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
        {
            // Who builds on it says so, and verification names it; without it there is less to compare with.
            return parent?.Info;
        }
    }

    private async ValueTask<ManifestRoot?> FindParentAsync(List<ListedManifest> manifests, CancellationToken cancellationToken)
    {
        if (options.Type == BackupType.Full)
        {
            return null;
        }

        for (var i = manifests.Count - 1; i >= 0; i--)
        {
            if ((options.Type == BackupType.Differential && manifests[i].Name.Type != BackupType.Full) || _refused.Contains(manifests[i].Name.BackupId))
            {
                continue;
            }

            try
            {
                var parent = await repository.Manifests.ReadAsync(manifests[i], cancellationToken).ConfigureAwait(false);
                if (parent.Info.Started > repository.Time.GetUtcNow())
                {
                    notes.Add($"The last backup, {parent.Info.Id}, is dated {parent.Info.Started:u}, which is still to come: the clock of this host or of the one before is wrong.");
                }

                return parent;
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure)
            {
                notes.Add($"{e.Message} The backup does not build on it. Verify the repository.");
            }
        }

        notes.Add(_refused.Count > 0
            ? "There is no other backup of this source to build on: this one is full."
            : options.Type == BackupType.Differential
            ? "There is no full backup of this source to build on: this one is full."
            : "There is no backup of this source to build on: this one is full.");
        return null;
    }

    /// <summary>Backups that were interrupted, unless they were completed after all.</summary>
    /// <remarks>An expiry that had read the leases before this one existed may be about to delete what nothing refers to.
    /// One that begins later sees this lease and what it names.</remarks>
    private async ValueTask<IReadOnlyList<string>> FindInterruptedAsync(CancellationToken cancellationToken)
    {
        if (lease.Abandoned is not { Operation: "backup", PackOwners.Count: > 0 } abandoned)
        {
            return [];
        }

        if (await repository.Leases.IsHeldAsync(ExpiryEngine.LeaseScope, cancellationToken).ConfigureAwait(false))
        {
            notes.Add("What an interrupted backup had stored is not reused, because an expiry that may remove it is running.");
            return [];
        }

        var interrupted = new List<string>();
        foreach (var owner in abandoned.PackOwners)
        {
            if (await repository.Manifests.FindAsync(owner, cancellationToken).ConfigureAwait(false) is null)
            {
                interrupted.Add(owner);
            }
        }

        if (interrupted.Count > 0)
        {
            notes.Add($"What an interrupted backup ({string.Join(", ", interrupted)}) had stored is reused.");
        }

        return interrupted;
    }
}
