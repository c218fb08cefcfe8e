using DrTools.Platform.Posix;

namespace DrTools.Sources.Files;

/// <summary>The bytes of an open file, up to the size that it had when it was opened.</summary>
internal sealed class FilesContent : SourceContent
{
    private readonly FileStatus _opened;
    private readonly bool _sparse;
    private int _fd;
    private long _position;
    private long _dataStart;
    private long _dataEnd;

    internal FilesContent(int fd, in FileStatus status)
    {
        _fd = fd;
        _opened = status;
        _sparse = status.MayHaveHoles;
        _dataEnd = _sparse ? 0 : status.Size;
    }

    /// <inheritdoc/>
    public override long SkipHole()
    {
        FindData();
        var hole = Math.Max(0, _dataStart - _position);
        _position += hole;
        return hole;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_opened.Size == 0)
        {
            RefuseHiddenContent();
            return 0;
        }

        FindData();
        if (_position < _dataStart)
        {
            return 0;
        }

        var wanted = (int)Math.Min(buffer.Length, _dataEnd - _position);
        if (wanted <= 0)
        {
            return 0;
        }

        var count = Descriptor.Read(_fd, buffer[..wanted], _position);
        if (count < 0)
        {
            throw new EntryUnreadableException($"It could not be read at byte {_position}: {Errno.Text(count)}.");
        }

        _position += count;
        return count;
    }

    /// <inheritdoc/>
    public override bool IsUnchanged() =>
        FileStatus.OfDescriptor(_fd, out var now) == 0
        && now.Size == _opened.Size
        && now.ModifiedNs == _opened.ModifiedNs
        && now.ChangedNs == _opened.ChangedNs;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Descriptor.Close(Interlocked.Exchange(ref _fd, -1));
        base.Dispose(disposing);
    }

    /// <summary>Finds where data starts, here or further on, and where it ends.</summary>
    private void FindData()
    {
        if (!_sparse || _position < _dataEnd || _position >= _opened.Size)
        {
            return;
        }

        var data = Descriptor.Seek(_fd, _position, Abi.SeekData);
        if (data == -Errno.NoSuchAddress)
        {
            // No data up to the end of the file.
            (_dataStart, _dataEnd) = (_opened.Size, _opened.Size);
            return;
        }

        var end = data < 0 ? data : Descriptor.Seek(_fd, data, Abi.SeekHole);

        // Where the file system knows no holes, all is data. The file may have grown since it was opened.
        (_dataStart, _dataEnd) = end < 0
            ? (_position, _opened.Size)
            : (Math.Min(data, _opened.Size), Math.Min(end, _opened.Size));
    }

    /// <summary>Some file systems show files of size 0 that hold data (/proc); storing them as empty would be a silent
    /// loss.</summary>
    private void RefuseHiddenContent()
    {
        Span<byte> probe = stackalloc byte[1];
        if (Descriptor.Read(_fd, probe, 0) > 0 && IsUnchanged())
        {
            throw new EntryUnreadableException("Its file system says that it is empty, and yet it holds data.");
        }
    }
}
