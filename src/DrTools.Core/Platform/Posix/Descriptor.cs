using System.Runtime.CompilerServices;

namespace DrTools.Platform.Posix;

/// <summary>Opening, reading and writing by file descriptor. Every method returns a negated error number on failure.</summary>
internal static unsafe class Descriptor
{
    /// <summary>Opens one name of an open folder. A symbolic link of that name is never followed.</summary>
    [SkipLocalsInit]
    internal static int OpenName(int directory, ReadOnlySpan<byte> name, int flags, uint mode = 0)
    {
        var text = new CString(name, stackalloc byte[CString.NameSpace]);
        fixed (byte* path = text)
        {
            int fd;
            do
            {
                fd = Errno.Of(LibC.OpenAt(directory, path, flags | Abi.NoFollow | Abi.CloseOnExec, mode));
            }
            while (fd == -Errno.Interrupted);

            return fd;
        }
    }

    /// <summary>Opens a path that the user named, following its links.</summary>
    internal static int OpenPath(ReadOnlySpan<byte> path, int flags)
    {
        var text = new CString(path, []);
        fixed (byte* bytes = text)
        {
            return Errno.Of(LibC.OpenAt(Abi.AtCurrentFolder, bytes, flags | Abi.CloseOnExec, 0));
        }
    }

    /// <summary>Closes. An error of close(2) leaves the descriptor closed all the same on Linux.</summary>
    internal static void Close(int fd)
    {
        if (fd >= 0)
        {
            _ = LibC.Close(fd);
        }
    }

    internal static int Read(int fd, Span<byte> buffer, long offset)
    {
        fixed (byte* bytes = buffer)
        {
            int count;
            do
            {
                count = Errno.Of(LibC.Read(fd, bytes, buffer.Length, offset));
            }
            while (count == -Errno.Interrupted);

            return count;
        }
    }

    /// <summary>Writes all of it.</summary>
    internal static int Write(int fd, ReadOnlySpan<byte> data, long offset)
    {
        fixed (byte* bytes = data)
        {
            for (var done = 0; done < data.Length;)
            {
                var count = Errno.Of(LibC.Write(fd, bytes + done, data.Length - done, offset + done));
                if (count == -Errno.Interrupted)
                {
                    continue;
                }

                if (count <= 0)
                {
                    return count == 0 ? -Errno.NoSpace : count;
                }

                done += count;
            }
        }

        return 0;
    }

    /// <summary>Has writes go around the page cache, or through it again. Around it only whole blocks can be written,
    /// from memory that begins at a block's boundary.</summary>
    internal static int SetDirect(int fd, bool direct) =>
        Errno.Of(LibC.Control(fd, Abi.SetStatusFlags, direct ? Abi.Direct : 0));

    internal static long Seek(int fd, long offset, int whence) => Errno.OfLong(LibC.Seek(fd, offset, whence));
}
