namespace DrTools.Repositories.Leases;

/// <summary>A lease that is held, and renewed in the background until it is disposed.</summary>
internal sealed class Lease : IAsyncDisposable
{
    private readonly LeaseStore _store;
    private readonly string _scope;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Task _renewing;
    private long _number;
    private LeaseRecord _record;

    internal Lease(LeaseStore store, string scope, long number, LeaseRecord record, LeaseRecord? abandoned)
    {
        (_store, _scope, _number, _record, Abandoned) = (store, scope, number, record, abandoned);
        _renewing = RenewPeriodicallyAsync();
    }

    /// <summary>The lease that this one took over, when its holder ended without releasing it.</summary>
    public LeaseRecord? Abandoned { get; }

    /// <summary>Cancelled when another has taken the lease over.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Renews now, with a changed record, and thereby proves that the lease is still held.</summary>
    /// <exception cref="DrException"><see cref="DrError.LeaseLost"/>.</exception>
    public async ValueTask RenewAsync(Func<LeaseRecord, LeaseRecord> change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var next = _store.Stamp(change(_record)) with { AcquiredAt = _record.AcquiredAt };
            if (!await _store.TryPutAsync(_scope, _number + 1, next, cancellationToken).ConfigureAwait(false))
            {
                await _lost.CancelAsync().ConfigureAwait(false);
                throw new DrException(
                    DrError.LeaseLost,
                    $"Another process took over the lease {_scope} because this one had not renewed it in time.",
                    "Run the operation again; what is stored already is reused.");
            }

            await _store.DeleteAsync(_scope, _number, cancellationToken).ConfigureAwait(false);
            _number++;
            _record = next;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the lease but leaves its record, so that the next holder finds what this one stored.</summary>
    public async ValueTask AbandonAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        if (!_lost.IsCancellationRequested)
        {
            var ended = _record with { ExpiresAt = _store.Time.GetUtcNow(), WasEnded = true };
            if (await _store.TryPutAsync(_scope, _number + 1, ended, CancellationToken.None).ConfigureAwait(false))
            {
                await _store.DeleteAsync(_scope, _number, CancellationToken.None).ConfigureAwait(false);
            }

            await _lost.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        if (!_lost.IsCancellationRequested)
        {
            await _store.DeleteAsync(_scope, _number, CancellationToken.None).ConfigureAwait(false);
        }

        _stop.Dispose();
        _lost.Dispose();
        _gate.Dispose();
    }

    private async Task RenewPeriodicallyAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(LeaseStore.Duration / 4, _store.Time, _stop.Token).ConfigureAwait(false);
                try
                {
                    await RenewAsync(r => r, _stop.Token).ConfigureAwait(false);
                }
                catch (DrException e) when (e.Error is not DrError.LeaseLost)
                {
                    // The store may come back before the lease ends; the next round tries again, and a commit
                    // renews first, so nothing is committed on a lease that has lapsed.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (DrException)
        {
            // Lost: whoever works under the lease is told through its token.
        }
    }
}
