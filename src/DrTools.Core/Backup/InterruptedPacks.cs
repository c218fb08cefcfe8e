using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Packs;

namespace DrTools.Backup;

/// <summary>Makes what interrupted backups had stored available to the one that resumes them.</summary>
internal sealed class InterruptedPacks(Repository repository, PackTable table)
{
    public async Task AdoptAsync(IReadOnlyList<string> backupIds, ChunkIndex index, CancellationToken cancellationToken)
    {
        var reader = new PackReader(repository);
        foreach (var backupId in backupIds)
        {
            await foreach (var stored in repository.Store.ListAsync($"packs/{backupId}/", cancellationToken).ConfigureAwait(false))
            {
                PackInfo pack;
                IReadOnlyList<PackedFrame> frames;
                try
                {
                    (pack, frames) = await reader.ReadDirectoryAsync(stored, cancellationToken).ConfigureAwait(false);
                }
                catch (DrException e) when (e.Error == DrError.IntegrityFailure)
                {
                    // Nothing refers to it: what it held is stored again, and expiry removes it.
                    continue;
                }

                if (pack.Kind != PackKind.Data)
                {
                    continue;
                }

                var packIndex = table.Add(pack);
                foreach (var frame in frames)
                {
                    var location = new FrameLocation(packIndex, frame.Offset, frame.StoredLength);
                    foreach (var chunk in frame.Chunks)
                    {
                        index.Add(new Extent(location, chunk.OffsetInFrame, chunk.Length, chunk.Hash));
                    }
                }
            }
        }
    }
}
