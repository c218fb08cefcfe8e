using DrTools.PostgreSql.Pages;
using DrTools.Sources;

namespace DrTools.PostgreSql.Physical;

/// <summary>A file of pages whose LSNs do not tell when they changed: its pages are verified, and compared with earlier
/// backups by content.</summary>
internal sealed class ForkContent(RelationFile file) : SourceContent
{
    /// <inheritdoc/>
    /// <remarks>Four pages: a hash and a line in the manifest for every single one would be many.</remarks>
    public override int BlockSize => 4 * PageHeader.PageSize;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        Span<PageStates> states = stackalloc PageStates[RelationFile.MostPages];
        var pages = Math.Min(buffer.Length / PageHeader.PageSize, RelationFile.MostPages);
        if (pages > 0)
        {
            return file.Read(buffer[..(pages * PageHeader.PageSize)], states);
        }

        // Less room than a page: the end of a file that is not made of whole pages.
        Span<byte> page = stackalloc byte[PageHeader.PageSize];
        var start = file.Position;
        var count = Math.Min(buffer.Length, file.Read(page, states));
        page[..count].CopyTo(buffer);
        file.Position = start + count;
        return count;
    }

    /// <summary>What is written meanwhile is repaired from the log.</summary>
    public override bool IsUnchanged() => true;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        file.Dispose();
        base.Dispose(disposing);
    }
}
