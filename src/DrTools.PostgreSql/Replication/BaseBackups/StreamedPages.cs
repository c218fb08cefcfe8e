using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Physical;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>Verifies the pages of one file as they come through the stream. A page that is wrong is read again past the
/// stream, because the server may have been writing it when it was sent, and then named.</summary>
internal sealed class StreamedPages
{
    /// <summary>Most pages of one reading: a frame's.</summary>
    public const int MostPages = 128;

    // A write of a page takes microseconds; only a stalled disk takes the longer pauses.
    private static readonly int[] PausesMs = [0, 2, 20, 200];

    private readonly string _path;
    private readonly uint _firstBlock;
    private readonly ulong _threshold;
    private readonly RelationReading _reading;
    private readonly ServerQueries _server;
    private readonly DamagedBlocks _damaged;

    /// <param name="path">The file's path in the tree.</param>
    /// <param name="relation">What its name says.</param>
    /// <param name="threshold">Pages with an earlier LSN are as in the parent; 0 where the LSN tells nothing.</param>
    /// <param name="reading">What holds for all files.</param>
    /// <param name="server">Reads pages again.</param>
    public StreamedPages(string path, RelationFileName relation, ulong threshold, RelationReading reading, ServerQueries server)
    {
        (_path, _threshold, _reading, _server) = (path, threshold, reading, server);
        _firstBlock = relation.Segment * reading.SegmentPages;
        _damaged = new DamagedBlocks(path, reading);
    }

    /// <summary>Judges pages that follow each other in the file.</summary>
    /// <param name="pages">Whole pages; those that were wrong and are right now are replaced.</param>
    /// <param name="offset">Where they start in the file, bytes.</param>
    /// <param name="states">Takes the state of each.</param>
    public void Judge(Span<byte> pages, long offset, Span<PageStates> states)
    {
        var block = _firstBlock + (uint)(offset / PageHeader.PageSize);
        if ((PageScanner.Scan(pages, block, _threshold, _reading.Verify, states) & PageStates.Damaged) == 0)
        {
            return;
        }

        for (var i = 0; i < pages.Length / PageHeader.PageSize; i++)
        {
            if ((states[i] & PageStates.Damaged) != 0)
            {
                var page = pages.Slice(i * PageHeader.PageSize, PageHeader.PageSize);
                states[i] = ReadAgain(page, block + (uint)i, offset + ((long)i * PageHeader.PageSize));
                if ((states[i] & PageStates.Damaged) != 0)
                {
                    _damaged.Add(page, block + (uint)i);
                }
            }
        }
    }

    /// <summary>Tells of damaged pages when the file has been read.</summary>
    public void Tell() => _damaged.Tell();

    private PageStates ReadAgain(Span<byte> page, uint block, long offset)
    {
        foreach (var pause in PausesMs)
        {
            if (pause > 0)
            {
                Thread.Sleep(_reading.IsPatient ? pause : 0);
            }

            if (_server.ReadPage(_path, offset) is not { } again)
            {
                break;
            }

            if (again.Length < page.Length)
            {
                // Truncated meanwhile: what was there is of no consequence.
                page.Clear();
                return PageStates.New;
            }

            var state = PageScanner.Judge(again, block, _threshold, _reading.Verify);
            if ((state & PageStates.Damaged) == 0)
            {
                again.CopyTo(page);
                return state;
            }
        }

        return PageStates.Damaged;
    }
}
