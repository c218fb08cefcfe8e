using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Leases;

namespace DrTools.Copies;

/// <summary>
/// What a copy holds while it runs: in the target a lease of its own for each source, and one in the source where that can be
/// written. Both name the backups whose packs are used, so that no expiry removes those.
/// </summary>
internal sealed class CopyLeases : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private readonly Lease? _source;

    private CopyLeases(Lease target, Lease? source) => (Target, _source) = (target, source);

    public Lease Target { get; }

    /// <remarks>An expiry of the target that has read the leases before this one existed may be about to remove packs that are
    /// there and that no manifest names yet; so its end is waited for. One of the source cannot: what it removes is seen by its
    /// manifests being gone, which are read once more when this lease is held.</remarks>
    public static async ValueTask<CopyLeases> AcquireAsync(Repository? source, Repository target, CopyGroup group, Action<string> note, CancellationToken cancellationToken)
    {
        var wanted = LeaseRecord.For("copy") with { PackOwners = group.Owners, Source = group.Source };
        var own = await target.Leases.AcquireAsync($"copy-{group.TargetTag}", wanted, cancellationToken).ConfigureAwait(false);
        Lease? other = null;
        try
        {
            if (own.Abandoned is { WasEnded: false, Operation: "copy" } abandoned)
            {
                await target.Journal.AppendAsync(Interrupted(target, abandoned, group), cancellationToken).ConfigureAwait(false);
            }

            other = source is null ? null : await TryAcquireAsync(source, $"copy-to-{target.Id:n}-{group.SourceTag}", wanted, note, cancellationToken).ConfigureAwait(false);
            await WaitForExpiryAsync(target, cancellationToken).ConfigureAwait(false);
            return new CopyLeases(own, other);
        }
        catch
        {
            await own.DisposeAsync().ConfigureAwait(false);
            if (other is not null)
            {
                await other.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Leaves the record in the target, so that what was stored stays until the next copy.</summary>
    public async ValueTask AbandonAsync()
    {
        try
        {
            await Target.AbandonAsync().ConfigureAwait(false);
        }
        catch (DrException)
        {
            // A store that failed cannot be expected to take the lease's last word; it ends by itself.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync().ConfigureAwait(false);
        if (_source is not null)
        {
            await _source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static RunRecord Interrupted(Repository target, LeaseRecord abandoned, CopyGroup group) => new()
    {
        Operation = "copy",
        Outcome = RunOutcome.Abandoned,
        Started = abandoned.AcquiredAt,
        Finished = target.Time.GetUtcNow(),
        User = abandoned.User,
        Host = abandoned.Host,
        Source = group.Source,
        Detail = $"Process {abandoned.ProcessId} ended without finishing; what it had stored is reused.",
    };

    private static async ValueTask<Lease?> TryAcquireAsync(Repository source, string scope, LeaseRecord wanted, Action<string> note, CancellationToken cancellationToken)
    {
        try
        {
            return await source.Leases.AcquireAsync(scope, wanted with { Token = Guid.NewGuid() }, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error is DrError.StoreReadOnly or DrError.OutOfSpace or DrError.StoreFailure or DrError.StoreDenied)
        {
            note($"Nothing keeps an expiry of {source.Location} from removing what is being copied, because it takes no lease: {e.Message}");
            return null;
        }
    }

    private static async ValueTask WaitForExpiryAsync(Repository target, CancellationToken cancellationToken)
    {
        var started = target.Time.GetTimestamp();
        while (await target.Leases.IsHeldAsync(ExpiryEngine.LeaseScope, cancellationToken).ConfigureAwait(false))
        {
            if (target.Time.GetElapsedTime(started) > 3 * target.Leases.Duration)
            {
                throw new DrException(
                    DrError.LeaseHeld,
                    $"An expiry has been running in {target.Location} for {Figures.Duration(target.Time.GetElapsedTime(started))}, and may be about to remove what is to be referred to.",
                    "Run the copy again when it has finished.");
            }

            await Task.Delay(Poll, target.Time, cancellationToken).ConfigureAwait(false);
        }
    }
}
