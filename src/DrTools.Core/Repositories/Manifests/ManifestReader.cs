using System.Runtime.CompilerServices;
using DrTools.Repositories.Packs;

namespace DrTools.Repositories.Manifests;

/// <summary>Reads the body of a manifest, block by block, in bounded memory.</summary>
internal sealed class ManifestReader(Repository repository, ManifestRoot root, PackTable packs) : IDisposable
{
    private readonly FrameReader _frames = new(repository, cachedFrames: 1);

    public async IAsyncEnumerable<ManifestRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var block in root.Blocks)
        {
            foreach (var record in await ReadBlockAsync(block, cancellationToken).ConfigureAwait(false))
            {
                yield return record;
            }
        }
    }

    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/>.</exception>
    public async ValueTask<List<ManifestRecord>> ReadBlockAsync(ManifestBlock block, CancellationToken cancellationToken)
    {
        var pack = root.Packs[block.Frame.Pack];
        var content = await _frames.ReadAsync(pack, block.Frame, cancellationToken).ConfigureAwait(false);
        try
        {
            return Content.ContentHash.Of(content.Span) == block.Hash
                ? ManifestBlockReader.Read(content.Span, packs)
                : throw new InvalidDataException("The block is not the one that the manifest names.");
        }
        catch (InvalidDataException e)
        {
            throw new DrException(
                DrError.IntegrityFailure,
                $"A block of the manifest of {root.Info.Id} in {pack.ObjectName} is malformed: {e.Message}",
                "Run a content verification to see what suffers.",
                e)
            { Subject = pack.ObjectName };
        }
    }

    public void Dispose() => _frames.Dispose();
}
