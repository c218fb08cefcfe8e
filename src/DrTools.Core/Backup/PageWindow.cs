using System.Runtime.InteropServices;
using DrTools.Content;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Sources;

namespace DrTools.Backup;

/// <summary>
/// Reads a paged file a window at a time, and tells what is new in it: the new pages end up side by side in a buffer, all
/// else becomes extents. Windows lie at fixed places of the file, so that a backup that resumes an interrupted one forms
/// the same runs of new pages where nothing changed in between.
/// </summary>
internal sealed class PageWindow
{
    /// <summary>The most that a window holds, bytes.</summary>
    public const int Length = PackFormat.MaximumFrameContent;

    private readonly PagedSourceContent _content;
    private readonly ParentPages? _parent;
    private readonly BackupCounters _counters;
    private readonly long _size;
    private readonly bool[] _flags;
    private readonly List<Extent> _extents = [];
    private readonly Action<Extent> _append;

    /// <param name="content">The file.</param>
    /// <param name="size">Its size, past which nothing is read; <see cref="SourceSession.UnknownSize"/> for as long as it
    /// comes.</param>
    /// <param name="parent">Where the parent has it.</param>
    /// <param name="counters">Count what is read.</param>
    public PageWindow(PagedSourceContent content, long size, ParentPages? parent, BackupCounters counters)
    {
        (_content, _parent, _counters) = (content, parent, counters);
        _size = size < 0 ? long.MaxValue : size;
        _append = Append;
        PageSize = content.PageSize;
        if (PageSize is < ManifestBlockReader.MinimumPageSize or > ManifestBlockReader.MaximumPageSize || !int.IsPow2(PageSize))
        {
            throw new InvalidOperationException($"Pages of {PageSize} bytes cannot be stored.");
        }

        _flags = new bool[Length / PageSize];
    }

    public int PageSize { get; }

    /// <summary>Where the next window starts, which is how much of the file has been seen.</summary>
    public long Position { get; private set; }

    public bool IsAtEnd { get; private set; }

    /// <summary>Bytes of new pages in the buffer.</summary>
    public int NewLength { get; private set; }

    /// <summary>What the window is made of. The extents of new pages are in no frame (<see cref="IsNew"/>), at their
    /// offset in the buffer.</summary>
    public ReadOnlySpan<Extent> Extents => CollectionsMarshal.AsSpan(_extents);

    /// <summary>Whether an extent is one of new pages.</summary>
    public static bool IsNew(in Extent extent) => extent.Frame.StoredLength == 0 && !extent.IsHole;

    /// <summary>Reads the next window.</summary>
    /// <param name="buffer">Takes its new pages: room for <see cref="Length"/>, or for the whole file in pages.</param>
    /// <exception cref="EntryUnreadableException">It cannot be read.</exception>
    public async ValueTask ReadAsync(Memory<byte> buffer)
    {
        _extents.Clear();
        NewLength = 0;
        var end = Math.Min(_size, Position - (Position % Length) + Length);
        if (_parent is not null)
        {
            await _parent.LoadAsync(Position, end).ConfigureAwait(false);
        }

        Read(buffer.Span, end);
        IsAtEnd |= Position >= _size;
    }

    private void Read(Span<byte> buffer, long end)
    {
        while (Position < end && !IsAtEnd)
        {
            if (Refer(Math.Min(_content.UnchangedAhead(), end - Position)) is > 0 and var skipped)
            {
                _content.Skip(skipped);
                continue;
            }

            var wanted = (int)(end - Position + PageSize - 1) / PageSize * PageSize;
            var pages = buffer.Slice(NewLength, wanted);
            var read = (int)Math.Min(_content.ReadPages(pages, _flags), end - Position);
            _counters.AddRead(read);
            Sort(buffer, pages[..read]);

            // A page that is not whole is the last one; files may shrink while they are read.
            IsAtEnd = read == 0 || read % PageSize != 0;
        }
    }

    /// <summary>Moves what is new in pages that were read to where it belongs in the buffer.</summary>
    private void Sort(Span<byte> buffer, ReadOnlySpan<byte> pages)
    {
        for (var offset = 0; offset < pages.Length;)
        {
            var first = offset / PageSize;
            var unchanged = _flags.AsSpan(first, ((pages.Length - 1) / PageSize) + 1 - first).IndexOf(false);
            var ahead = unchanged < 0 ? pages.Length - offset : Math.Min(unchanged * PageSize, pages.Length - offset);
            if (Refer(ahead) is > 0 and var referred)
            {
                offset += (int)referred;
                continue;
            }

            var page = pages.Slice(offset, Math.Min(PageSize, pages.Length - offset));
            offset += page.Length;
            Position += page.Length;
            if (!page.ContainsAnyExcept((byte)0))
            {
                Append(Extent.Hole(page.Length));
                continue;
            }

            var place = buffer.Slice(NewLength, page.Length);
            if (!System.Runtime.CompilerServices.Unsafe.AreSame(ref MemoryMarshal.GetReference(place), ref MemoryMarshal.GetReference(page)))
            {
                page.CopyTo(place);
            }

            Append(new Extent(default, NewLength, page.Length, default));
            NewLength += page.Length;
        }
    }

    /// <summary>Refers to the parent for as many of the next bytes as it has, in whole pages.</summary>
    private long Refer(long unchanged)
    {
        if (unchanged <= 0 || _parent is null)
        {
            return 0;
        }

        var covered = _parent.Covered(Position, unchanged);
        if (covered < unchanged)
        {
            covered -= covered % PageSize;
        }

        if (covered > 0)
        {
            _parent.Refer(Position, covered, _append);
            Position += covered;
        }

        return covered;
    }

    private void Append(Extent extent)
    {
        if (_extents.Count > 0 && TryJoin(_extents[^1], extent) is { } joined)
        {
            _extents[^1] = joined;
        }
        else
        {
            _extents.Add(extent);
        }
    }

    /// <summary>Makes one of two extents that follow one another in the file, if they do so in their frame too.</summary>
    public static Extent? TryJoin(in Extent before, in Extent extent) =>
        before.Frame == extent.Frame && (extent.IsHole || before.OffsetInFrame + before.Length == extent.OffsetInFrame)
            ? before with { Length = before.Length + extent.Length }
            : null;
}
