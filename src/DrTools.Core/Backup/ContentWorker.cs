using DrTools.Chunking;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Packs;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>
/// Reads files, cuts them into chunks, and stores what the repository does not have. One of several that share the
/// work of a backup; each fills packs of its own, so they need not wait for one another.
/// </summary>
internal sealed partial class ContentWorker : IAsyncDisposable
{
    /// <summary>Files up to this size are one chunk and share frames; larger ones are cut where their content says.</summary>
    public const int SmallFileLength = 256 << 10;

    /// <summary>Files above this size are cut into chunks as large as a frame, so that their list stays short.</summary>
    private const long HugeFileLength = 64L << 30;

    private const int MaximumReadAttempts = 3;

    /// <summary>Extents per record of a large file, at most.</summary>
    private const int MaximumExtentsPerRecord = 1024;

    private readonly Repository _repository;
    private readonly ContentPipeline _pipeline;
    private readonly SourceSession _session;
    private readonly ParentView? _parent;
    private readonly ParentCursor? _cursor;
    private readonly PackWriter _packs;
    private readonly FrameBuffer _small = new();
    private readonly ContentChunker _chunker = new(ChunkerParameters.Default);
    private readonly PageIdentity _identity;
    private byte[]? _window;
    private byte[]? _pages;

    public ContentWorker(Repository repository, ContentPipeline pipeline, SourceSession session, ParentView? parent, PackWriter packs)
    {
        (_repository, _pipeline, _session, _parent, _packs) = (repository, pipeline, session, parent, packs);
        _cursor = parent?.NewCursor();
        _identity = new PageIdentity(repository.Key, repository.IsEncrypted);
    }

    public PackWriter Packs => _packs;

    /// <summary>Whether a file is cut into chunks; one of unknown size may have to be.</summary>
    public static bool IsLarge(TreeEntry entry) => entry.Size is < 0 or > SmallFileLength;

    public async Task StoreAsync(EntryBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            if (batch.Items is [{ ToRead: { } single }] && IsLarge(single))
            {
                await StoreLargeAsync(batch, single, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                var files = new SmallFiles(this, batch);
                foreach (var item in batch.Items)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (item.Ready is { } ready)
                    {
                        files.Add(ready);
                    }
                    else
                    {
                        await files.AddAsync(item.ToRead!, cancellationToken).ConfigureAwait(false);
                    }
                }

                await files.FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            batch.Complete();
        }
        catch (Exception e)
        {
            batch.Complete(e);
            throw;
        }
    }

    /// <summary>Compresses and stores a frame for whichever worker filled it.</summary>
    public async ValueTask StoreFrameAsync(FrameTicket ticket, CancellationToken cancellationToken)
    {
        try
        {
            var location = await _packs.AppendAsync(ticket.Content, cancellationToken).ConfigureAwait(false);
            _pipeline.Counters.AddNew(ticket.Content.Length);
            foreach (var chunk in ticket.Content.Chunks)
            {
                _pipeline.Index.Add(new Extent(location, chunk.OffsetInFrame, chunk.Length, chunk.Hash));
            }

            ticket.Complete(location);
        }
        catch (Exception e)
        {
            ticket.Fail(e);
            throw;
        }
        finally
        {
            _pipeline.Return(ticket);
        }
    }

    public ValueTask DisposeAsync()
    {
        _cursor?.Dispose();
        _identity.Dispose();
        return _packs.DisposeAsync();
    }

