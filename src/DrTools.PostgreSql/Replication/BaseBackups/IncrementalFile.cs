using System.Buffers.Binary;
using DrTools.PostgreSql.Pages;
using DrTools.Sources;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>What comes before the blocks in an incremental file of the server.</summary>
/// <param name="Blocks">The blocks that it has, ascending, counted from the start of the file.</param>
/// <param name="TruncationLength">Blocks that the file has at least; below it, blocks that are not there are as before.</param>
/// <remarks>Written by <c>sendFile</c> in <c>src/backend/backup/basebackup.c</c>, read by
/// <c>src/bin/pg_combinebackup/reconstruct.c</c>: magic, number of blocks, truncation block length, the blocks' numbers,
/// and zeros up to a whole page if there are any blocks.</remarks>
internal sealed record IncrementalHeader(uint[] Blocks, uint TruncationLength)
{
    public const string Prefix = "INCREMENTAL.";

    private const uint Magic = 0xd3ae1f0d;
    private const int FixedLength = 12;

    /// <summary>Size of the file that it stands for, bytes.</summary>
    public long FileSize => (long)Math.Max(TruncationLength, Blocks.Length == 0 ? 0 : Blocks[^1] + 1) * PageHeader.PageSize;

    /// <summary>Reads it.</summary>
    /// <param name="read">The stream at the start of the file.</param>
    /// <param name="size">Bytes that the stream has of the file.</param>
    /// <param name="segmentPages">Most blocks that a file may have.</param>
    public static IncrementalHeader Read(StreamRead read, long size, uint segmentPages)
    {
        Span<byte> start = stackalloc byte[FixedLength];
        Fill(read, start);
        var count = Word(start, 4);
        var truncation = Word(start, 8);
        if (Word(start, 0) != Magic || count > segmentPages || truncation > segmentPages)
        {
            throw Malformed();
        }

        var numbers = new byte[count * sizeof(uint)];
        Fill(read, numbers);
        var blocks = new uint[count];
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i] = Word(numbers, i * sizeof(uint));
            if (blocks[i] >= segmentPages || (i > 0 && blocks[i] <= blocks[i - 1]))
            {
                throw Malformed();
            }
        }

        var length = FixedLength + numbers.Length;
        var padding = count == 0 ? 0 : -length & (PageHeader.PageSize - 1);
        Fill(read, new byte[padding]);
        return size == length + padding + ((long)count * PageHeader.PageSize) ? new IncrementalHeader(blocks, truncation) : throw Malformed();
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static void Fill(StreamRead read, Span<byte> buffer)
    {
        if (!buffer.IsEmpty && read(buffer) < buffer.Length)
        {
            throw Malformed();
        }
    }

    private static InvalidDataException Malformed() => new("an incremental file of the base backup is malformed");
}

/// <summary>
/// The file that an incremental one stands for, as a whole: blocks that were sent are new, the others are where the parent
/// has them, and past the parent's end they are zeros.
/// </summary>
/// <param name="header">What was sent.</param>
/// <param name="read">The stream, behind the header.</param>
/// <param name="pages">Verifies blocks.</param>
/// <param name="parentSize">Size of the parent's file, bytes.</param>
/// <param name="path">The file's path, for messages.</param>
internal sealed class IncrementalFile(IncrementalHeader header, StreamRead read, StreamedPages pages, long parentSize, string path) : PagedSourceContent
{
    private long _position;
    private int _next;

    public override int PageSize => PageHeader.PageSize;

    public override long UnchangedAhead() => Math.Max(0, Math.Min(NextSent(), parentSize) - _position);

    public override void Skip(long bytes) => _position += bytes;

    public override int ReadPages(Span<byte> buffer, Span<bool> unchanged)
    {
        var room = Math.Min(buffer.Length / PageHeader.PageSize, StreamedPages.MostPages);
        var sent = NextSent();
        if (_position == sent && sent < header.FileSize)
        {
            var run = 1;
            while (run < room && _next + run < header.Blocks.Length && header.Blocks[_next + run] == header.Blocks[_next] + run)
            {
                run++;
            }

            var blocks = buffer[..(run * PageHeader.PageSize)];
            if (read(blocks) < blocks.Length)
            {
                throw new InvalidDataException("an incremental file of the base backup ends early");
            }

            Span<PageStates> states = stackalloc PageStates[StreamedPages.MostPages];
            pages.Judge(blocks, _position, states);
            unchanged[..run].Clear();
            _next += run;
            _position += blocks.Length;
            return blocks.Length;
        }

        if (_position >= header.FileSize)
        {
            return 0;
        }

        if (_position < parentSize)
        {
            // The server was told only of files that can be referred to; zeros here would be silent damage.
            throw new DrException(
                DrError.IntegrityFailure,
                $"The parent backup does not have {path} from byte {_position} on, of which the server was told that it does.",
                "Take a full backup, and verify the repository.")
            { Subject = path };
        }

        var zeros = (int)Math.Min((long)room * PageHeader.PageSize, sent - _position);
        buffer[..zeros].Clear();
        unchanged[..(zeros / PageHeader.PageSize)].Clear();
        _position += zeros;
        return zeros;
    }

    protected override void Dispose(bool disposing)
    {
        pages.Tell();
        base.Dispose(disposing);
    }

    /// <summary>Where the next block that was sent lies, or the end of the file.</summary>
    private long NextSent() => _next < header.Blocks.Length ? (long)header.Blocks[_next] * PageHeader.PageSize : header.FileSize;
}
