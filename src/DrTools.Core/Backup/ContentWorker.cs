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
internal sealed class ContentWorker : IAsyncDisposable
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

    /// <summary>The storing of one large file: one pass over its content.</summary>
    private sealed class LargeFile(ContentWorker worker, EntryBatch batch, TreeEntry entry, bool holdBack) : IDisposable
    {
        private readonly Queue<(Extent Extent, FrameTicket? Ticket)> _pending = new();
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly List<Extent> _record = [];
        private readonly long _declaredSize = entry.Size;
        private FrameTicket? _open;
        private long _size;
        private bool _entryEmitted;

        public bool HasEmitted => _entryEmitted;

        public void Dispose()
        {
            _hash.Dispose();
            if (_open is { } ticket)
            {
                // Given up with content in it; others wait for the few buffers that there are.
                _open = null;
                worker._pipeline.Return(ticket);
            }
        }

        /// <returns>Whether it is done; otherwise the file changed meanwhile and shall be read again.</returns>
        public async ValueTask<bool> StoreAsync(SourceContent content, CancellationToken cancellationToken)
        {
            var window = worker._window ??= GC.AllocateUninitializedArray<byte>(4 * PackFormat.MaximumFrameContent);
            int start = 0, end = 0;
            var blockSize = content.BlockSize;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (window.Length - start < 2 * PackFormat.MaximumFrameContent)
                {
                    window.AsSpan(start, end - start).CopyTo(window);
                    (start, end) = (0, end - start);
                }

                // Never past the size that the entry declares, which has left for the manifest already.
                var atBreak = false;
                while (end - start < PackFormat.MaximumFrameContent)
                {
                    var left = _declaredSize - _size - (end - start);
                    var read = content.Read(window.AsSpan(end, (int)Math.Min(window.Length - end, left)));
                    end += read;
                    worker._pipeline.Counters.AddRead(read);
                    if (read == 0)
                    {
                        atBreak = true;
                        break;
                    }
                }

                while (end > start && (atBreak || end - start >= PackFormat.MaximumFrameContent))
                {
                    var length = worker.Cut(window.AsSpan(start, end - start), blockSize, _declaredSize);
                    await AddChunkAsync(window.AsMemory(start, length), cancellationToken).ConfigureAwait(false);
                    start += length;
                }

                if (atBreak)
                {
                    if (_size < _declaredSize && content.SkipHole() is > 0 and var hole)
                    {
                        AddHole(Math.Min(hole, _declaredSize - _size));
                        continue;
                    }

                    break;
                }
            }

            await CloseFrameAsync(cancellationToken).ConfigureAwait(false);
            var unchanged = content.IsUnchanged();
            if (!unchanged && holdBack && !_entryEmitted)
            {
                return false;
            }

            if (!unchanged)
            {
                entry.Flags |= EntryFlags.ChangedWhileRead | EntryFlags.Racy;
                worker._pipeline.Report(new EntryIssue(
                    entry.DisplayPath,
                    "It changed while it was read; what is stored may mix two moments.",
                    IsLoss: true));
            }

            await FinishAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }

        public async ValueTask CloseTruncatedAsync(EntryUnreadableException failure, CancellationToken cancellationToken)
        {
            await CloseFrameAsync(cancellationToken).ConfigureAwait(false);
            worker._pipeline.Report(new EntryIssue(
                entry.DisplayPath,
                $"Reading stopped after {_size} bytes; only these are stored. {failure.Message}",
                IsLoss: true));
            await FinishAsync(cancellationToken).ConfigureAwait(false);
        }

        private async ValueTask FinishAsync(CancellationToken cancellationToken)
        {
            if (_entryEmitted && _size < _declaredSize)
            {
                // It shrank, which has been reported: zeros take the place of what went.
                AddHole(_declaredSize - _size);
            }

            await DrainAsync(0, cancellationToken).ConfigureAwait(false);
            if (!_entryEmitted)
            {
                entry.Size = _size;
            }

            await EmitAsync(isLast: true, cancellationToken).ConfigureAwait(false);
        }

        private void AddHole(long length)
        {
            _pending.Enqueue((Extent.Hole(length), null));
            _size += length;
            var zeros = new byte[Math.Min(length, 1 << 20)];
            for (var left = length; left > 0; left -= zeros.Length)
            {
                _hash.AppendData(zeros.AsSpan(0, (int)Math.Min(left, zeros.Length)));
            }
        }

        private async ValueTask AddChunkAsync(ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
        {
            _hash.AppendData(chunk.Span);
            _size += chunk.Length;
            var hash = ContentHash.Of(chunk.Span);
            if (worker._pipeline.Index.TryGet(hash, out var known) && known.Length == chunk.Length)
            {
                _pending.Enqueue((known, null));
            }
            else
            {
                if (_open is not null && _open.Content.Free.Length < chunk.Length)
                {
                    await CloseFrameAsync(cancellationToken).ConfigureAwait(false);
                }

                _open ??= await worker.RentAsync(cancellationToken).ConfigureAwait(false);
                chunk.CopyTo(_open.Content.Free);
                var offset = _open.Content.Add(chunk.Length, hash);
                _pending.Enqueue((new Extent(default, offset, chunk.Length, hash), _open));
            }

            if (_pending.Count >= 4 * MaximumExtentsPerRecord)
            {
                await DrainAsync(2 * MaximumExtentsPerRecord, cancellationToken).ConfigureAwait(false);
            }
        }

        private async ValueTask CloseFrameAsync(CancellationToken cancellationToken)
        {
            if (_open is { } ticket)
            {
                _open = null;
                if (!worker._pipeline.TryOffer(ticket))
                {
                    await worker.StoreFrameAsync(ticket, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        /// <summary>Moves extents whose place is known into records, until only <paramref name="remaining"/> wait.</summary>
        private async ValueTask DrainAsync(int remaining, CancellationToken cancellationToken)
        {
            while (_pending.Count > remaining)
            {
                var (extent, ticket) = _pending.Peek();
                if (ticket is not null)
                {
                    if (ticket == _open)
                    {
                        await CloseFrameAsync(cancellationToken).ConfigureAwait(false);
                    }

                    extent = extent with { Frame = await worker.WaitAsync(ticket, cancellationToken).ConfigureAwait(false) };
                }

                _pending.Dequeue();
                if (_record.Count >= MaximumExtentsPerRecord || (_record.Count > 0 && EndsRecord(_record[^1])))
                {
                    await EmitAsync(isLast: false, cancellationToken).ConfigureAwait(false);
                }

                _record.Add(extent);
            }
        }

        /// <summary>The division into records follows the content too, so that an insertion does not change every
        /// record behind it.</summary>
        private static bool EndsRecord(Extent extent) => !extent.IsHole && (extent.Hash.GetHashCode() & 0x1FF) == 0;

        private async ValueTask EmitAsync(bool isLast, CancellationToken cancellationToken)
        {
            ContentHash hash = default;
            if (isLast)
            {
                var bytes = new byte[ContentHash.Length];
                _hash.GetCurrentHash(bytes);
                hash = _size == 0 ? ContentHash.Empty : new ContentHash(bytes);
            }

            var record = new ManifestRecord(_entryEmitted ? null : entry, [.. _record], !isLast, hash);
            _entryEmitted = true;
            _record.Clear();
            await batch.EmitAsync([record], cancellationToken).ConfigureAwait(false);
        }
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