    /// <summary>Stores one file that is too large to share frames, or of unknown size.</summary>
    public async ValueTask StoreLargeAsync(EntryBatch batch, TreeEntry entry, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            SourceContent content;
            try
            {
                content = _session.Open(entry);
            }
            catch (EntryUnreadableException e)
            {
                _pipeline.ReportUnreadable(entry, e);
                return;
            }

            using (content)
            {
                if (content is PagedSourceContent pages)
                {
                    await StorePagedAsync(batch, entry, pages, cancellationToken).ConfigureAwait(false);
                    return;
                }

                // The records of a large file leave before its end is read, so what changed in between can no longer
                // be taken back: it is read again as a whole only while its records still fit one hand-over.
                using var large = new LargeFile(this, batch, entry, holdBack: attempt < MaximumReadAttempts);
                bool complete;
                try
                {
                    complete = await large.StoreAsync(content, cancellationToken).ConfigureAwait(false);
                }
                catch (EntryUnreadableException e)
                {
                    if (!large.HasEmitted)
                    {
                        _pipeline.ReportUnreadable(entry, e);
                        return;
                    }

                    // What was read so far stands in the manifest: it is closed and named as incomplete.
                    await large.CloseTruncatedAsync(e, cancellationToken).ConfigureAwait(false);
                    return;
                }

                if (complete)
                {
                    _pipeline.Counters.AddFile();
                    return;
                }
            }
        }
    }

    private async ValueTask StorePagedAsync(EntryBatch batch, TreeEntry entry, PagedSourceContent content, CancellationToken cancellationToken)
    {
        using var file = new PagedFile(this, batch, entry, content, await OpenWindowAsync(entry, content).ConfigureAwait(false));
        try
        {
            await file.StoreAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (EntryUnreadableException e)
        {
            if (!file.HasEmitted)
            {
                _pipeline.ReportUnreadable(entry, e);
                return;
            }

            await file.CloseTruncatedAsync(e, cancellationToken).ConfigureAwait(false);
            return;
        }

        _pipeline.Counters.AddFile();
    }

    private async ValueTask<PageWindow> OpenWindowAsync(TreeEntry entry, PagedSourceContent content)
    {
        _repository.RequireFormat(2, $"The content of {entry.DisplayPath}, which is made of pages,");
        var parent = _parent is null ? null : await ParentPages.OpenAsync(_parent, _cursor!, entry.Path).ConfigureAwait(false);
        return new PageWindow(content, entry.Size, parent, _pipeline.Counters);
    }

    private void ReportChanged(TreeEntry entry, SourceContent content)
    {
        if (!content.IsUnchanged())
        {
            entry.Flags |= EntryFlags.ChangedWhileRead | EntryFlags.Racy;
            _pipeline.Report(new EntryIssue(
                entry.DisplayPath,
                "It changed while it was read; what is stored may mix two moments.",
                IsLoss: true));
        }
    }

    /// <summary>Waits for a frame without leaving frames of others undone, so that workers never wait in a circle.</summary>
    private async ValueTask<FrameLocation> WaitAsync(FrameTicket ticket, CancellationToken cancellationToken)
    {
        while (!ticket.Location.IsCompleted && _pipeline.TryTakeFrame(out var other))
        {
            await StoreFrameAsync(other, cancellationToken).ConfigureAwait(false);
        }

        return await ticket.Location.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private ContentChunker ChunkerFor(SourceContent content) =>
        content.Chunks == ChunkerParameters.Default ? _chunker : new ContentChunker(content.Chunks);

    private static int Cut(ReadOnlySpan<byte> data, int blockSize, long declaredSize, ContentChunker chunker) => blockSize > 0
        ? Math.Min(Math.Min(blockSize, PackFormat.MaximumFrameContent), data.Length)
        : declaredSize > HugeFileLength
            ? Math.Min(PackFormat.MaximumFrameContent, data.Length)
            : chunker.Cut(data);

    private async ValueTask<FrameTicket> RentAsync(CancellationToken cancellationToken)
    {
        FrameTicket? ticket;
        while (!_pipeline.TryRent(out ticket))
        {
            // Every buffer is full and queued: empty one.
            if (_pipeline.TryTakeFrame(out var other))
            {
                await StoreFrameAsync(other, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                return await _pipeline.RentAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return ticket;
    }
}
