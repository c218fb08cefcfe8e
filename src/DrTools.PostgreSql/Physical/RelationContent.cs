using DrTools.PostgreSql.Pages;
using DrTools.Sources;

namespace DrTools.PostgreSql.Physical;

/// <summary>A file of a relation's main fork, page by page. What changed is told by the log's summaries where there are
/// any, and otherwise by the pages' LSNs.</summary>
/// <param name="file">The open file.</param>
/// <param name="size">Its size in bytes.</param>
/// <param name="changes">What the summaries say, if they are used.</param>
internal sealed class RelationContent(RelationFile file, long size, SegmentChanges? changes) : PagedSourceContent
{
    /// <inheritdoc/>
    public override int PageSize => PageHeader.PageSize;

    /// <inheritdoc/>
    public override long UnchangedAhead()
    {
        if (changes is not { } known || file.Position >= size)
        {
            return 0;
        }

        var block = (uint)(file.Position / PageHeader.PageSize);
        var next = known.NextChanged(block);
        return Math.Min((long)next * PageHeader.PageSize, size) - file.Position;
    }

    /// <inheritdoc/>
    public override void Skip(long bytes) => file.Position += bytes;

    /// <inheritdoc/>
    public override int ReadPages(Span<byte> buffer, Span<bool> unchanged)
    {
        var pages = Math.Min(buffer.Length / PageHeader.PageSize, RelationFile.MostPages);
        if (changes is { } known)
        {
            // Up to pages that need not be read; the first is wanted in any case.
            var block = (uint)(file.Position / PageHeader.PageSize);
            pages = (int)Math.Min((uint)pages, Math.Max(1, known.NextUnchanged(block) - block));
        }

        Span<PageStates> states = stackalloc PageStates[RelationFile.MostPages];
        var count = file.Read(buffer[..(pages * PageHeader.PageSize)], states);
        var whole = count / PageHeader.PageSize;
        for (var i = 0; i < whole; i++)
        {
            unchanged[i] = (states[i] & PageStates.Older) != 0;
        }

        if (whole * PageHeader.PageSize < count)
        {
            unchanged[whole] = false;
        }

        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        file.Dispose();
        base.Dispose(disposing);
    }
}
