using System.Threading.Channels;
using DrTools.Content;
using DrTools.Platform.Posix;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>
/// Writes paged files. Pages of several backups take turns in such a file, and it has no hash that would want its content
/// in order: so a part of its extents is gathered, and each frame is read once for all of them. One per worker.
/// </summary>
internal sealed class PagedFileRestore(FrameReader frames, PackTable packs, TreeWriter writer, FileOutput output, RestoreCounters counters)
{
    /// <summary>Frames that a worker remembers: a file to which no more backups than that have contributed is written from
    /// front to back.</summary>
    public const int CachedFrames = 8;

    /// <summary>Extents that are written together: those of a gigabyte of which pages were stored in many places.</summary>
    private const int MostGathered = 32 << 10;

    private const int CopyLength = 1 << 20;
    private const int Page = 8192;

    private static readonly byte[] Zeros = new byte[Page];

    private readonly List<(long Position, Extent Extent)> _gathered = [];
    private byte[] _buffer = [];

    /// <summary>Restores a file.</summary>
    /// <param name="first">Its first record.</param>
    /// <param name="continuations">The further ones.</param>
    /// <param name="resumes">Whether an interrupted restore may have completed it.</param>
    /// <param name="updates">Whether a file that is there is brought up to date in its place.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/>, <see cref="DrError.ObjectMissing"/>,
    /// <see cref="DrError.RestoreMismatch"/>, or what the target says.</exception>
    public async ValueTask RestoreAsync(ManifestRecord first, ChannelReader<ManifestRecord>? continuations, bool resumes, bool updates, CancellationToken cancellationToken)
    {
        var entry = first.Entry!;
        _gathered.Clear();
        var update = updates ? writer.OpenForUpdate(entry) : -1;
        var existing = resumes && update < 0 ? writer.OpenRestored(entry) : -1;
        var file = existing < 0 && update < 0 ? Create(entry) : null;
        var changed = false;
        try
        {
            long position = 0, compared = 0;
            for (var record = first; ; record = await RestoreWorker.ReadContinuationAsync(continuations, cancellationToken).ConfigureAwait(false))
            {
                foreach (var extent in record.Extents)
                {
                    if (extent.Length > entry.Size - position)
                    {
                        throw RestoreWorker.Mismatch(entry, null);
                    }

                    _gathered.Add((position, extent));
                    position += extent.Length;
                }

                if (record.IsContinued && _gathered.Count < MostGathered)
                {
                    continue;
                }

                var isInOrder = OrderByFrames();
                if (update >= 0)
                {
                    changed |= await UpdateAsync(update, cancellationToken).ConfigureAwait(false);
                }
                else if (file is null && !await IsThereAsync(existing, cancellationToken).ConfigureAwait(false))
                {
                    file = Create(entry);
                    Copy(existing, file, compared, cancellationToken);
                }

                if (file is not null)
                {
                    await WriteAsync(file, isInOrder, cancellationToken).ConfigureAwait(false);
                }

                _gathered.Clear();
                compared = position;
                if (!record.IsContinued)
                {
                    break;
                }
            }

            if (position != entry.Size)
            {
                throw RestoreWorker.Mismatch(entry, null);
            }

            if (file is null)
            {
                if (update >= 0)
                {
                    changed |= Truncate(update, entry);
                }

                writer.Keep(entry);
                counters.AddKept(changed);
            }
            else
            {
                output.Complete(file);
                file.Commit();
            }
        }
        finally
        {
            Descriptor.Close(existing);
            Descriptor.Close(update);
            file?.Dispose();
        }
    }

    /// <summary>Leaves the extents in the order of the file while that reads no frame twice, and otherwise puts those of a
    /// frame together.</summary>
    /// <returns>Whether they are in the order of the file.</returns>
    private bool OrderByFrames()
    {
        if (!ReadsFramesAgain())
        {
            return true;
        }

        _gathered.Sort(static (a, b) => a.Extent.Frame.Pack != b.Extent.Frame.Pack
            ? a.Extent.Frame.Pack.CompareTo(b.Extent.Frame.Pack)
            : a.Extent.Frame.Offset != b.Extent.Frame.Offset
                ? a.Extent.Frame.Offset.CompareTo(b.Extent.Frame.Offset)
                : a.Position.CompareTo(b.Position));
        return false;
    }

