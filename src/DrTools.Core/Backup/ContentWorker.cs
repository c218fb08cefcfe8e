using System.Security.Cryptography;
using DrTools.Chunking;
using DrTools.Content;
using DrTools.Repositories.Manifests;
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

    private readonly ContentPipeline _pipeline;
    private readonly SourceSession _session;
    private readonly PackWriter _packs;
    private readonly FrameBuffer _small = new();
    private readonly ContentChunker _chunker = new(ChunkerParameters.Default);
    private byte[]? _window;

    public ContentWorker(ContentPipeline pipeline, SourceSession session, PackWriter packs) =>
        (_pipeline, _session, _packs) = (pipeline, session, packs);

    public PackWriter Packs => _packs;

    public async Task StoreAsync(EntryBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            if (batch.Items is [{ ToRead: { } single }] && single.Size > SmallFileLength)
            {
                await StoreLargeAsync(batch, single, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await StoreSmallAsync(batch, cancellationToken).ConfigureAwait(false);
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

    public ValueTask DisposeAsync() => _packs.DisposeAsync();

    private async ValueTask StoreSmallAsync(EntryBatch batch, CancellationToken cancellationToken)
    {
        var records = new List<ManifestRecord>(batch.Items.Count);
        var waiting = new List<(int Record, int Offset)>();
        _small.Clear();
        foreach (var item in batch.Items)
        {
            if (item.Ready is { } ready)
            {
                records.Add(ready);
                continue;
            }

            var entry = item.ToRead!;
            cancellationToken.ThrowIfCancellationRequested();
            if (_small.Free.Length <= SmallFileLength)
            {
                await StoreSharedFrameAsync(records, waiting, cancellationToken).ConfigureAwait(false);
            }

            if (ReadSmall(entry) is not { } length)
            {
                continue;
            }

            entry.Size = length;
            _pipeline.Counters.AddFile();
            if (length == 0)
            {
                records.Add(new ManifestRecord(entry, [], false, ContentHash.Empty));
                continue;
            }

            _pipeline.Counters.AddRead(length);
            var hash = ContentHash.Of(_small.Free.Span[..length]);
            if (_pipeline.Index.TryGet(hash, out var known) && known.Length == length)
            {
                records.Add(new ManifestRecord(entry, [known], false, hash));
                continue;
            }

            waiting.Add((records.Count, _small.Add(length, hash)));
            records.Add(new ManifestRecord(entry, [new Extent(default, 0, length, hash)], false, hash));
        }

        await StoreSharedFrameAsync(records, waiting, cancellationToken).ConfigureAwait(false);
        await batch.EmitAsync(records, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask StoreSharedFrameAsync(List<ManifestRecord> records, List<(int Record, int Offset)> waiting, CancellationToken cancellationToken)
    {
        if (waiting.Count == 0)
        {
            return;
        }

        var location = await _packs.AppendAsync(_small, cancellationToken).ConfigureAwait(false);
        _pipeline.Counters.AddNew(_small.Length);
        foreach (var (record, offset) in waiting)
        {
            var extent = records[record].Extents[0] with { Frame = location, OffsetInFrame = offset };
            records[record].Extents[0] = extent;
            _pipeline.Index.Add(extent);
        }

        waiting.Clear();
        _small.Clear();
    }

    /// <summary>Reads a file into the free part of the shared frame.</summary>
    /// <returns>Its length, or <see langword="null"/> when it is left out.</returns>
    private int? ReadSmall(TreeEntry entry)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var content = _session.Open(entry);
                var free = _small.Free.Span;
                var length = 0;
                int read;
                do
                {
                    // A small sparse file is not worth a record of its holes.
                    if (content.SkipHole() is > 0 and var hole)
                    {
                        if (hole > free.Length - length)
                        {
                            length = free.Length;
                            break;
                        }

                        free.Slice(length, (int)hole).Clear();
                        length += (int)hole;
                        read = (int)hole;
                    }
                    else
                    {
                        read = content.Read(free[length..]);
                        length += read;
                    }
                }
                while (read > 0 && length < free.Length);

                var unchanged = content.IsUnchanged();
                if (unchanged && length < free.Length)
                {
                    return length;
                }

                if (attempt < MaximumReadAttempts)
                {
                    continue;
                }

                entry.Flags |= EntryFlags.ChangedWhileRead | EntryFlags.Racy;
                _pipeline.Report(new EntryIssue(
                    entry.DisplayPath,
                    length < free.Length
                        ? "It changed while it was read, three times in a row; what is stored may mix two moments."
                        : $"It grew while it was read, three times in a row; only its first {length} bytes are stored.",
                    IsLoss: true));
                return length;
            }
            catch (EntryUnreadableException e)
            {
                _pipeline.ReportUnreadable(entry, e);
                return null;
            }
        }
    }

    private async ValueTask StoreLargeAsync(EntryBatch batch, TreeEntry entry, CancellationToken cancellationToken)
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

    /// <summary>Waits for a frame without leaving frames of others undone, so that workers never wait in a circle.</summary>
    private async ValueTask<FrameLocation> WaitAsync(FrameTicket ticket, CancellationToken cancellationToken)
    {
        while (!ticket.Location.IsCompleted && _pipeline.TryTakeFrame(out var other))
        {
            await StoreFrameAsync(other, cancellationToken).ConfigureAwait(false);
        }

        return await ticket.Location.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private int Cut(ReadOnlySpan<byte> data, int blockSize, long declaredSize) => blockSize > 0
        ? Math.Min(Math.Min(blockSize, PackFormat.MaximumFrameContent), data.Length)
        : declaredSize > HugeFileLength
            ? Math.Min(PackFormat.MaximumFrameContent, data.Length)
            : _chunker.Cut(data);

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
