using DrTools.Content;
using DrTools.Repositories.Manifests;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Backup;

/// <content>Files made of pages, of which only what changed is stored.</content>
internal sealed partial class ContentWorker
{
    /// <summary>The storing of one paged file. Its new pages fill frames one window after the other; a window that is new
    /// as a whole is read straight into its frame.</summary>
    private sealed class PagedFile(ContentWorker worker, EntryBatch batch, TreeEntry entry, PagedSourceContent content, PageWindow window) : IDisposable
    {
        /// <summary>A frame with less room than this is full, bytes.</summary>
        private const int LeastRoom = 64 << 10;

        private readonly Queue<(Extent Extent, FrameTicket? Ticket)> _pending = new();
        private readonly List<Extent> _record = [];
        private readonly long _declaredSize = entry.Size;
        private (Extent Extent, FrameTicket? Ticket)? _last;
        private FrameTicket? _open;
        private long _size;

        public bool HasEmitted { get; private set; }

        public void Dispose()
        {
            if (_open is { } ticket)
            {
                _open = null;
                worker._pipeline.Return(ticket);
            }
        }

        public async ValueTask StoreAsync(CancellationToken cancellationToken)
        {
            while (!window.IsAtEnd && window.Position != _declaredSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _open ??= await worker.RentAsync(cancellationToken).ConfigureAwait(false);
                var isDirect = _open.Content.Length == 0;
                var buffer = isDirect ? _open.Content.Free : worker._pages ??= GC.AllocateUninitializedArray<byte>(PageWindow.Length);
                await window.ReadAsync(buffer).ConfigureAwait(false);
                await AddWindowAsync(buffer, isDirect, cancellationToken).ConfigureAwait(false);
            }

            worker.ReportChanged(entry, content);
            await FinishAsync(cancellationToken).ConfigureAwait(false);
        }

        /// <summary>Ends the file where it could no longer be read, after a part of it has left.</summary>
        public async ValueTask CloseTruncatedAsync(EntryUnreadableException failure, CancellationToken cancellationToken)
        {
            worker._pipeline.Report(new EntryIssue(
                entry.DisplayPath,
                $"Reading stopped after {_size} bytes; only these are stored. {failure.Message}",
                IsLoss: true));
            await FinishAsync(cancellationToken).ConfigureAwait(false);
        }

        private async ValueTask AddWindowAsync(Memory<byte> buffer, bool isDirect, CancellationToken cancellationToken)
        {
            Extent known = default;
            FrameTicket? ticket = null;
            if (window.NewLength > 0)
            {
                var pages = buffer[..window.NewLength];
                var hash = worker._identity.Of(pages.Span);
                if (!worker._pipeline.Index.TryGet(hash, out known) || known.Length != pages.Length)
                {
                    if (!isDirect)
                    {
                        if (_open!.Content.Free.Length < pages.Length)
                        {
                            await CloseFrameAsync(cancellationToken).ConfigureAwait(false);
                            _open = await worker.RentAsync(cancellationToken).ConfigureAwait(false);
                        }

                        pages.CopyTo(_open.Content.Free);
                    }

                    ticket = _open!;
                    known = new Extent(default, ticket.Content.Add(pages.Length, hash), pages.Length, hash);
                }
            }

            foreach (var extent in window.Extents)
            {
                _size += extent.Length;
                if (PageWindow.IsNew(extent))
                {
                    Enqueue(extent with { Frame = known.Frame, OffsetInFrame = known.OffsetInFrame + extent.OffsetInFrame }, ticket);
                }
                else
                {
                    Enqueue(extent, null);
                }
            }

            if (_open is { Content.Free.Length: < LeastRoom })
            {
                await CloseFrameAsync(cancellationToken).ConfigureAwait(false);
            }

            if (_pending.Count >= 4 * MaximumExtentsPerRecord)
            {
                await DrainAsync(2 * MaximumExtentsPerRecord, cancellationToken).ConfigureAwait(false);
            }
        }

        private void Enqueue(Extent extent, FrameTicket? ticket)
        {
            if (_last is { } last)
            {
                if (last.Ticket == ticket && PageWindow.TryJoin(last.Extent, extent) is { } joined)
                {
                    _last = (joined, ticket);
                    return;
                }

                _pending.Enqueue(last);
            }

            _last = (extent, ticket);
        }

        private async ValueTask FinishAsync(CancellationToken cancellationToken)
        {
            if (_open is { Content.Length: > 0 })
            {
                await CloseFrameAsync(cancellationToken).ConfigureAwait(false);
            }

            if (!HasEmitted || _declaredSize < 0)
            {
                entry.Size = _size;
            }
            else if (_size < _declaredSize)
            {
                // It shrank: zeros take the place of what went.
                Enqueue(Extent.Hole(_declaredSize - _size), null);
            }

            if (_last is { } last)
            {
                _pending.Enqueue(last);
                _last = null;
            }

            await DrainAsync(0, cancellationToken).ConfigureAwait(false);
            await EmitAsync(isLast: true, cancellationToken).ConfigureAwait(false);
        }

        private async ValueTask CloseFrameAsync(CancellationToken cancellationToken)
        {
            var ticket = _open!;
            _open = null;
            if (!worker._pipeline.TryOffer(ticket))
            {
                await worker.StoreFrameAsync(ticket, cancellationToken).ConfigureAwait(false);
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
                if (_record.Count >= MaximumExtentsPerRecord)
                {
                    await EmitAsync(isLast: false, cancellationToken).ConfigureAwait(false);
                }

                _record.Add(extent);
            }
        }

        private async ValueTask EmitAsync(bool isLast, CancellationToken cancellationToken)
        {
            var record = ManifestRecord.Paged(HasEmitted ? null : entry, [.. _record], !isLast, window.PageSize);
            HasEmitted = true;
            _record.Clear();
            await batch.EmitAsync([record], cancellationToken).ConfigureAwait(false);
        }
    }
}
