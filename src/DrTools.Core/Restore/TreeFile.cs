using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>
/// A regular file that is being restored. It appears under its name, or with its time, only by <see cref="Commit"/>;
/// without it, <see cref="Dispose"/> removes it.
/// </summary>
public sealed class TreeFile : IDisposable
{
    private readonly TreeWriter _writer;
    private readonly TargetFolder _folder;
    private readonly byte[] _name;
    private int _fd;
    private long _written;
    private bool _isDirect;
    private bool _committed;
    private bool _disposed;

    internal TreeFile(TreeWriter writer, TreeEntry entry, TargetFolder folder, int fd, byte[] name)
    {
        _writer = writer;
        Entry = entry;
        _folder = folder;
        _fd = fd;
        _name = name;
        MayWriteDirectly = writer.WritesDirectly;
    }

    /// <summary>What is being restored.</summary>
    public TreeEntry Entry { get; }

    /// <summary>Whether <see cref="WriteDirectly"/> is worth trying.</summary>
    internal bool MayWriteDirectly { get; private set; }

    /// <summary>Writes a piece of the content, at any place and from any thread. What is never written is a hole.</summary>
    /// <param name="offset">Where it belongs, in bytes from the start.</param>
    /// <param name="data">The bytes.</param>
    /// <exception cref="DrException"><see cref="DrError.OutOfSpace"/>, <see cref="DrError.TargetFailure"/>, or
    /// <see cref="DrError.IntegrityFailure"/> when it reaches beyond the file's size.</exception>
    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        CheckRange(offset, data.Length);
        if (data.IsEmpty)
        {
            // It would not make the file any longer.
            return;
        }

        if (_isDirect)
        {
            SetDirect(false);
        }

        Throw(Descriptor.Write(_fd, data, offset));
        NoteWritten(offset + data.Length);
    }

    /// <summary>Writes whole blocks around the page cache, or as <see cref="Write"/> does where that is not possible after
    /// all. Only for files that one thread writes.</summary>
    internal void WriteDirectly(long offset, ReadOnlySpan<byte> blocks)
    {
        if (blocks.IsEmpty)
        {
            return;
        }

        if (MayWriteDirectly && (_isDirect || SetDirect(true)))
        {
            var error = Descriptor.Write(_fd, blocks, offset);
            if (error == 0)
            {
                NoteWritten(offset + blocks.Length);
                return;
            }

            if (error != -Errno.Invalid)
            {
                Throw(error);
            }
        }

        // Another file system is mounted here, or the disk has larger blocks.
        MayWriteDirectly = false;
        Write(offset, blocks);
    }

    internal void CheckRange(long offset, int length)
    {
        var end = offset + length;
        if (offset < 0 || end > Entry.Size)
        {
            throw new DrException(
                DrError.IntegrityFailure,
                $"The content of {Entry.DisplayPath} reaches to byte {end}, its size is {Entry.Size}.",
                "Verify the backup.") { Subject = Entry.DisplayPath };
        }
    }

    /// <summary>Completes the file: its size, its metadata, and last its time and name. No write may be under way.</summary>
    /// <exception cref="DrException">It could not be completed; <see cref="Dispose"/> then removes it.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_fd < 0, this);
        if (_written < Entry.Size)
        {
            Throw(Errno.Of(LibC.Truncate(_fd, Entry.Size)));
        }

        _writer.Metadata.Apply(_fd, Entry, _folder.InheritsAcl, _folder.GivesOwner(_fd, Entry.UserId, Entry.GroupId));

        // Network file systems tell of failed writes when the file is closed.
        Throw(Errno.Of(LibC.Close(Interlocked.Exchange(ref _fd, -1))));
        _writer.Place(Entry, _folder, _name);
        _committed = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Descriptor.Close(Interlocked.Exchange(ref _fd, -1));
        if (!_committed)
        {
            _ = FolderEntries.Remove(_folder.Fd, _name, isFolder: false);
        }

        _folder.Release();
    }

    private bool SetDirect(bool direct)
    {
        var error = Descriptor.SetDirect(_fd, direct);
        _isDirect = error == 0 ? direct : _isDirect;
        return error == 0;
    }

    private void NoteWritten(long end)
    {
        for (var seen = Volatile.Read(ref _written); seen < end;)
        {
            seen = Interlocked.CompareExchange(ref _written, end, seen);
        }
    }

    private void Throw(int error)
    {
        if (error < 0)
        {
            throw _writer.Errors.Failed(Entry.Path, error, Entry.Size);
        }
    }
}
