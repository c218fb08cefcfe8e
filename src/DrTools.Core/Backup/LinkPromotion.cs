using DrTools.Repositories.Manifests;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>
/// Stores a hard-linked file under another of its names when the first one could not be read (it was deleted since the
/// walk met it, say): otherwise the other names would be links to nothing.
/// </summary>
internal sealed class LinkPromotion(ContentPipeline pipeline, SourceSession session, Func<ContentWorker> newWorker)
{
    private readonly Dictionary<byte[], byte[]> _promoted = new(PathComparer.Instance);
    private ContentWorker? _worker;

    /// <summary>Turns a further name of a file that was left out into a file, or into a name of the one that was.</summary>
    /// <returns>What the manifest shall hold in place of the record.</returns>
    public async IAsyncEnumerable<ManifestRecord> ReplaceAsync(ManifestRecord record, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (record.Entry is not { Kind: EntryKind.HardLink, LinkTarget: { } first } link || pipeline.LeftOut.IsEmpty || !pipeline.LeftOut.ContainsKey(first))
        {
            yield return record;
            yield break;
        }

        if (_promoted.TryGetValue(first, out var other))
        {
            link.LinkTarget = other;
            yield return record;
            yield break;
        }

        if (TryOpen(link) is not { } file)
        {
            yield break;
        }

        _worker ??= newWorker();
        var batch = new EntryBatch([new BatchItem(file, null)]);
        var storing = _worker.StoreAsync(batch, cancellationToken);
        await foreach (var records in batch.Records.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var stored in records)
            {
                _promoted[first] = file.Path;
                yield return stored;
            }
        }

        await storing.ConfigureAwait(false);
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => _worker?.Packs.CompleteAsync(cancellationToken) ?? ValueTask.CompletedTask;

    /// <summary>The file under its other name, with the size that decides how it is read.</summary>
    private TreeEntry? TryOpen(TreeEntry link)
    {
        var file = new TreeEntry { Path = link.Path, Kind = EntryKind.File };
        try
        {
            session.Open(file).Dispose();
            return file;
        }
        catch (EntryUnreadableException e)
        {
            pipeline.ReportUnreadable(file, e);
            return null;
        }
    }
}
