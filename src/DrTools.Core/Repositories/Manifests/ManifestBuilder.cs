using DrTools.Content;
using DrTools.Repositories.Packs;
using DrTools.Trees;

namespace DrTools.Repositories.Manifests;

/// <summary>
/// Writes the body of a manifest from records in walk order: divides it into blocks where the paths say so, refers to
/// blocks that are stored already, and stores the others.
/// </summary>
internal sealed class ManifestBuilder(PackTable table, PackWriter metadata, IReadOnlyDictionary<ContentHash, ManifestBlock> known)
{
    /// <summary>A block is not ended before it has this size, bytes.</summary>
    private const int MinimumBlock = 24 << 10;

    /// <summary>A block is ended at this size, whatever the paths say, bytes.</summary>
    private const int MaximumBlock = 256 << 10;

    /// <summary>A block is ended before its paths take more than this in all, bytes; half of what a reader accepts.</summary>
    private const int MaximumPaths = ManifestBlockReader.MaximumPaths / 2;

    /// <summary>One path in 512 ends a block of sufficient size: some 25 KiB more on average.</summary>
    private const uint BoundaryMask = 0x1FF;

    private readonly ManifestBlockWriter _block = new(table);
    private readonly FrameBuffer _frame = new();
    private readonly List<ManifestBlock> _blocks = [];
    private byte[] _firstPath = [];
    private byte[] _lastPath = [];

    /// <summary>Chunks named so far.</summary>
    public long Chunks { get; private set; }

    /// <summary>Sum of the sizes of all files.</summary>
    public long SourceBytes { get; private set; }

    /// <summary>How much of that are holes.</summary>
    public long HoleBytes { get; private set; }

    /// <summary>Regular files, further names included.</summary>
    public long Files { get; private set; }

    public long Directories { get; private set; }

    /// <summary>Links, pipes and devices.</summary>
    public long Others { get; private set; }

    public long Entries => Files + Directories + Others;

    public async ValueTask AddAsync(ManifestRecord record, CancellationToken cancellationToken)
    {
        if (record.Entry is { } entry)
        {
            if (_block.Length >= MaximumBlock || _block.PathBytes + entry.Path.Length > MaximumPaths || (_block.Length >= MinimumBlock && IsBoundary(entry.Path)))
            {
                await FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            _lastPath = entry.Path;
            Count(entry.Kind);
        }
        else if (_block.Length >= MinimumBlock)
        {
            // Continuations are long and end where the content says, so each may end a block.
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_block.IsEmpty)
        {
            _firstPath = _lastPath;
        }

        foreach (var extent in record.Extents)
        {
            SourceBytes += extent.Length;
            if (extent.IsHole)
            {
                HoleBytes += extent.Length;
            }
            else
            {
                table[extent.Frame.Pack].LiveBytes += extent.Length;

                // Pages are found by their position, not in the index.
                Chunks += record.IsPaged ? 0 : 1;
            }
        }

        _block.Add(record);
    }

    /// <summary>Ends the body.</summary>
    /// <returns>Its blocks; their frames are durable when the pack writer has been completed.</returns>
    public async ValueTask<IReadOnlyList<ManifestBlock>> CompleteAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        return _blocks;
    }

    private void Count(EntryKind kind)
    {
        switch (kind)
        {
            case EntryKind.File or EntryKind.HardLink:
                Files++;
                break;
            case EntryKind.Directory:
                Directories++;
                break;
            default:
                Others++;
                break;
        }
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_block.IsEmpty)
        {
            return;
        }

        var content = _block.Serialize();
        _block.Clear();
        var hash = ContentHash.Of(content);
        if (!known.TryGetValue(hash, out var block))
        {
            if (content.Length > PackFormat.MaximumFrameContent)
            {
                throw new DrException(
                    DrError.SourceFailure,
                    $"The metadata of {TreePath.Display(_lastPath)} takes {content.Length} bytes, more than a block can hold.",
                    "Remove some of its extended attributes, or exclude it.");
            }

            _frame.Clear();
            content.CopyTo(_frame.Free);
            _frame.Add(content.Length, hash);
            block = new ManifestBlock(hash, await metadata.AppendAsync(_frame, cancellationToken).ConfigureAwait(false), _firstPath);
        }

        table[block.Frame.Pack].LiveBytes += content.Length;
        _blocks.Add(block);
    }

    /// <summary>FNV-1a over the path, so that the same path always ends a block, whatever came before it.</summary>
    private static bool IsBoundary(ReadOnlySpan<byte> path)
    {
        var hash = 2166136261u;
        foreach (var b in path)
        {
            hash = (hash ^ b) * 16777619u;
        }

        return ((hash ^ (hash >> 15)) & BoundaryMask) == 0;
    }
}
