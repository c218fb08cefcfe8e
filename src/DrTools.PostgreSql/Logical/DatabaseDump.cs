using DrTools.PostgreSql.Tables;

namespace DrTools.PostgreSql.Logical;

/// <summary>The dumping of one database: its snapshot, the counts that run beside the dumps, and when both are done.</summary>
internal sealed class DatabaseDump : IAsyncDisposable
{
    private readonly Lazy<Task<DatabaseSnapshot>> _snapshot;
    private readonly Lazy<Task<IReadOnlyList<(QualifiedName Table, long Rows)>>> _counts;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _dumped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _entries;

    /// <summary>Prepares it; nothing happens yet.</summary>
    /// <param name="entries">How many dumps there will be.</param>
    /// <param name="countRows">Whether rows are counted.</param>
    /// <param name="take">Takes the snapshot.</param>
    public DatabaseDump(int entries, bool countRows, Func<Task<DatabaseSnapshot>> take)
    {
        _entries = entries;
        _snapshot = new(take);
        _counts = new(() => CountAsync(countRows));
    }

    /// <summary>The snapshot, once taken.</summary>
    public DatabaseSnapshot Snapshot => _snapshot.Value.GetAwaiter().GetResult();

    /// <summary>The counts; complete when the dumps are complete too, and the snapshot has been given up.</summary>
    public Task<IReadOnlyList<(QualifiedName Table, long Rows)>> Counts => _counts.Value;

    /// <summary>Takes the snapshot, or waits for it, and starts counting.</summary>
    public async Task<DatabaseDump> OpenedAsync(CancellationToken cancellationToken)
    {
        await _snapshot.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        _ = _counts.Value;
        return this;
    }

    /// <summary>A dump has ended well.</summary>
    public void EntryDone()
    {
        if (Interlocked.Decrement(ref _entries) == 0)
        {
            _dumped.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_counts.IsValueCreated)
        {
            // Whatever the counting met has been seen where it was awaited, or does not matter any more.
            await _counts.Value.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }

        if (_snapshot is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _snapshot.Value.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private async Task<IReadOnlyList<(QualifiedName Table, long Rows)>> CountAsync(bool countRows)
    {
        var snapshot = await _snapshot.Value.ConfigureAwait(false);
        var counts = countRows ? await snapshot.CountAsync(_stop.Token).ConfigureAwait(false) : [];
        await _dumped.Task.WaitAsync(_stop.Token).ConfigureAwait(false);

        // Old rows can be cleaned up only when nobody holds the snapshot any more.
        await snapshot.DisposeAsync().ConfigureAwait(false);
        return counts;
    }
}
