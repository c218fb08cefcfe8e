using DrTools.Platform.Posix;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Pages;
using DrTools.Sources;

namespace DrTools.PostgreSql.Physical;

/// <summary>
/// Reads an open file of a relation, up to the size that it had when it was opened, and verifies its pages. A page that is
/// wrong is read again, because the server may just be writing it, and then named.
/// </summary>
internal sealed class RelationFile : IDisposable
{
    /// <summary>Most pages of one reading: a frame's.</summary>
    public const int MostPages = 128;

    // A write of a page takes microseconds; only a stalled disk takes the longer pauses.
    private static readonly int[] PausesMs = [0, 2, 20, 200];

    private readonly RelationReading _reading;
    private readonly uint _firstBlock;
    private readonly ulong _threshold;
    private readonly long _size;
    private readonly DamagedBlocks _damaged;
    private int _fd;
    private bool _ended;

    /// <param name="fd">The open file, which is closed with this object.</param>
    /// <param name="path">Its path in the tree.</param>
    /// <param name="relation">What its name says.</param>
    /// <param name="size">Its size when it was opened.</param>
    /// <param name="threshold">Pages with an earlier LSN are as in the parent; 0 where the LSN tells nothing.</param>
    /// <param name="reading">What holds for all files.</param>
    public RelationFile(int fd, string path, RelationFileName relation, long size, ulong threshold, RelationReading reading)
    {
        (_fd, _size, _threshold, _reading) = (fd, size, threshold, reading);
        _damaged = new DamagedBlocks(path, reading);
        _firstBlock = relation.Segment * reading.SegmentPages;
    }

    /// <summary>Where the next reading starts, in bytes.</summary>
    public long Position { get; set; }

    /// <summary>Reads on.</summary>
    /// <param name="buffer">Room for whole pages.</param>
    /// <param name="states">Takes the state of each whole page that was read.</param>
    /// <returns>Bytes read; 0 at the end.</returns>
    /// <exception cref="EntryUnreadableException">It cannot be read.</exception>
    public int Read(Span<byte> buffer, Span<PageStates> states)
    {
        var wanted = _ended ? 0 : (int)Math.Min(buffer.Length, Math.Max(0, _size - Position));
        var count = Fill(buffer[..wanted], Position);

        // Truncated meanwhile; should it grow again, then with pages that the log holds.
        _ended = count < wanted;
        var pages = count / PageHeader.PageSize;
        var block = _firstBlock + (uint)(Position / PageHeader.PageSize);
        var whole = buffer[..(pages * PageHeader.PageSize)];
        if ((PageScanner.Scan(whole, block, _threshold, _reading.Verify, states) & PageStates.Damaged) != 0)
        {
            ReadAgain(whole, block, states);
        }

        Position += count;
        return count;
    }

    /// <summary>Closes the file and tells of its damaged pages.</summary>
    public void Dispose()
    {
        Descriptor.Close(Interlocked.Exchange(ref _fd, -1));
        _damaged.Tell();
    }

    private int Fill(Span<byte> buffer, long offset)
    {
        var count = 0;
        while (count < buffer.Length)
        {
            var read = Descriptor.Read(_fd, buffer[count..], offset + count);
            if (read < 0)
            {
                throw new EntryUnreadableException($"It could not be read at byte {offset + count}: {Errno.Text(read)}.");
            }

            if (read == 0)
            {
                // It was truncated; the log does so again.
                break;
            }

            count += read;
        }

        return count;
    }

    private void ReadAgain(Span<byte> pages, uint firstBlock, Span<PageStates> states)
    {
        foreach (var pause in PausesMs)
        {
            if (pause > 0)
            {
                Thread.Sleep(_reading.IsPatient ? pause : 0);
            }

            var left = PageStates.None;
            for (var i = 0; i < pages.Length / PageHeader.PageSize; i++)
            {
                if ((states[i] & PageStates.Damaged) == 0)
                {
                    continue;
                }

                var page = pages.Slice(i * PageHeader.PageSize, PageHeader.PageSize);
                var offset = ((long)(firstBlock - _firstBlock) + i) * PageHeader.PageSize;
                if (Fill(page, offset) < page.Length)
                {
                    // Truncated meanwhile: what was there is of no consequence.
                    page.Clear();
                }

                states[i] = PageScanner.Judge(page, firstBlock + (uint)i, _threshold, _reading.Verify);
                left |= states[i];
            }

            if ((left & PageStates.Damaged) == 0)
            {
                return;
            }
        }

        for (var i = 0; i < pages.Length / PageHeader.PageSize; i++)
        {
            if ((states[i] & PageStates.Damaged) != 0)
            {
                _damaged.Add(pages.Slice(i * PageHeader.PageSize, PageHeader.PageSize), firstBlock + (uint)i);
            }
        }
    }
}
