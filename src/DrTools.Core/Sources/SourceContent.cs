using DrTools.Chunking;

namespace DrTools.Sources;

/// <summary>The bytes of a regular file, read from start to end.</summary>
public abstract class SourceContent : IDisposable
{
    /// <summary>Bytes per chunk when the content is made of blocks of one size (database pages); 0 when chunks should
    /// be cut where the content says.</summary>
    public virtual int BlockSize => 0;

    /// <summary>The lengths of chunks that are cut where the content says. Content that changes in many small places is
    /// better cut finer; it has to be cut alike in every backup, or no chunk is known again.</summary>
    public virtual ChunkerParameters Chunks => ChunkerParameters.Default;

    /// <summary>Skips a hole that starts at the current position.</summary>
    /// <returns>The length of the hole in bytes; 0 when there is data here.</returns>
    public virtual long SkipHole() => 0;

    /// <summary>Reads on, never past the start of the next hole.</summary>
    /// <returns>Bytes read; 0 at the end of the content or where a hole starts.</returns>
    /// <exception cref="EntryUnreadableException">It cannot be read.</exception>
    public abstract int Read(Span<byte> buffer);

    /// <summary>Whether the file still is as it was when it was opened, so that what was read is of one moment.</summary>
    public abstract bool IsUnchanged();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the file.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>Content that lies in memory.</summary>
public sealed class BytesContent(ReadOnlyMemory<byte> bytes) : SourceContent
{
    private int _position;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, bytes.Length - _position);
        bytes.Span.Slice(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    /// <inheritdoc/>
    public override bool IsUnchanged() => true;
}

/// <summary>An entry of a source cannot be read; the rest can.</summary>
public sealed class EntryUnreadableException(string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Whether the entry was deleted since the walk met it: remarkable, but nothing is missing from a backup
    /// that does not hold it.</summary>
    public bool Vanished { get; init; }
}
