namespace DrTools.Sources.Sqlite;

/// <summary>
/// Waits for a lock with growing pauses, for <see cref="SqliteSourceOptions.BusyTimeout"/> at most since the last
/// progress.
/// </summary>
internal sealed class BusyWait(string database, SqliteSourceOptions options)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(1);
    // Short, as a writer that commits all the time leaves the lock free for moments only; asking costs one system call.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(10);

    private TimeSpan _pause = First;
    private long? _since;

    /// <summary>Something could be read: the patience is whole again.</summary>
    public void Progressed()
    {
        _since = null;
        _pause = First;
    }

    /// <summary>Pauses once.</summary>
    /// <exception cref="DrException">The patience is used up.</exception>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        _since ??= options.Time.GetTimestamp();
        var waited = options.Time.GetElapsedTime(_since.Value);
        if (waited >= options.BusyTimeout)
        {
            throw SqliteErrors.Locked(database, waited);
        }

        await Task.Delay(_pause * (0.5 + options.Jitter.NextDouble()), options.Time, cancellationToken).ConfigureAwait(false);
        _pause = _pause * 2 < Longest ? _pause * 2 : Longest;
    }

    /// <summary>Repeats a call until it does not find the database locked.</summary>
    /// <returns>Its result code, which is not a busy one.</returns>
    public async Task<int> UntilFreeAsync(Func<int> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var code = call();
            if (!SqliteErrors.IsBusy(code))
            {
                Progressed();
                return code;
            }

            await PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
