using System.Runtime.InteropServices;
using DrTools.Platform.Posix;
using Microsoft.Win32.SafeHandles;

namespace DrTools.Stores;

/// <summary>
/// Writes a file from front to back, as far as it can around the page cache: an object has to reach the disk before it
/// counts in any case, and memory that the cache has to get first can cost ten times the copy into it (virtual machines
/// that give idle memory back). One buffer is filled while the other is written.
/// </summary>
/// <remarks>Not safe for several threads. Failures are <see cref="IOException"/>s, those of a buffer at the next call.</remarks>
internal sealed unsafe class ObjectFile(SafeFileHandle handle, bool blocksCaller) : IDisposable
{
    private const int BufferSize = 1 << 20;
    private const int BlockSize = 4096;

    private readonly byte*[] _buffers = new byte*[2];
    private Task _writing = Task.CompletedTask;
    private int _current;
    private int _held;
    private long _start;
    private long _written;
    private bool? _isDirect;

    /// <summary>Bytes that the file system has taken.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            if (_buffers[_current] is null)
            {
                _buffers[_current] = (byte*)NativeMemory.AlignedAlloc(BufferSize, BlockSize);
            }

            var piece = content[..Math.Min(content.Length, BufferSize - _held)];
            piece.CopyTo(new Span<byte>(_buffers[_current] + _held, piece.Length));
            _held += piece.Length;
            content = content[piece.Length..];
            if (_held == BufferSize)
            {
                WriteBuffer();
            }
        }
    }

    /// <summary>Writes what is held, and makes all of it durable.</summary>
    public void Complete()
    {
        Wait();
        if (_held > 0)
        {
            // A small object, and the end of a large one, take the usual way.
            if (_isDirect == true)
            {
                Check(Descriptor.SetDirect(Number, false));
                _isDirect = false;
            }

            RandomAccess.Write(handle, new ReadOnlySpan<byte>(_buffers[_current], _held), _start);
            _start += _held;
            _held = 0;
            Volatile.Write(ref _written, _start);
        }

        RandomAccess.FlushToDisk(handle);
    }

    public void Dispose()
    {
        // A buffer that is being written must not go. Whoever disposes without completing does not care how it ends.
        _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        for (var i = 0; i < _buffers.Length; i++)
        {
            NativeMemory.AlignedFree(_buffers[i]);
            _buffers[i] = null;
        }
    }

    private int Number => (int)handle.DangerousGetHandle();

    private void WriteBuffer()
    {
        Wait();
        var (buffer, start) = ((nint)_buffers[_current], _start);
        _start += BufferSize;
        _held = 0;
        _isDirect ??= OperatingSystem.IsLinux() && FileSystems.WritesDirectly(Number) && Descriptor.SetDirect(Number, true) == 0;
        if (blocksCaller)
        {
            Write(buffer, start);
        }
        else
        {
            _current ^= 1;
            _writing = Task.Run(() => Write(buffer, start));
        }
    }

    private void Write(nint buffer, long start)
    {
        WriteContent(new ReadOnlySpan<byte>((byte*)buffer, BufferSize), start);
        Volatile.Write(ref _written, start + BufferSize);
    }

    private void WriteContent(ReadOnlySpan<byte> content, long start)
    {
        if (_isDirect != true)
        {
            RandomAccess.Write(handle, content, start);
            return;
        }

        var error = Descriptor.Write(Number, content, start);
        if (error == -Errno.Invalid)
        {
            // The disk has larger blocks.
            Check(Descriptor.SetDirect(Number, false));
            _isDirect = false;
            RandomAccess.Write(handle, content, start);
            return;
        }

        Check(error);
    }

    private void Wait() => _writing.GetAwaiter().GetResult();

    private static void Check(int error)
    {
        if (error < 0)
        {
            throw Libc.Failure(-error);
        }
    }
}