    /// <summary>Whether the order of the file would have frames read again that were forgotten meanwhile.</summary>
    private bool ReadsFramesAgain()
    {
        var seen = new HashSet<FrameLocation>();
        var recent = new List<FrameLocation>(CachedFrames + 1);
        foreach (var (_, extent) in _gathered)
        {
            if (extent.IsHole || (recent.Count > 0 && recent[0] == extent.Frame))
            {
                continue;
            }

            if (!recent.Remove(extent.Frame) && !seen.Add(extent.Frame))
            {
                return true;
            }

            recent.Insert(0, extent.Frame);
            if (recent.Count > CachedFrames)
            {
                recent.RemoveAt(CachedFrames);
            }
        }

        return false;
    }

    private TreeFile Create(TreeEntry entry)
    {
        var file = writer.CreateFile(entry);
        output.Begin(file);
        return file;
    }

    private async ValueTask WriteAsync(TreeFile file, bool isInOrder, CancellationToken cancellationToken)
    {
        if (!isInOrder)
        {
            // A few pages here and there: each would have to wait for the disk, were it not for the page cache.
            output.Complete(file);
        }

        foreach (var (position, extent) in _gathered)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!extent.IsHole)
            {
                var content = await frames.ReadAsync(packs[extent.Frame.Pack], extent, cancellationToken).ConfigureAwait(false);
                if (isInOrder)
                {
                    output.Write(file, position, content.Span);
                }
                else
                {
                    file.Write(position, content.Span);
                }

                counters.AddBytes(content.Length);
            }
        }
    }

    /// <summary>Writes the pages that differ from what was gathered.</summary>
    /// <returns>Whether there were any.</returns>
    private async ValueTask<bool> UpdateAsync(int update, CancellationToken cancellationToken)
    {
        var changed = false;
        foreach (var (position, extent) in _gathered)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var content = extent.IsHole ? default : await frames.ReadAsync(packs[extent.Frame.Pack], extent, cancellationToken).ConfigureAwait(false);
            for (long done = 0; done < extent.Length;)
            {
                var length = (int)Math.Min(Page, extent.Length - done);
                var wanted = extent.IsHole ? Zeros.AsSpan(0, length) : content.Span.Slice((int)done, length);
                if (!Read(update, position + done, length).SequenceEqual(wanted))
                {
                    changed = true;
                    WritePage(update, position + done, wanted);
                    counters.AddBytes(length);
                }

                done += length;
            }
        }

        return changed;
    }

    private void WritePage(int update, long position, ReadOnlySpan<byte> content)
    {
        var error = Descriptor.Write(update, content, position);
        if (error < 0)
        {
            throw writer.Errors.Failed([], error);
        }
    }

    private bool Truncate(int update, TreeEntry entry)
    {
        if (FileStatus.OfDescriptor(update, out var status) == 0 && status.Size == entry.Size)
        {
            return false;
        }

        var error = Errno.Of(LibC.Truncate(update, entry.Size));
        return error == 0 ? true : throw writer.Errors.Failed(entry.Path, error);
    }

    /// <summary>Whether a file has what was gathered.</summary>
    private async ValueTask<bool> IsThereAsync(int existing, CancellationToken cancellationToken)
    {
        foreach (var (position, extent) in _gathered)
        {
            var content = extent.IsHole ? default : await frames.ReadAsync(packs[extent.Frame.Pack], extent, cancellationToken).ConfigureAwait(false);
            for (long done = 0; done < extent.Length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = Read(existing, position + done, extent.Length - done);
                var isSame = extent.IsHole ? !read.ContainsAnyExcept((byte)0) : read.SequenceEqual(content.Span.Slice((int)done, read.Length));
                if (read.IsEmpty || !isSame)
                {
                    return false;
                }

                done += read.Length;
            }
        }

        return true;
    }

    /// <summary>Takes over the part of an existing file that was found right.</summary>
    private void Copy(int existing, TreeFile file, long length, CancellationToken cancellationToken)
    {
        for (long done = 0; done < length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = Read(existing, done, length - done);
            if (read.IsEmpty)
            {
                throw RestoreWorker.Mismatch(file.Entry, null);
            }

            if (read.ContainsAnyExcept((byte)0))
            {
                file.Write(done, read);
            }

            done += read.Length;
        }
    }

    private ReadOnlySpan<byte> Read(int file, long position, long most)
    {
        if (_buffer.Length == 0)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(CopyLength);
        }

        return _buffer.AsSpan(0, Math.Max(0, Descriptor.Read(file, _buffer.AsSpan(0, (int)Math.Min(most, CopyLength)), position)));
    }
}
