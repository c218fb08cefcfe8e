using DrTools.Platform.Posix;
using DrTools.Sources;

namespace DrTools.PostgreSql.Physical;

/// <summary>Any other file of a data directory, up to the size that it had when it was opened.</summary>
internal sealed class PlainContent(int fd, long size) : SourceContent
{
    private int _fd = fd;
    private long _position;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, size - _position);
        var count = wanted <= 0 ? 0 : Descriptor.Read(_fd, buffer[..wanted], _position);
        if (count < 0)
        {
            throw new EntryUnreadableException($"It could not be read at byte {_position}: {Errno.Text(count)}.");
        }

        _position += count;
        return count;
    }

    /// <summary>Transaction status and the like change all the time, and are repaired from the log; files of settings are
    /// replaced as a whole; the server's own log only grows.</summary>
    public override bool IsUnchanged() => true;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Descriptor.Close(Interlocked.Exchange(ref _fd, -1));
        base.Dispose(disposing);
    }
}
