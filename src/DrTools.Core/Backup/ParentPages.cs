using DrTools.Content;
using DrTools.Repositories.Manifests;

namespace DrTools.Backup;

/// <summary>Where the parent has the pages of one file, by their position in it. Asked for from the start of the file to
/// its end; holds the extents of a few records at most.</summary>
internal sealed class ParentPages
{
    private readonly ParentView _parent;
    private readonly ParentCursor _cursor;
    private readonly List<(long Position, Extent Extent)> _extents = [];
    private bool _isContinued;
    private long _end;
    private int _at;

    private ParentPages(ParentView parent, ParentCursor cursor, ManifestRecord first)
    {
        (_parent, _cursor) = (parent, cursor);
        Add(first);
    }

    /// <summary>Opens the paged file of a path.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="cursor">A place in it that serves for nothing else meanwhile.</param>
    /// <param name="path">The file's path.</param>
    /// <returns><see langword="null"/> when there is none.</returns>
    public static async ValueTask<ParentPages?> OpenAsync(ParentView parent, ParentCursor cursor, byte[] path) =>
        await cursor.SeekAsync(path).ConfigureAwait(false) is { IsPaged: true } first ? new ParentPages(parent, cursor, first) : null;

    /// <summary>Makes a part of the file ready to be asked for; what lies before it can be asked for no more.</summary>
    public async ValueTask LoadAsync(long start, long end)
    {
        var passed = 0;
        while (passed < _extents.Count && _extents[passed].Position + _extents[passed].Extent.Length <= start)
        {
            passed++;
        }

        _extents.RemoveRange(0, passed);
        _at = 0;
        while (_isContinued && _end < end)
        {
            if (await _cursor.TryReadContinuationAsync().ConfigureAwait(false) is not { IsPaged: true } record)
            {
                // The rest cannot be read, and counts as changed.
                _isContinued = false;
                return;
            }

            Add(record);
        }
    }

    /// <summary>How many bytes from a position on, up to <paramref name="most"/>, may be referred to.</summary>
    public long Covered(long position, long most)
    {
        var covered = 0L;
        for (var i = Find(position); i < _extents.Count && covered < most; i++)
        {
            var (start, extent) = _extents[i];
            if (start > position + covered || _parent.IsRetired(extent.Frame.Pack))
            {
                break;
            }

            covered = start + extent.Length - position;
        }

        return Math.Min(covered, most);
    }

    /// <summary>Says where bytes lie that <see cref="Covered"/> has counted.</summary>
    public void Refer(long position, long length, Action<Extent> add)
    {
        for (var i = Find(position); length > 0; i++)
        {
            var (start, extent) = _extents[i];
            var skipped = position - start;
            var taken = Math.Min(extent.Length - skipped, length);
            add(extent.IsHole
                ? Extent.Hole(taken)
                : extent with { OffsetInFrame = extent.OffsetInFrame + (int)skipped, Length = taken });
            position += taken;
            length -= taken;
        }
    }

    private void Add(ManifestRecord record)
    {
        foreach (var extent in record.Extents)
        {
            _extents.Add((_end, extent));
            _end += extent.Length;
        }

        _isContinued = record.IsContinued;
    }

    /// <summary>The extent at a position, or the first behind it; positions only grow.</summary>
    private int Find(long position)
    {
        while (_at < _extents.Count && _extents[_at].Position + _extents[_at].Extent.Length <= position)
        {
            _at++;
        }

        return _at;
    }
}
