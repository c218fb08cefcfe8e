using DrTools.Content;
using DrTools.Repositories.Manifests;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Backup;

/// <content>Small files, which share frames.</content>
internal sealed partial class ContentWorker
{
    /// <summary>The storing of the small files of one batch. Its records leave together, with those that stand
    /// already.</summary>
    public sealed class SmallFiles(ContentWorker worker, EntryBatch batch)
    {
        private readonly List<Chunk> _waiting = [];
        private List<ManifestRecord> _records = new(batch.Items.Count);

        /// <summary>Records that wait to leave.</summary>
        public int Count => _records.Count;

        /// <summary>Adds a record that stands already.</summary>
        public void Add(ManifestRecord ready) => _records.Add(ready);

        /// <summary>Reads a file.</summary>
        public async ValueTask AddAsync(TreeEntry entry, CancellationToken cancellationToken)
        {
            if (worker._small.Free.Length <= SmallFileLength)
            {
                await StoreFrameAsync(cancellationToken).ConfigureAwait(false);
            }

            SourceContent content;
            try
            {
                content = worker._session.Open(entry);
            }
            catch (EntryUnreadableException e)
            {
                worker._pipeline.ReportUnreadable(entry, e);
                return;
            }

            if (content is PagedSourceContent pages)
            {
                using (content)
                {
                    await AddPagedAsync(entry, pages, cancellationToken).ConfigureAwait(false);
                }
            }
            else if (Read(entry, content) is { } length)
            {
                AddWhole(entry, length);
            }
        }

        /// <summary>Lets the records leave.</summary>
        public async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            await StoreFrameAsync(cancellationToken).ConfigureAwait(false);
            if (_records.Count > 0)
            {
                var records = _records;
                _records = [];
                await batch.EmitAsync(records, cancellationToken).ConfigureAwait(false);
            }
        }

        private void AddWhole(TreeEntry entry, int length)
        {
            entry.Size = length;
            worker._pipeline.Counters.AddFile();
            if (length == 0)
            {
                _records.Add(new ManifestRecord(entry, [], false, ContentHash.Empty));
                return;
            }

            worker._pipeline.Counters.AddRead(length);
            var hash = ContentHash.Of(worker._small.Free.Span[..length]);
            if (worker._pipeline.Index.TryGet(hash, out var known) && known.Length == length)
            {
                _records.Add(new ManifestRecord(entry, [known], false, hash));
                return;
            }

            _waiting.Add(new Chunk(_records.Count, worker._small.Add(length, hash), length, hash));
            _records.Add(new ManifestRecord(entry, [new Extent(default, 0, length, hash)], false, hash));
        }

        private async ValueTask AddPagedAsync(TreeEntry entry, PagedSourceContent content, CancellationToken cancellationToken)
        {
            if (IsLarge(entry))
            {
                // It has grown since the walk met it.
                await FlushAsync(cancellationToken).ConfigureAwait(false);
                await worker.StorePagedAsync(batch, entry, content, cancellationToken).ConfigureAwait(false);
                return;
            }

            var window = await worker.OpenWindowAsync(entry, content).ConfigureAwait(false);
            try
            {
                if (entry.Size > 0)
                {
                    await window.ReadAsync(worker._small.Free).ConfigureAwait(false);
                }
            }
            catch (EntryUnreadableException e)
            {
                worker._pipeline.ReportUnreadable(entry, e);
                return;
            }

            entry.Size = window.Position;
            worker.ReportChanged(entry, content);
            worker._pipeline.Counters.AddFile();
            var extents = window.Extents.ToArray();
            if (window.NewLength > 0)
            {
                var hash = ContentHash.Of(worker._small.Free.Span[..window.NewLength]);
                if (worker._pipeline.Index.TryGet(hash, out var known) && known.Length == window.NewLength)
                {
                    Place(extents, known.Frame, known.OffsetInFrame);
                }
                else
                {
                    _waiting.Add(new Chunk(_records.Count, worker._small.Add(window.NewLength, hash), window.NewLength, hash));
                }
            }

            _records.Add(ManifestRecord.Paged(entry, extents, false, window.PageSize));
        }

        /// <summary>Gives the new extents of a file their place.</summary>
        private static void Place(Span<Extent> extents, FrameLocation frame, int offset)
        {
            foreach (ref var extent in extents)
            {
                if (PageWindow.IsNew(extent))
                {
                    extent = extent with { Frame = frame, OffsetInFrame = offset + extent.OffsetInFrame };
                }
            }
        }

        private async ValueTask StoreFrameAsync(CancellationToken cancellationToken)
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            var location = await worker._packs.AppendAsync(worker._small, cancellationToken).ConfigureAwait(false);
            worker._pipeline.Counters.AddNew(worker._small.Length);
            foreach (var chunk in _waiting)
            {
                Place(_records[chunk.Record].Extents, location, chunk.Offset);
                worker._pipeline.Index.Add(new Extent(location, chunk.Offset, chunk.Length, chunk.Hash));
            }

            _waiting.Clear();
            worker._small.Clear();
        }

        /// <summary>Reads a file into the free part of the shared frame.</summary>
        /// <returns>Its length, or <see langword="null"/> when it is left out.</returns>
        private int? Read(TreeEntry entry, SourceContent first)
        {
            var opened = first;
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    using var content = opened ?? worker._session.Open(entry);
                    opened = null;
                    var free = worker._small.Free.Span;
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
                    worker._pipeline.Report(new EntryIssue(
                        entry.DisplayPath,
                        length < free.Length
                            ? "It changed while it was read, three times in a row; what is stored may mix two moments."
                            : $"It grew while it was read, three times in a row; only its first {length} bytes are stored.",
                        IsLoss: true));
                    return length;
                }
                catch (EntryUnreadableException e)
                {
                    worker._pipeline.ReportUnreadable(entry, e);
                    return null;
                }
            }
        }

        /// <summary>New content of a record in the shared frame.</summary>
        private readonly record struct Chunk(int Record, int Offset, int Length, ContentHash Hash);
    }
}
