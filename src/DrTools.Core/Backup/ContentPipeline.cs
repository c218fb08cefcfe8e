using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using DrTools.Content;
using DrTools.Repositories.Packs;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>A frame on its way into a pack; others wait for its <see cref="Location"/>.</summary>
internal sealed class FrameTicket(FrameBuffer content)
{
    private readonly TaskCompletionSource<FrameLocation> _location = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FrameBuffer Content { get; } = content;

    public Task<FrameLocation> Location => _location.Task;

    public void Complete(FrameLocation location) => _location.TrySetResult(location);

    public void Fail(Exception failure)
    {
        _location.TrySetException(failure);

        // Observed here: whoever waits sees it too, but a backup that fails elsewhere first has no one waiting.
        _ = _location.Task.Exception;
    }
}

/// <summary>
/// What the workers of a backup share. Batches are taken in walk order; a worker in a large file offers its full
/// frames to idle workers, so that one large file keeps every processor busy.
/// </summary>
internal sealed class ContentPipeline
{
    private readonly Channel<FrameTicket> _frames;
    private readonly Channel<FrameBuffer> _buffers;
    private readonly IssueList _issues;
    private readonly Lazy<Task> _prepare;
    private int _idle;
    private int _working;

    public ContentPipeline(int workers, IssueList issues, Func<Task> prepareIndex)
    {
        _issues = issues;
        _prepare = new Lazy<Task>(prepareIndex);
        _working = workers;
        _frames = Channel.CreateBounded<FrameTicket>(workers);
        var buffers = (2 * workers) + 1;
        _buffers = Channel.CreateBounded<FrameBuffer>(buffers);
        for (var i = 0; i < buffers; i++)
        {
            _buffers.Writer.TryWrite(new FrameBuffer());
        }
    }

    public ChunkIndex Index { get; } = new();

    public BackupCounters Counters { get; } = new();

    public void Report(EntryIssue issue) => _issues.Add(issue);

    /// <summary>Files that were left out and of which other names may follow, by path.</summary>
    public ConcurrentDictionary<byte[], bool> LeftOut { get; } = new(PathComparer.Instance);

    public void ReportUnreadable(TreeEntry entry, EntryUnreadableException failure)
    {
        _issues.Add(new EntryIssue(entry.DisplayPath, failure.Message, IsLoss: !failure.Vanished));
        if (entry.MayHaveOtherNames)
        {
            LeftOut[entry.Path] = true;
        }
    }

    /// <summary>Works until every batch is stored.</summary>
    public async Task WorkAsync(ContentWorker worker, ChannelReader<EntryBatch> batches, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_frames.Reader.TryRead(out var frame))
            {
                await worker.StoreFrameAsync(frame, cancellationToken).ConfigureAwait(false);
            }
            else if (batches.TryRead(out var batch))
            {
                await _prepare.Value.ConfigureAwait(false);
                await worker.StoreAsync(batch, cancellationToken).ConfigureAwait(false);
            }
            else if (!await WaitForWorkAsync(batches, cancellationToken).ConfigureAwait(false))
            {
                break;
            }
        }

        await StoreFramesAsync(worker, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets one worker read everything, while the others store the frames that it fills.</summary>
    public async Task WorkAsync(ContentWorker worker, SequentialReader reader, CancellationToken cancellationToken)
    {
        await _prepare.Value.ConfigureAwait(false);
        await reader.RunAsync(cancellationToken).ConfigureAwait(false);
        await StoreFramesAsync(worker, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hands a frame to an idle worker, if there is one.</summary>
    public bool TryOffer(FrameTicket frame) => Volatile.Read(ref _idle) > 0 && _frames.Writer.TryWrite(frame);

    public bool TryTakeFrame([NotNullWhen(true)] out FrameTicket? frame) => _frames.Reader.TryRead(out frame);

    public bool TryRent([NotNullWhen(true)] out FrameTicket? ticket)
    {
        ticket = _buffers.Reader.TryRead(out var buffer) ? new FrameTicket(buffer) : null;
        return ticket is not null;
    }

    public async ValueTask<FrameTicket> RentAsync(CancellationToken cancellationToken) =>
        new(await _buffers.Reader.ReadAsync(cancellationToken).ConfigureAwait(false));

    public void Return(FrameTicket ticket)
    {
        ticket.Content.Clear();
        _buffers.Writer.TryWrite(ticket.Content);
    }

    /// <summary>Stores frames of other workers until none of them reads any more.</summary>
    private async Task StoreFramesAsync(ContentWorker worker, CancellationToken cancellationToken)
    {
        if (Interlocked.Decrement(ref _working) == 0)
        {
            _frames.Writer.TryComplete();
        }

        Interlocked.Increment(ref _idle);
        while (await _frames.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_frames.Reader.TryRead(out var frame))
            {
                await worker.StoreFrameAsync(frame, cancellationToken).ConfigureAwait(false);
            }
        }

        await worker.Packs.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Whether more batches may come.</returns>
    private async ValueTask<bool> WaitForWorkAsync(ChannelReader<EntryBatch> batches, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _idle);
        try
        {
            var batch = batches.WaitToReadAsync(cancellationToken).AsTask();
            if (!batch.IsCompleted)
            {
                await Task.WhenAny(batch, _frames.Reader.WaitToReadAsync(cancellationToken).AsTask()).ConfigureAwait(false);
            }

            return !batch.IsCompleted || await batch.ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _idle);
        }
    }
}
