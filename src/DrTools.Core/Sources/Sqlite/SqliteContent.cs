using Microsoft.Win32.SafeHandles;

namespace DrTools.Sources.Sqlite;

/// <summary>The bytes of a copy, in blocks of whole pages.</summary>
internal sealed class SqliteContent(SafeFileHandle file, int pageSize) : SourceContent
{
    private const int MostBlocks = 262_144;

    private long _position;

    public override int BlockSize { get; } = ChooseBlockSize(pageSize, RandomAccess.GetLength(file));

    /// <summary>The page size, doubled until the blocks are 262,144 at most: pages themselves up to 1 GiB at 4 KiB.</summary>
    public static int ChooseBlockSize(int pageSize, long length)
    {
        long block = pageSize;
        while ((length + block - 1) / block > MostBlocks)
        {
            block *= 2;
        }

        return checked((int)block);
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            var count = RandomAccess.Read(file, buffer, _position);
            _position += count;
            return count;
        }
        catch (IOException cause)
        {
            throw new EntryUnreadableException($"The copy of the database cannot be read: {cause.Message}", cause);
        }
    }

    /// <summary>Nobody else writes to the copy.</summary>
    public override bool IsUnchanged() => true;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
