using System.Collections.Concurrent;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;

namespace DrTools.Backup;

/// <summary>The backup that a new one is compared with. Several threads read in it, each by a cursor of its own.</summary>
internal sealed class ParentView
{
    /// <summary>A pack of which less than this share is in use is retired: what is alive in it is stored again, so
    /// that it can be deleted once no kept backup refers to it.</summary>
    public const double MostlyDead = 0.5;

    private readonly Repository _repository;
    private readonly ManifestRoot _root;
    private readonly PackTable _table;
    private readonly HashSet<int> _retired = [];
    private readonly CancellationToken _cancellationToken;
    private readonly ConcurrentDictionary<int, bool> _damagedBlocks = new();

    /// <summary>Opens a parent; <paramref name="table"/> must be new, and takes its packs.</summary>
    public ParentView(Repository repository, ManifestRoot root, PackTable table, IReadOnlyDictionary<string, long> stored, bool retireMostlyDead, CancellationToken cancellationToken)
    {
        (_repository, _root, _table) = (repository, root, table);
        foreach (var pack in root.NewPackTable().ToList())
        {
            table.Add(pack);
        }

        for (var i = 0; i < root.Packs.Count; i++)
        {
            var pack = root.Packs[i];
            if (!stored.TryGetValue(pack.ObjectName, out var length) || length != pack.Length)
            {
                _retired.Add(i);
                DamagedPacks++;
                RetiredBytes += pack.LiveBytes;
            }
            else if (retireMostlyDead && pack.RawBytes > 0 && (double)pack.LiveBytes / pack.RawBytes < MostlyDead)
            {
                _retired.Add(i);
                RetiredBytes += pack.LiveBytes;
            }
        }

        foreach (var block in root.Blocks)
        {
            if (!_retired.Contains(block.Frame.Pack))
            {
                Blocks[block.Hash] = block;
            }
        }

        _cancellationToken = cancellationToken;
    }

    /// <summary>Packs that are missing or of the wrong size; nothing in them is referred to again.</summary>
    public int DamagedPacks { get; }

    /// <summary>Blocks that could not be read; what they list counts as new.</summary>
    public int DamagedBlocks => _damagedBlocks.Count;

    public BackupInfo Info => _root.Info;

    /// <summary>Blocks that may be referred to again.</summary>
    public ConcurrentDictionary<ContentHash, ManifestBlock> Blocks { get; } = new();

    /// <summary>Fills an index with the content that may be referred to again.</summary>
    public async Task FillAsync(ChunkIndex index, CancellationToken cancellationToken)
    {
        // When not everything fits, the chunks of large files matter more: a small file that did not change is found
        // by its path.
        var onlyLarge = _root.Info.Chunks > ChunkIndex.Capacity;
        using var reader = NewReader();
        for (var i = 0; i < _root.Blocks.Count; i++)
        {
            foreach (var record in await TryReadBlockAsync(reader, i, cancellationToken).ConfigureAwait(false) ?? [])
            {
                // Pages are found by their position.
                if (record.IsPaged)
                {
                    continue;
                }

                if (onlyLarge && record.Entry is not null && record.Extents.Length < 2)
                {
                    continue;
                }

                foreach (var extent in record.Extents)
                {
                    if (!extent.IsHole && !_retired.Contains(extent.Frame.Pack))
                    {
                        index.Add(extent);
                    }
                }
            }
        }
    }

    /// <summary>A place in the list of its entries, for one thread to read from.</summary>
    public ParentCursor NewCursor() => new(this, _cancellationToken);

    /// <summary>Whether what lies in a pack may not be referred to again.</summary>
    /// <summary>Content of retired packs that is in use, bytes: at most so much is stored again without being new.</summary>
    public long RetiredBytes { get; }

    public bool IsRetired(int pack) => _retired.Contains(pack);

    public ManifestReader NewReader() => new(_repository, _root, _table);

    public IReadOnlyList<ManifestBlock> AllBlocks => _root.Blocks;

    /// <summary>Reads a block; <see langword="null"/> when it is damaged, and then it is not referred to again.</summary>
    public async ValueTask<List<ManifestRecord>?> TryReadBlockAsync(ManifestReader reader, int index, CancellationToken cancellationToken)
    {
        var block = _root.Blocks[index];
        try
        {
            return await reader.ReadBlockAsync(block, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
        {
            Blocks.TryRemove(block.Hash, out _);
            _damagedBlocks.TryAdd(index, true);
            return null;
        }
    }
}
