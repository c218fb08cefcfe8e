using System.Threading.Channels;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>Archives what is complete in the spool, in order, and removes it from there. Failures are tried again, with
/// growing pauses, for as long as the receiver runs: meanwhile the spool keeps the log, and behind it the server.</summary>
internal sealed class SegmentArchiver(SpoolFolder spool, IWalSegmentSink sink, WalReceiverOptions options, ReceiverPositions positions)
    : IDisposable
{
    private readonly Channel<(string Name, uint Timeline, Lsn End)> _queue = Channel.CreateUnbounded<(string, uint, Lsn)>();
    private readonly SemaphoreSlim _room = new(options.SpoolLimit);
    private readonly CancellationTokenSource _last = new();
    private Lsn _lastPartial;

    /// <summary>Hands over a complete segment; waits while the spool is full.</summary>
    public void AddSegment(WalSegment segment, CancellationToken cancellationToken)
    {
        try
        {
            _room.Wait(cancellationToken);
        }
        finally
        {
            Add(segment.FileName, segment.Timeline, segment.End);
        }
    }

    /// <summary>Hands over a copy of what is flushed of an unfinished segment, if that is more than the archive has. Nobody
    /// may complete the segment meanwhile.</summary>
    public void AddPartial(SpoolSegment segment)
    {
        if (segment.Flushed > segment.Segment.Start && segment.Flushed > _lastPartial)
        {
            try
            {
                var name = spool.CopyPartial(segment.Segment, (long)(segment.Flushed.Value - segment.Segment.Start.Value));
                _lastPartial = segment.Flushed;
                Add(name, segment.Segment.Timeline, segment.Flushed);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw spool.Failed(e);
            }
        }
    }

    /// <summary>Hands over something small.</summary>
    /// <param name="name">Its name in the spool and in the archive.</param>
    /// <param name="timeline">Its timeline.</param>
    /// <param name="end">Up to where the log is archived when it is; invalid for a history.</param>
    public void Add(string name, uint timeline, Lsn end)
    {
        positions.Change(p => p with { Waiting = p.Waiting + 1 });
        _queue.Writer.TryWrite((name, timeline, end));
    }

    public void Dispose()
    {
        _room.Dispose();
        _last.Dispose();
    }

    /// <summary>Nothing more will come. What cannot be archived now stays in the spool for the next run.</summary>
    public void Complete()
    {
        _queue.Writer.TryComplete();
        _last.Cancel();
    }

    /// <summary>Archives until everything is and nothing more will come.</summary>
    /// <exception cref="DrException"><see cref="DrError.LogConflict"/>, which trying again does not change.</exception>
    public async Task RunAsync(Action report, CancellationToken cancellationToken)
    {
        await foreach (var (name, timeline, end) in _queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            var pause = new Pause(options);
            while (true)
            {
                try
                {
                    await sink.StoreAsync(positions.Current.SystemIdentifier, name, spool.PathOf(name), cancellationToken).ConfigureAwait(false);
                    break;
                }
                catch (Exception e) when (e is DrException { Error: not DrError.LogConflict } or IOException or UnauthorizedAccessException)
                {
                    positions.Change(p => p with { Problem = $"{name} could not be archived and stays in {spool.Path}: {e.Message} {(e as DrException)?.Remedy}" });
                    report();
                    if (!await PauseAsync(pause, cancellationToken).ConfigureAwait(false))
                    {
                        return;
                    }
                }
            }

            spool.Remove(name);
            var isSegment = name.Length == 24;
            positions.Change(p => p with
            {
                Archived = timeline == p.Timeline && end > p.Archived ? end : p.Archived,
                ArchivedSegments = p.ArchivedSegments + (isSegment ? 1 : 0),
                UnfinishedSegment = isSegment ? null : name.EndsWith(SpoolFolder.PartialSuffix, StringComparison.Ordinal) ? name : p.UnfinishedSegment,
                Waiting = p.Waiting - 1,
                Problem = p.State == WalReceiverState.Streaming ? null : p.Problem,
            });
            if (isSegment)
            {
                _room.Release();
            }

            report();
        }
    }

    /// <summary>Waits before the next attempt.</summary>
    /// <returns>Whether there is to be one: not any more once the receiver stops.</returns>
    private async Task<bool> PauseAsync(Pause pause, CancellationToken cancellationToken)
    {
        if (_last.IsCancellationRequested)
        {
            return false;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_last.Token, cancellationToken);
        try
        {
            await pause.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It is being stopped: one last attempt.
        }

        return true;
    }
}

/// <summary>Pauses between attempts: a second at first, then up to twice as long each time, with jitter, up to a limit.</summary>
internal sealed class Pause(WalReceiverOptions options)
{
    private double _seconds = 1;

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        var pause = Math.Min(_seconds, options.LongestPause.TotalSeconds);
        _seconds = Math.Min(_seconds * 2, options.LongestPause.TotalSeconds);
        return TimeSpan.FromSeconds(pause * (0.75 + (options.Random.NextDouble() / 2)));
    }

    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Next(), options.Time, cancellationToken);
}
