namespace DrTools.Sources;

/// <summary>
/// The bytes of a file made of pages, of which the source knows which are as they were in the parent backup (its
/// <see cref="SourceSession.Accept"/> has seen which one that is). Only pages that are not are stored; the others are
/// referred to by their position in the file.
/// </summary>
/// <remarks>
/// <para>Such a file has no hash of its own: what it is made of is authenticated frame by frame, and pages carry their
/// own checksums. Pages of zeros are stored as holes.</para>
/// <para>Needs a repository of format version 2 (<see cref="SourceSession.FormatVersion"/>).</para>
/// <para>A page that the source calls unchanged is stored nevertheless where the parent does not have it: no such file,
/// a shorter one, one that was not paged, or one that lies in a pack that is to go. So it has to be read on demand.</para>
/// <para>A file may shrink and grow while it is read. It is read up to the size that its entry has when it has been
/// opened; what is missing then counts as zeros or ends the file, without a complaint.</para>
/// </remarks>
public abstract class PagedSourceContent : SourceContent
{
    /// <summary>Bytes per page: a power of two from 512 to 65,536.</summary>
    public abstract int PageSize { get; }

    /// <summary>Bytes from the current position on that are known, without reading them, to be as in the parent.</summary>
    /// <returns>A multiple of <see cref="PageSize"/>, or up to the end of the file; 0 when the page here is not known to
    /// be, or there is no parent.</returns>
    public virtual long UnchangedAhead() => 0;

    /// <summary>Passes over bytes that <see cref="UnchangedAhead"/> promised and that the parent really has.</summary>
    /// <param name="bytes">At most what was promised; a multiple of <see cref="PageSize"/>, or up to the end of the
    /// file.</param>
    public virtual void Skip(long bytes) => throw new NotSupportedException("Nothing was promised to be unchanged.");

    /// <summary>
    /// Reads whole pages; only the last one of the file may be short. It reads at least one, and may read fewer than there
    /// is room for: it should end before pages of which it knows, without reading them, that they are unchanged.
    /// </summary>
    /// <param name="buffer">Room for one page at least: a multiple of <see cref="PageSize"/>.</param>
    /// <param name="unchanged">Takes, for each page that was read, whether it is as in the parent; room for as many as
    /// <paramref name="buffer"/>. Every element that belongs to a page is to be set.</param>
    /// <returns>Bytes read; 0 at the end of the file.</returns>
    /// <exception cref="EntryUnreadableException">It cannot be read.</exception>
    public abstract int ReadPages(Span<byte> buffer, Span<bool> unchanged);

    /// <inheritdoc/>
    public override int BlockSize => PageSize;

    /// <summary>Reads pages for whoever does not care what changed.</summary>
    public sealed override int Read(Span<byte> buffer)
    {
        var pages = buffer.Length / PageSize;
        return pages == 0 ? 0 : ReadPages(buffer[..(pages * PageSize)], new bool[pages]);
    }

    /// <summary>What is written while a backup runs is repaired from the log, so it does not matter.</summary>
    public override bool IsUnchanged() => true;
}
