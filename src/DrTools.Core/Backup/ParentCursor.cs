using DrTools.Repositories.Manifests;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>A place in the entries of the parent: it goes forward through them in walk order, or to a path.</summary>
internal sealed class ParentCursor(ParentView parent, CancellationToken cancellationToken) : IDisposable
{
    private readonly ManifestReader _reader = parent.NewReader();
    private List<ManifestRecord> _block = [];
    private int _nextBlock;
    private int _nextRecord;
    private ManifestRecord? _current;
    private bool _started;

    /// <summary>The record of an entry as it was, if it is certain that it has not changed and its content may be
    /// referred to again; further records of it come from <see cref="ReadContinuationAsync"/>. Entries are asked for in
    /// walk order.</summary>
    /// <param name="entry">The entry as it is now.</param>
    /// <param name="isUnchanged">Says whether it is as it was.</param>
    public async ValueTask<ManifestRecord?> FindUnchangedAsync(TreeEntry entry, Func<TreeEntry, TreeEntry, bool> isUnchanged)
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

        return _current?.Entry is { } before && before.Path.AsSpan().SequenceEqual(entry.Path) && await StandsAsync(entry, isUnchanged).ConfigureAwait(false)
            ? _current
            : null;
    }

    /// <summary>The same for entries that are asked for in any order.</summary>
    public async ValueTask<ManifestRecord?> SeekUnchangedAsync(TreeEntry entry, Func<TreeEntry, TreeEntry, bool> isUnchanged) =>
        await SeekAsync(entry.Path).ConfigureAwait(false) is { Entry: not null } && await StandsAsync(entry, isUnchanged).ConfigureAwait(false)
            ? _current
            : null;

    /// <summary>The first record of an entry, wherever it is; further ones come from <see cref="TryReadContinuationAsync"/>.</summary>
    /// <returns><see langword="null"/> when the parent does not have it, or it cannot be read.</returns>
    public async ValueTask<ManifestRecord?> SeekAsync(byte[] path)
    {
        var blocks = parent.AllBlocks;
        var index = FindBlock(blocks, path);

        // A block that begins with a continuation bears the path of the file, which began in one before it.
        while (index > 0 && blocks[index].FirstPath.AsSpan().SequenceEqual(path))
        {
            index--;
        }

        for (; index < blocks.Count && TreePath.Compare(blocks[index].FirstPath, path) <= 0; index++)
        {
            if (!await LoadAsync(index).ConfigureAwait(false))
            {
                continue;
            }

            for (_nextRecord = FirstNotBefore(path); _nextRecord < _block.Count; _nextRecord++)
            {
                if (_block[_nextRecord].Entry is { } entry)
                {
                    if (!entry.Path.AsSpan().SequenceEqual(path))
                    {
                        break;
                    }

                    return _current = _block[_nextRecord++];
                }
            }
        }

        return _current = null;
    }

    /// <summary>The next record of the file that was found last.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/>: there is none.</exception>
    public async ValueTask<ManifestRecord> ReadContinuationAsync() =>
        await TryReadContinuationAsync().ConfigureAwait(false) ?? throw new DrException(
            DrError.IntegrityFailure,
            $"The manifest of {parent.Info.Id} breaks off inside a file.",
            "Take a full backup, and verify the repository.");

    /// <summary>The same, or <see langword="null"/> when it cannot be read.</summary>
    public async ValueTask<ManifestRecord?> TryReadContinuationAsync()
    {
        if (_nextRecord == _block.Count && (_nextBlock == parent.AllBlocks.Count || !await LoadAsync(_nextBlock).ConfigureAwait(false)))
        {
            return null;
        }

        return _nextRecord < _block.Count && _block[_nextRecord].Entry is null ? _current = _block[_nextRecord++] : null;
    }

    public void Dispose() => _reader.Dispose();

    /// <summary>The last block whose first path is not behind a path.</summary>
    private static int FindBlock(IReadOnlyList<ManifestBlock> blocks, byte[] path)
    {
        var (low, high) = (0, blocks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (TreePath.Compare(blocks[middle].FirstPath, path) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return Math.Max(low - 1, 0);
    }

    /// <summary>The place in the block of the first entry that is not before a path.</summary>
    private int FirstNotBefore(byte[] path)
    {
        var (low, high) = (0, _block.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var entry = middle;
            while (entry < high && _block[entry].Entry is null)
            {
                entry++;
            }

            if (entry == high)
            {
                high = middle;
            }
            else if (TreePath.Compare(_block[entry].Entry!.Path, path) < 0)
            {
                low = entry + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Makes a block the one at hand.</summary>
    private async ValueTask<bool> LoadAsync(int index)
    {
        if (_nextBlock == index + 1 && _block.Count > 0)
        {
            return true;
        }

        var block = await parent.TryReadBlockAsync(_reader, index, cancellationToken).ConfigureAwait(false);
        (_block, _nextBlock, _nextRecord) = (block ?? [], index + 1, 0);
        return block is not null;
    }

    /// <summary>Whether the current record, and what continues it, can take the place of an entry.</summary>
    private async ValueTask<bool> StandsAsync(TreeEntry entry, Func<TreeEntry, TreeEntry, bool> isUnchanged) =>

        // Whether a retired pack is among the later extents of a file in several records shows too late: a mostly dead
        // one is then referred to once more, and a damaged one has every such file read again.
        _current is { Entry: { Kind: EntryKind.File, Flags: EntryFlags.None } before }
        && isUnchanged(entry, before)
        && !(_current.IsContinued && parent.DamagedPacks > 0)
        && !_current.Extents.Any(e => parent.IsRetired(e.Frame.Pack))
        && (!_current.IsContinued || await IsContinuationWholeAsync().ConfigureAwait(false));

    /// <summary>Whether the other records of the current file can be read. Once the first has been taken over, there is no
    /// way back; so the blocks that a large file fills are read twice.</summary>
    private async ValueTask<bool> IsContinuationWholeAsync()
    {
        if (EndsIn(_block, _nextRecord))
        {
            return true;
        }

        using var reader = parent.NewReader();
        for (var i = _nextBlock; i < parent.AllBlocks.Count; i++)
        {
            if (await parent.TryReadBlockAsync(reader, i, cancellationToken).ConfigureAwait(false) is not { } block)
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
            if (_nextBlock == parent.AllBlocks.Count)
            {
                _current = null;
                return;
            }

            await LoadAsync(_nextBlock).ConfigureAwait(false);
        }

        _current = _block[_nextRecord++];
    }
}
