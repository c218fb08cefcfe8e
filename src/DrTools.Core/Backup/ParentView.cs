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
    private readonly IAsyncEnumerator<ManifestRecord> _records;
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

        Blocks = [];
        foreach (var block in root.Blocks)
        {
            if (!_retired.Contains(block.Frame.Pack))
            {
                Blocks[block.Hash] = block;
            }
        }

        _reader = new ManifestReader(repository, root, table);
        _records = _reader.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>Packs that are missing or of the wrong size; nothing in them is referred to again.</summary>
    public int DamagedPacks { get; }

    public BackupInfo Info => _root.Info;

    /// <summary>Blocks that may be referred to again.</summary>
    public Dictionary<ContentHash, ManifestBlock> Blocks { get; }

    /// <summary>Fills an index with the content that may be referred to again.</summary>
    public async Task FillAsync(ChunkIndex index, CancellationToken cancellationToken)
    {
        // When not everything fits, the chunks of large files matter more: a small file that did not change is found
        // by its path.
        var onlyLarge = _root.Info.Chunks > ChunkIndex.Capacity;
        using var reader = new ManifestReader(_repository, _root, _table);
        await foreach (var record in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
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

    public async ValueTask DisposeAsync()
    {
        await _records.DisposeAsync().ConfigureAwait(false);
        _reader.Dispose();
    }

    private async ValueTask NextAsync() => _current = await _records.MoveNextAsync().ConfigureAwait(false) ? _records.Current : null;
}
