using System.Security.Cryptography;
using DrTools.Chunking;
using DrTools.Content;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Backup;

/// <content>Large files, which are cut into chunks and whose extents may come in several records.</content>
internal sealed partial class ContentWorker
{
    /// <summary>The storing of one large file: one pass over its content.</summary>
    private sealed class LargeFile(ContentWorker worker, EntryBatch batch, TreeEntry entry, bool holdBack) : IDisposable
    {
        private readonly Queue<(Extent Extent, FrameTicket? Ticket)> _pending = new();
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly List<Extent> _record = [];
        private readonly long _declaredSize = entry.Size < 0 ? long.MaxValue : entry.Size;
        private readonly bool _isSizeKnown = entry.Size >= 0;
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
            var chunker = worker.ChunkerFor(content);
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
                    var length = Cut(window.AsSpan(start, end - start), blockSize, _isSizeKnown ? _declaredSize : 0, chunker);
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
            if (holdBack && !_entryEmitted && !content.IsUnchanged())
            {
                return false;
            }

            worker.ReportChanged(entry, content);
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
            if (!_entryEmitted || !_isSizeKnown)
            {
                entry.Size = _size;
            }
            else if (_size < _declaredSize)
            {
                // It shrank, which has been reported: zeros take the place of what went.
                AddHole(_declaredSize - _size);
            }

            await DrainAsync(0, cancellationToken).ConfigureAwait(false);
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
}
