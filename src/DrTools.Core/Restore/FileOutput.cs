using System.Runtime.InteropServices;

namespace DrTools.Restore;

/// <summary>
/// Writes the content of files from front to back. That of large files goes around the page cache: it has to reach the
/// disk before the restore ends anyway, and memory that the cache has to get first can cost ten times the copy into it
/// (virtual machines that give idle memory back). One per worker.
/// </summary>
internal sealed unsafe class FileOutput : IDisposable
{
    /// <summary>Size from which a file's content goes around the page cache. Each such write waits for the disk, so that
    /// small ones would cost more than they save. Measured on a tree of 68,000 files (2.7 GB): from 256 KiB the kernel took
    /// 7.0 s of the processors for a restore, from 64 KiB 4.7 s, from 16 KiB no less.</summary>
    internal const int DirectSize = 64 << 10;

    private const int BufferSize = 1 << 20;
    private const int BlockSize = 4096;

    private byte* _buffer;
    private TreeFile? _direct;
    private long _start;
    private int _count;

    /// <summary>Begins the content of a file; what is left of another that broke off is forgotten.</summary>
    internal void Begin(TreeFile file)
    {
        _direct = file.Entry.Size >= DirectSize && file.MayWriteDirectly ? file : null;
        _count = 0;
        _start = 0;
    }

    /// <summary>Writes a piece, which lies behind those before it. What lies between is a hole.</summary>
    internal void Write(TreeFile file, long offset, ReadOnlySpan<byte> data)
    {
        if (file != _direct)
        {
            file.Write(offset, data);
            return;
        }

        file.CheckRange(offset, data.Length);
        if (offset != _start + _count)
        {
            Flush(file);
            _start = offset;
        }

        if (_buffer is null)
        {
            _buffer = (byte*)NativeMemory.AlignedAlloc(BufferSize, BlockSize);
        }

        while (!data.IsEmpty)
        {
            // A buffer ends where a block does, so that the next one begins with one.
            var room = BufferSize - (int)(_start % BlockSize) - _count;
            var piece = data[..Math.Min(data.Length, room)];
            piece.CopyTo(new Span<byte>(_buffer + _count, room));
            _count += piece.Length;
            data = data[piece.Length..];
            if (piece.Length == room)
            {
                Flush(file);
            }
        }
    }

    /// <summary>Writes what is still held back.</summary>
    internal void Complete(TreeFile file)
    {
        if (file == _direct)
        {
            Flush(file);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_buffer);
        _buffer = null;
    }

    private void Flush(TreeFile file)
    {
        var held = new ReadOnlySpan<byte>(_buffer, _count);
        if (_start % BlockSize == 0)
        {
            var blocks = _count - (_count % BlockSize);
            file.WriteDirectly(_start, held[..blocks]);
            file.Write(_start + blocks, held[blocks..]);
        }
        else
        {
            // Behind a hole that ends within a block; the next buffer is aligned again.
            file.Write(_start, held);
        }

        _start += _count;
        _count = 0;
    }
}
