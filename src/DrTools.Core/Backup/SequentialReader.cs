using System.Threading.Channels;
using DrTools.Repositories.Manifests;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>
/// Reads a source that is a stream: every file right after its entry, all on one worker. The frames that it fills go to
/// the other workers, which have nothing to read.
/// </summary>
internal sealed class SequentialReader(SourceSession session, ParentView? parent, ContentWorker worker, ChannelWriter<EntryBatch> inOrder)
{
    private const int MaximumRecords = 4096;

    private EntryBatch? _batch;
    private ContentWorker.SmallFiles? _files;
    private long _content;

    /// <summary>The entry that came last.</summary>
    public TreeEntry? Current { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var unchanged = UnchangedEntries.Of(session, parent);
        try
        {
            foreach (var entry in session.ReadEntries(cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (entry.Kind == EntryKind.File && unchanged is not null && await unchanged.FindAsync(entry).ConfigureAwait(false) is { } record)
                {
                    Current = entry;
                    await StandAsync(unchanged, record, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await AddAsync(entry, cancellationToken).ConfigureAwait(false);
                }
            }

            await FlushAsync(cancellationToken).ConfigureAwait(false);
            await foreach (var entry in session.ReadFinalEntriesAsync(cancellationToken).ConfigureAwait(false))
            {
                await AddAsync(entry, cancellationToken).ConfigureAwait(false);
            }

            await FlushAsync(cancellationToken).ConfigureAwait(false);
            inOrder.Complete();
        }
        catch (Exception e)
        {
            _batch?.Complete(e);
            inOrder.TryComplete(e);
            throw;
        }
    }

    private async ValueTask AddAsync(TreeEntry entry, CancellationToken cancellationToken)
    {
        Current = entry;
        if (entry.Kind == EntryKind.File && ContentWorker.IsLarge(entry))
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
            await BeginAsync(cancellationToken).ConfigureAwait(false);
            await worker.StoreLargeAsync(_batch!, entry, cancellationToken).ConfigureAwait(false);
            await FlushAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        if (_content + entry.Size > TreeMerger.BatchContent || _files?.Count >= MaximumRecords)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        await BeginAsync(cancellationToken).ConfigureAwait(false);
        if (entry.Kind == EntryKind.File)
        {
            await _files!.AddAsync(entry, cancellationToken).ConfigureAwait(false);
            _content += entry.Size;
        }
        else
        {
            _files!.Add(new ManifestRecord(entry, [], false, default));
        }
    }

    private async ValueTask StandAsync(UnchangedEntries unchanged, ManifestRecord record, CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken).ConfigureAwait(false);
        _files!.Add(record);
        while (record.IsContinued)
        {
            record = await unchanged.ReadContinuationAsync().ConfigureAwait(false);
            _files.Add(record);
            if (_files.Count >= MaximumRecords / 16)
            {
                await _files.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        if (_files.Count >= MaximumRecords)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        if (_batch is null)
        {
            _batch = new EntryBatch([]);
            _files = new ContentWorker.SmallFiles(worker, _batch);
            await inOrder.WriteAsync(_batch, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_batch is { } batch)
        {
            await _files!.FlushAsync(cancellationToken).ConfigureAwait(false);
            batch.Complete();
            (_batch, _files, _content) = (null, null, 0);
        }
    }
}
