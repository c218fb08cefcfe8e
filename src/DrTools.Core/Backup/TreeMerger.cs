using System.Threading.Channels;
using DrTools.Repositories.Manifests;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>
/// Walks a source beside the parent backup and sorts entries into those that stand as they were and those to be read,
/// in batches that are about a frame of content each.
/// </summary>
internal sealed class TreeMerger(SourceSession session, ParentView? parent, ChannelWriter<EntryBatch> toRead, ChannelWriter<EntryBatch> inOrder) : IDisposable
{
    /// <summary>Content per batch: what fills one frame with the room that a small file may need on top.</summary>
    public const long BatchContent = (1 << 20) - ContentWorker.SmallFileLength;

    private const int MaximumItems = 4096;

    private readonly UnchangedEntries? _unchanged = UnchangedEntries.Of(session, parent);
    private readonly List<Task> _reading = [];
    private List<BatchItem> _items = [];
    private long _content;
    private bool _hasReads;

    /// <summary>The entry that the walk met last.</summary>
    public TreeEntry? Current { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var entry in session.ReadEntries(cancellationToken))
            {
                if (entry.Kind == EntryKind.File && _unchanged is not null && await _unchanged.FindAsync(entry).ConfigureAwait(false) is { } unchanged)
                {
                    Current = entry;
                    await AddUnchangedAsync(unchanged, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await AddAsync(entry, cancellationToken).ConfigureAwait(false);
                }
            }

            await FlushAsync(cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(_reading).WaitAsync(cancellationToken).ConfigureAwait(false);
            await foreach (var entry in session.ReadFinalEntriesAsync(cancellationToken).ConfigureAwait(false))
            {
                await AddAsync(entry, cancellationToken).ConfigureAwait(false);
            }

            await FlushAsync(cancellationToken).ConfigureAwait(false);
            toRead.Complete();
            inOrder.Complete();
        }
        catch (Exception e)
        {
            toRead.TryComplete(e);
            inOrder.TryComplete(e);
            throw;
        }
    }

    public void Dispose() => _unchanged?.Dispose();

    private async ValueTask AddAsync(TreeEntry entry, CancellationToken cancellationToken)
    {
        Current = entry;
        if (entry.Kind == EntryKind.File)
        {
            await AddToReadAsync(entry, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _items.Add(new BatchItem(null, new ManifestRecord(entry, [], false, default)));
        }

        if (_items.Count >= MaximumItems)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask AddUnchangedAsync(ManifestRecord record, CancellationToken cancellationToken)
    {
        _items.Add(new BatchItem(null, record));
        while (record.IsContinued)
        {
            record = await _unchanged!.ReadContinuationAsync().ConfigureAwait(false);
            _items.Add(new BatchItem(null, record));
            if (_items.Count >= MaximumItems / 16)
            {
                await FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        if (_items.Count >= MaximumItems)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask AddToReadAsync(TreeEntry entry, CancellationToken cancellationToken)
    {
        var isLarge = ContentWorker.IsLarge(entry);
        if (isLarge || _content + entry.Size > BatchContent)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        _items.Add(new BatchItem(entry, null));
        _content += entry.Size;
        _hasReads = true;
        if (isLarge)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_items.Count == 0)
        {
            return;
        }

        var batch = new EntryBatch(_items);
        var hasReads = _hasReads;
        (_items, _content, _hasReads) = ([], 0, false);
        await inOrder.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        if (hasReads)
        {
            _reading.RemoveAll(r => r.IsCompleted);
            _reading.Add(batch.Completed);
            await toRead.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await batch.EmitAsync([.. batch.Items.Select(i => i.Ready!)], cancellationToken).ConfigureAwait(false);
            batch.Complete();
        }
    }
}
