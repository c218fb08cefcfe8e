using System.Buffers.Binary;

namespace DrTools.PostgreSql.Pages;

/// <summary>Judges pages by their headers and checksums, at the speed of memory and without allocating.</summary>
public static class PageScanner
{
    /// <summary>LSNs below this one are made up: index builds without WAL write 1, unlogged relations count from 1000,
    /// relations created under <c>wal_level = minimal</c> may keep 0. They say nothing about when a page changed.</summary>
    /// <remarks><c>FirstNormalUnloggedLSN</c> and <c>GistBuildLSN</c>; real WAL starts far later.</remarks>
    public const ulong FirstRealLsn = 1 << 20;

    /// <summary>Scans consecutive pages of a relation fork.</summary>
    /// <param name="pages">Whole pages.</param>
    /// <param name="firstBlock">Block number of the first, counted through all segments of the fork.</param>
    /// <param name="threshold">Pages whose LSN is real and smaller are <see cref="PageStates.Older"/>; 0 for none.</param>
    /// <param name="verify">Whether the cluster has checksums, so that they are verified.</param>
    /// <param name="states">Takes a value for each page.</param>
    /// <returns>The values combined.</returns>
    public static PageStates Scan(ReadOnlySpan<byte> pages, uint firstBlock, ulong threshold, bool verify, Span<PageStates> states)
    {
        var count = pages.Length / PageHeader.PageSize;
        if (count * PageHeader.PageSize != pages.Length || states.Length < count)
        {
            throw new ArgumentException("Whole pages and a state for each of them are needed.", nameof(states));
        }

        var all = PageStates.None;
        for (var i = 0; i < count; i++)
        {
            var state = Judge(pages.Slice(i * PageHeader.PageSize, PageHeader.PageSize), firstBlock + (uint)i, threshold, verify);
            states[i] = state;
            all |= state;
        }

        return all;
    }

    /// <summary>Scans one page; see <see cref="Scan"/>.</summary>
    public static PageStates Judge(ReadOnlySpan<byte> page, uint block, ulong threshold, bool verify)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(page[PageHeader.UpperOffset..]) == 0)
        {
            // The server, too, takes a page for new by this field alone and then wants zeros (PageIsVerified).
            return page.ContainsAnyExcept((byte)0)
                ? verify ? PageStates.Damaged : PageStates.None
                : PageStates.New;
        }

        if (verify && PageChecksum.Compute(page, block) != BinaryPrimitives.ReadUInt16LittleEndian(page[PageHeader.ChecksumOffset..]))
        {
            return PageStates.Damaged;
        }

        var lsn = PageHeader.ReadLsn(page);
        return lsn >= FirstRealLsn && lsn < threshold ? PageStates.Older : PageStates.None;
    }
}
