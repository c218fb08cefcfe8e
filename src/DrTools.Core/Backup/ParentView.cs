using System.Collections.Concurrent;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>The backup that a new one is compared with, as a cursor over its entries in walk order.</summary>
internal sealed class ParentView : IAsyncDisposable
{
    /// <summary>A pack of which less than this share is in use is retired: what is alive in it is stored again, so
    /// that it can be deleted once no kept backup refers to it.</summary>
    public const double MostlyDead = 0.5;

    private readonly Repository _repository;
    private readonly ManifestRoot _root;
    private readonly PackTable _table;
    private readonly HashSet<int> _retired = [];
    private readonly ManifestReader _reader;
    private readonly CancellationToken _cancellationToken;
    private List<ManifestRecord> _block = [];
    private int _nextBlock;
    private int _nextRecord;
    private ManifestRecord? _current;
    private bool _started;

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
            }
            else if (retireMostlyDead && pack.RawBytes > 0 && (double)pack.LiveBytes / pack.RawBytes < MostlyDead)
            {
                _retired.Add(i);
            }
        }

        foreach (var block in root.Blocks)
        {
            if (!_retired.Contains(block.Frame.Pack))
            {
                Blocks[block.Hash] = block;
            }
        }

        _reader = new ManifestReader(repository, root, table);
        _cancellationToken = cancellationToken;
    }

    /// <summary>Packs that are missing or of the wrong size; nothing in them is referred to again.</summary>
    public int DamagedPacks { get; }

    /// <summary>Blocks that could not be read; what they list counts as new.</summary>
    public int DamagedBlocks { get; private set; }

    public BackupInfo Info => _root.Info;

    /// <summary>Blocks that may be referred to again.</summary>
    public ConcurrentDictionary<ContentHash, ManifestBlock> Blocks { get; } = new();

    /// <summary>Fills an index with the content that may be referred to again.</summary>
    public async Task FillAsync(ChunkIndex index, CancellationToken cancellationToken)
    {
        // When not everything fits, the chunks of large files matter more: a small file that did not change is found
        // by its path.
        var onlyLarge = _root.Info.Chunks > ChunkIndex.Capacity;
        using var reader = new ManifestReader(_repository, _root, _table);
        foreach (var block in _root.Blocks)
        {
            foreach (var record in await TryReadBlockAsync(reader, block, cancellationToken).ConfigureAwait(false) ?? [])
            {
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

    /// <summary>The record of an entry as it was, if it is certain that it has not changed and its content may be
    /// referred to again; further records of it come from <see cref="ReadContinuationAsync"/>.</summary>
    public async ValueTask<ManifestRecord?> FindUnchangedAsync(TreeEntry entry)
    {
        if (!_started)
        {
            _started = true;
            await NextAsync().ConfigureAwait(false);
        }

        while (_current is not null && (_current.Entry is null || TreePath.Compare(_current.Entry.Path, entry.Path) < 0))
        {
            await NextAsync().ConfigureAwait(false);
        }

        // Whether a retired pack is among the later extents of a file in several records shows too late: a mostly dead
        // one is then referred to once more, and a damaged one has every such file read again.
        return _current is { Entry: { Kind: EntryKind.File, Flags: EntryFlags.None } before }
            && before.Path.AsSpan().SequenceEqual(entry.Path)
            && before.Size == entry.Size && before.ModifiedNs == entry.ModifiedNs && before.ChangedNs == entry.ChangedNs
            && !(_current.IsContinued && DamagedPacks > 0)
            && !_current.Extents.Any(e => _retired.Contains(e.Frame.Pack))
            && (!_current.IsContinued || await IsContinuationWholeAsync().ConfigureAwait(false))
            ? _current
            : null;
    }

    /// <summary>The next record of the file that was found last.</summary>
    public async ValueTask<ManifestRecord> ReadContinuationAsync()
    {
        await NextAsync().ConfigureAwait(false);
        return _current is { Entry: null } continuation
            ? continuation
            : throw new DrException(
                DrError.IntegrityFailure,
                $"The manifest of {_root.Info.Id} breaks off inside a file.",
                "Take a full backup, and verify the repository.");
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<List<ManifestRecord>?> TryReadBlockAsync(ManifestReader reader, ManifestBlock block, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadBlockAsync(block, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
        {
            Blocks.TryRemove(block.Hash, out _);
            return null;
        }
    }

    /// <summary>Whether the other records of the current file can be read. Once the first has been taken over, there is no
    /// way back; so the blocks that a large file fills are read twice.</summary>
    private async ValueTask<bool> IsContinuationWholeAsync()
    {
        if (EndsIn(_block, _nextRecord))
        {
            return true;
        }

        using var reader = new ManifestReader(_repository, _root, _table);
        for (var i = _nextBlock; i < _root.Blocks.Count; i++)
        {
            if (await TryReadBlockAsync(reader, _root.Blocks[i], _cancellationToken).ConfigureAwait(false) is not { } block)
            {
                return false;
            }

            if (EndsIn(block, 0))
            {
                return true;
            }
        }

        return false;
    }

    private static bool EndsIn(List<ManifestRecord> block, int from)
    {
        for (var i = from; i < block.Count; i++)
        {
            if (!block[i].IsContinued)
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask NextAsync()
    {
        while (_nextRecord == _block.Count)
        {
            if (_nextBlock == _root.Blocks.Count)
            {
                _current = null;
                return;
            }

            var block = await TryReadBlockAsync(_reader, _root.Blocks[_nextBlock++], _cancellationToken).ConfigureAwait(false);
            DamagedBlocks += block is null ? 1 : 0;
            (_block, _nextRecord) = (block ?? [], 0);
        }

        _current = _block[_nextRecord++];
    }
}
