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
    private LeaseRecord _record;
    private long _number;
    private long _previous;
    private long _renewedAt;
    private bool _ended;

    internal Lease(LeaseStore store, string scope, long number, LeaseRecord record, LeaseRecord? abandoned)
    {
        (_store, _scope, _number, _record, Abandoned) = (store, scope, number, record, abandoned);
        _renewedAt = store.Time.GetTimestamp();
        _renewing = RenewPeriodicallyAsync();
    }

    /// <summary>The lease that this one took over, when its holder ended without releasing it.</summary>
    public LeaseRecord? Abandoned { get; }

    /// <summary>Cancelled when another has taken the lease over.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Whether it has run out, so that another may hold it. The clock may have been set back, and the time stamp
    /// stands still while the machine sleeps, so either tells.</summary>
    public bool HasLapsed => _lost.IsCancellationRequested
        || _store.Time.GetUtcNow() >= _record.ExpiresAt
        || _store.Time.GetElapsedTime(Volatile.Read(ref _renewedAt)) >= _store.Duration;

    /// <summary>Renews now, with a changed record, and thereby proves that the lease is still held.</summary>
    /// <exception cref="DrException"><see cref="DrError.LeaseLost"/>.</exception>
    public async ValueTask RenewAsync(Func<LeaseRecord, LeaseRecord> change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!await TryReplaceAsync(_store.Stamp(change(_record)) with { AcquiredAt = _record.AcquiredAt }, cancellationToken).ConfigureAwait(false))
            {
                await _lost.CancelAsync().ConfigureAwait(false);
                throw TakenOver();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Refuses to go on when the lease has run out, which happens to a process that was stopped or whose machine
    /// slept: another may hold it by now. For the last moment before something that cannot be taken back.</summary>
    /// <exception cref="DrException"><see cref="DrError.LeaseLost"/>.</exception>
    public void ThrowIfLapsed()
    {
        if (HasLapsed)
        {
            throw TakenOver();
        }
    }

    /// <summary>Ends the lease but leaves its record, so that the next holder finds what this one stored.</summary>
    public async ValueTask AbandonAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (_ended || _lost.IsCancellationRequested)
        {
            return;
        }

        _ended = true;
        try
        {
            await TryReplaceAsync(_record with { ExpiresAt = _store.Time.GetUtcNow(), WasEnded = true }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DrException)
        {
            // A full disk takes no last word. The record stays, and this process at least knows better than to wait for
            // itself.
            LeaseStore.GiveUp(_record);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (!_ended && !_lost.IsCancellationRequested)
        {
            _ended = true;
            await ReleaseAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
        _lost.Dispose();
        _gate.Dispose();
    }

    private async ValueTask StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
    }

    /// <summary>The last record stays, without content: so numbers never start again, and a holder that slept through all
    /// of this can never take another's number for its own.</summary>
    private async ValueTask ReleaseAsync()
    {
        try
        {
            await TryReplaceAsync(
                _record with { ExpiresAt = _store.Time.GetUtcNow(), WasEnded = true, PackOwners = [], ParentId = null, Removing = null },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (DrException)
        {
            // What was done under the lease is done, whatever has become of the store since; a full disk still deletes.
            LeaseStore.GiveUp(_record);
            await DeleteAsync(_previous).ConfigureAwait(false);
            await DeleteAsync(_number).ConfigureAwait(false);
        }
    }

    /// <summary>Puts the next record in place of the last one, unless somebody has taken over.</summary>
    /// <remarks>The record before the last is deleted only now: a reader who lists while this replaces one always finds
    /// one of the two.</remarks>
    private async ValueTask<bool> TryReplaceAsync(LeaseRecord next, CancellationToken cancellationToken)
    {
        var number = _number + 1;
        if (!await _store.TryPutAsync(_scope, number, next, cancellationToken).ConfigureAwait(false)
            && !await _store.IsOwnAsync(_scope, number, next.Token).ConfigureAwait(false))
        {
            return false;
        }

        // Whoever took over may have gone on from this very number and deleted it.
        if ((await _store.ListNumbersAsync(_scope).ConfigureAwait(false)).Any(n => n > number))
        {
            await _store.DeleteAsync(_scope, number).ConfigureAwait(false);
            return false;
        }

        var outdated = _previous;
        (_previous, _number, _record) = (_number, number, next);
        Volatile.Write(ref _renewedAt, _store.Time.GetTimestamp());
        await DeleteAsync(outdated).ConfigureAwait(false);
        if (next.WasEnded)
        {
            await DeleteAsync(_previous).ConfigureAwait(false);
        }

        return true;
    }

    private async ValueTask DeleteAsync(long number)
    {
        if (number > 0)
        {
            await _store.DeleteAsync(_scope, number).ConfigureAwait(false);
        }
    }

    private DrException TakenOver() => new(
        DrError.LeaseLost,
        $"Another process took over the lease {_scope}, or may have, because this one had not renewed it in time.",
        "Run the operation again; what is stored already is reused.");

    private async Task RenewPeriodicallyAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_store.Duration / 4, _store.Time, _stop.Token).ConfigureAwait(false);
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
