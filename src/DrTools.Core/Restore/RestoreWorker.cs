using System.Security.Cryptography;
using System.Threading.Channels;
using DrTools.Backup;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>Files to be restored by one worker: several small ones, or one whose extents come in several records.</summary>
internal sealed class RestoreBatch
{
    public List<ManifestRecord> Files { get; } = [];

    /// <summary>Further records of the only file, if its extents come in several.</summary>
    public Channel<ManifestRecord>? Continuations { get; init; }
}

/// <summary>Writes files from their extents and compares each with its hash, if it has one. One of several.</summary>
internal sealed class RestoreWorker(Repository repository, PackTable packs, TreeWriter writer, bool resumes, bool isDelta, RestoreCounters counters, IssueList issues) : IDisposable
{
    private readonly FrameReader _frames = new(repository, PagedFileRestore.CachedFrames);
    private readonly FileOutput _output = new();
    private PagedFileRestore? _pages;
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

    public void Dispose()
    {
        _frames.Dispose();
        _output.Dispose();
    }

    private async ValueTask RestoreAsync(ManifestRecord first, ChannelReader<ManifestRecord>? continuations, CancellationToken cancellationToken)
    {
        var entry = first.Entry!;
        try
        {
            if (first.IsPaged)
            {
                counters.AddPaged();
                await (_pages ??= new PagedFileRestore(_frames, packs, writer, _output, counters)).RestoreAsync(first, continuations, resumes, isDelta, cancellationToken).ConfigureAwait(false);
            }
            else if ((resumes || isDelta) && !first.IsContinued && writer.Matches(entry, first.Hash.ToArray()))
            {
                writer.Keep(entry);
                counters.AddReused();
            }
            else
            {
                using var file = writer.CreateFile(entry);
                _output.Begin(file);
                if (first is { IsContinued: false, Extents: [{ IsHole: false } only] })
                {
                    await WriteSmallAsync(file, only, first.Hash, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await WriteLargeAsync(file, first, continuations, cancellationToken).ConfigureAwait(false);
                }

                _output.Complete(file);
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
            throw Mismatch(file.Entry, packs[extent.Frame.Pack]);
        }

        _output.Write(file, 0, content.Span);
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
                    throw Mismatch(file.Entry, null);
                }

                if (extent.IsHole)
                {
                    HashZeros(hash, extent.Length, cancellationToken);
                }
                else
                {
                    var content = await _frames.ReadAsync(packs[extent.Frame.Pack], extent, cancellationToken).ConfigureAwait(false);
                    hash.AppendData(content.Span);
                    _output.Write(file, offset, content.Span);
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
            throw Mismatch(file.Entry, null);
        }
    }

    internal static async ValueTask<ManifestRecord> ReadContinuationAsync(ChannelReader<ManifestRecord>? continuations, CancellationToken cancellationToken) =>
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

    internal static DrException Mismatch(TreeEntry entry, PackInfo? pack) => new(
        DrError.RestoreMismatch,
        $"The content of {entry.DisplayPath} is not what was backed up.",
        "Verify the backup, and restore the file from another one.")
    { Subject = pack?.ObjectName ?? entry.DisplayPath };
}
