using DrTools.PostgreSql.Pages;
using DrTools.Sources;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>A file that is not made of pages, as it comes.</summary>
/// <param name="read">Reads on in the stream; 0 at the end of the file.</param>
internal sealed class StreamedFile(StreamRead read) : SourceContent
{
    public override int Read(Span<byte> buffer) => read(buffer);

    public override bool IsUnchanged() => true;
}

/// <summary>Reads on in the stream.</summary>
internal delegate int StreamRead(Span<byte> buffer);

/// <summary>A file of a relation's main fork: pages whose LSN tells whether they changed.</summary>
internal sealed class StreamedRelation(StreamRead read, StreamedPages pages) : PagedSourceContent
{
    private long _position;

    public override int PageSize => PageHeader.PageSize;

    public override int ReadPages(Span<byte> buffer, Span<bool> unchanged)
    {
        var wanted = Math.Min(buffer.Length / PageHeader.PageSize, StreamedPages.MostPages) * PageHeader.PageSize;
        var count = read(buffer[..wanted]);
        var whole = count / PageHeader.PageSize;
        Span<PageStates> states = stackalloc PageStates[StreamedPages.MostPages];
        pages.Judge(buffer[..(whole * PageHeader.PageSize)], _position, states);
        for (var i = 0; i < whole; i++)
        {
            unchanged[i] = (states[i] & PageStates.Older) != 0;
        }

        if (whole * PageHeader.PageSize < count)
        {
            unchanged[whole] = false;
        }

        _position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        pages.Tell();
        base.Dispose(disposing);
    }
}

/// <summary>A file of pages whose LSNs do not tell when they changed: verified, and compared by content.</summary>
internal sealed class StreamedFork(StreamRead read, StreamedPages pages) : SourceContent
{
    private readonly byte[] _page = new byte[PageHeader.PageSize];
    private long _position;
    private int _start;
    private int _end;

    /// <remarks>As the local source cuts such files.</remarks>
    public override int BlockSize => 4 * PageHeader.PageSize;

    public override int Read(Span<byte> buffer)
    {
        var whole = Math.Min(buffer.Length / PageHeader.PageSize, StreamedPages.MostPages) * PageHeader.PageSize;
        if (_start == _end && whole > 0)
        {
            return Take(buffer[..whole]);
        }

        // Less room than a page.
        if (_start == _end)
        {
            (_start, _end) = (0, Take(_page));
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _page.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override bool IsUnchanged() => true;

    protected override void Dispose(bool disposing)
    {
        pages.Tell();
        base.Dispose(disposing);
    }

    private int Take(Span<byte> buffer)
    {
        Span<PageStates> states = stackalloc PageStates[StreamedPages.MostPages];
        var count = read(buffer);
        pages.Judge(buffer[..(count / PageHeader.PageSize * PageHeader.PageSize)], _position, states);
        _position += count;
        return count;
    }
}
