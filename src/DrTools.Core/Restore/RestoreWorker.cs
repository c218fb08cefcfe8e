using System.Security.Cryptography;
using System.Threading.Channels;
using DrTools.Backup;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Sources;

namespace DrTools.Restore;

/// <summary>Files to be restored by one worker: several small ones, or one whose extents come in several records.</summary>
internal sealed class RestoreBatch
{
    public List<ManifestRecord> Files { get; } = [];

    /// <summary>Further records of the only file, if its extents come in several.</summary>
    public Channel<ManifestRecord>? Continuations { get; init; }
}

/// <summary>Writes files from their extents and compares each with its hash, if it has one. One of several.</summary>
internal sealed class RestoreWorker(Repository repository, PackTable packs, TreeWriter writer, bool resumes, RestoreCounters counters, IssueList issues) : IDisposable
{
    /// <summary>Extents of a paged file that are written together: those of a gigabyte of which pages were stored in
    /// many places.</summary>
    private const int MostGathered = 32 << 10;

    private readonly FrameReader _frames = new(repository);
    private readonly List<(long Position, Extent Extent)> _gathered = [];
    private long _counted;

    public async Task WorkAsync(ChannelReader<RestoreBatch> batches, CancellationToken cancellationToken)
    {
        await foreach (var batch in batches.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var file in batch.Files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await RestoreAsync(file, batch.Continuations?.Reader, cancellationToken).ConfigureAwait(false);
            }
        }

        counters.AddStored(_frames.BytesRead - _counted);
        _counted = _frames.BytesRead;
    }

    public void Dispose() => _frames.Dispose();

    private async ValueTask RestoreAsync(ManifestRecord first, ChannelReader<ManifestRecord>? continuations, CancellationToken cancellationToken)
    {
        var entry = first.Entry!;
        try
        {
            if (resumes && !first.IsContinued && !first.IsPaged && writer.Matches(entry, first.Hash.ToArray()))
            {
                writer.Keep(entry);
                counters.AddReused();
            }
            else
            {
                using var file = writer.CreateFile(entry);
                if (first.IsPaged)
                {
                    await WritePagedAsync(file, first, continuations, cancellationToken).ConfigureAwait(false);
                }
                else if (first is { IsContinued: false, Extents: [{ IsHole: false } only] })
                {
                    await WriteSmallAsync(file, only, first.Hash, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await WriteLargeAsync(file, first, continuations, cancellationToken).ConfigureAwait(false);
                }

                file.Commit();
            }

            counters.AddFile();
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing or DrError.RestoreMismatch)
        {
            issues.Add(new EntryIssue(entry.DisplayPath, $"It could not be restored. {e.Message}", IsLoss: true));
            if (continuations is not null)
            {
                await foreach (var _ in continuations.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                {
                    // The rest of a file that is given up.
                }
            }
        }
    }

    private async ValueTask WriteSmallAsync(TreeFile file, Extent extent, ContentHash expected, CancellationToken cancellationToken)
    {
        var content = await _frames.ReadAsync(packs[extent.Frame.Pack], extent, cancellationToken).ConfigureAwait(false);
        if (ContentHash.Of(content.Span) != expected || content.Length != file.Entry.Size)
        {
            throw Mismatch(file, packs[extent.Frame.Pack]);
        }

        file.Write(0, content.Span);
        counters.AddBytes(content.Length);
    }

    private async ValueTask WriteLargeAsync(TreeFile file, ManifestRecord first, ChannelReader<ManifestRecord>? continuations, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long offset = 0;
        var record = first;
        while (true)
        {
            foreach (var extent in record.Extents)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (extent.Length > file.Entry.Size - offset)
                {
                    throw Mismatch(file, null);
                }

                if (extent.IsHole)
                {
                    HashZeros(hash, extent.Length, cancellationToken);
                }
                else
                {
                    var content = await _frames.ReadAsync(packs[extent.Frame.Pack], extent, cancellationToken).ConfigureAwait(false);
                    hash.AppendData(content.Span);
                    file.Write(offset, content.Span);
                    counters.AddBytes(content.Length);
                }

                offset += extent.Length;
            }

            if (!record.IsContinued)
            {
                break;
            }

            record = await ReadContinuationAsync(continuations, cancellationToken).ConfigureAwait(false);
        }

        if (offset != file.Entry.Size || new ContentHash(hash.GetHashAndReset()) != record.Hash)
        {
            throw Mismatch(file, null);
        }
    }

    /// <summary>Pages of several backups take turns in a file. So many of its extents are gathered, and written frame by
    /// frame, that each frame is read once; there is no hash of the whole that would want them in order.</summary>
    private async ValueTask WritePagedAsync(TreeFile file, ManifestRecord first, ChannelReader<ManifestRecord>? continuations, CancellationToken cancellationToken)
    {
        _gathered.Clear();
        long offset = 0;
        for (var record = first; ; record = await ReadContinuationAsync(continuations, cancellationToken).ConfigureAwait(false))
        {
            foreach (var extent in record.Extents)
            {
                if (extent.Length > file.Entry.Size - offset)
                {
                    throw Mismatch(file, null);
                }

                if (!extent.IsHole)
                {
                    _gathered.Add((offset, extent));
                }

                offset += extent.Length;
            }

            if (!record.IsContinued || _gathered.Count >= MostGathered)
            {
                await WriteGatheredAsync(file, cancellationToken).ConfigureAwait(false);
            }

            if (!record.IsContinued)
            {
                break;
            }
        }

        if (offset != file.Entry.Size)
        {
            throw Mismatch(file, null);
        }
    }

    private async ValueTask WriteGatheredAsync(TreeFile file, CancellationToken cancellationToken)
    {
        _gathered.Sort(static (a, b) => a.Extent.Frame.Pack != b.Extent.Frame.Pack
            ? a.Extent.Frame.Pack.CompareTo(b.Extent.Frame.Pack)
            : a.Extent.Frame.Offset != b.Extent.Frame.Offset
                ? a.Extent.Frame.Offset.CompareTo(b.Extent.Frame.Offset)
                : a.Position.CompareTo(b.Position));
        foreach (var (position, extent) in _gathered)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var content = await _frames.ReadAsync(packs[extent.Frame.Pack], extent, cancellationToken).ConfigureAwait(false);
            file.Write(position, content.Span);
            counters.AddBytes(content.Length);
        }

        _gathered.Clear();
    }

    private static async ValueTask<ManifestRecord> ReadContinuationAsync(ChannelReader<ManifestRecord>? continuations, CancellationToken cancellationToken) =>
        continuations is not null && await continuations.WaitToReadAsync(cancellationToken).ConfigureAwait(false) && continuations.TryRead(out var next)
            ? next
            : throw new DrException(DrError.IntegrityFailure, "The manifest breaks off inside the file.", "Verify the backup.");

    private static void HashZeros(IncrementalHash hash, long length, CancellationToken cancellationToken)
    {
        var zeros = new byte[Math.Min(length, 1 << 20)];
        for (var left = length; left > 0; left -= zeros.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(zeros.AsSpan(0, (int)Math.Min(left, zeros.Length)));
        }
    }

    private static DrException Mismatch(TreeFile file, PackInfo? pack) => new(
        DrError.RestoreMismatch,
        $"The content of {file.Entry.DisplayPath} is not what was backed up.",
        "Verify the backup, and restore the file from another one.")
    { Subject = pack?.ObjectName ?? file.Entry.DisplayPath };
}
