using System.Globalization;
using System.Runtime.CompilerServices;

namespace DrTools.Platform.Posix;

/// <summary>Sets owner, permissions and times. Each method returns a negated error number on failure.</summary>
internal static unsafe class Metadata
{
    internal static int SetOwner(int fd, uint user, uint group) => Errno.Of(LibC.ChangeOwner(fd, user, group));

    internal static int SetPermissions(int fd, uint mode) => Errno.Of(LibC.ChangeMode(fd, mode));

    /// <summary>Sets the modification time and leaves the access time.</summary>
    internal static int SetModified(int fd, long nanoseconds)
    {
        var times = stackalloc TimeSpec[2];
        times[0] = new TimeSpec { Nanoseconds = Abi.TimeOmit };
        times[1] = PosixTime.ToTimeSpec(nanoseconds);
        return Errno.Of(LibC.SetTimes(fd, times));
    }

    /// <summary>Sets the owner of a name, of a link itself if it is one.</summary>
    [SkipLocalsInit]
    internal static int SetOwnerOfName(int directory, ReadOnlySpan<byte> name, uint user, uint group)
    {
        var text = new CString(name, stackalloc byte[CString.NameSpace]);
        fixed (byte* path = text)
        {
            return Errno.Of(LibC.ChangeOwnerAt(directory, path, user, group, Abi.AtSymlinkNoFollow));
        }
    }

    /// <summary>Sets the modification time of a name, of a link itself if it is one.</summary>
    [SkipLocalsInit]
    internal static int SetModifiedOfName(int directory, ReadOnlySpan<byte> name, long nanoseconds)
    {
        var times = stackalloc TimeSpec[2];
        times[0] = new TimeSpec { Nanoseconds = Abi.TimeOmit };
        times[1] = PosixTime.ToTimeSpec(nanoseconds);
        var text = new CString(name, stackalloc byte[CString.NameSpace]);
        fixed (byte* path = text)
        {
            return Errno.Of(LibC.SetTimesAt(directory, path, times, Abi.AtSymlinkNoFollow));
        }
    }

    /// <summary>Sets the permissions of a pipe or device. fchmodat follows links and a device should not be opened, so
    /// a descriptor that only names the file is taken, and its /proc path.</summary>
    internal static int SetPermissionsOfNode(int directory, ReadOnlySpan<byte> name, uint mode)
    {
        var fd = Descriptor.OpenName(directory, name, Abi.PathOnly);
        if (fd < 0)
        {
            return fd;
        }

        try
        {
            // chmod through the /proc path of a link changes what it leads to only where fd itself is that link.
            var error = FileStatus.OfDescriptor(fd, out var status);
            if (error < 0 || status.Type == Abi.TypeSymbolicLink)
            {
                return error < 0 ? error : -Errno.Loop;
            }

            Span<byte> path = stackalloc byte[32];
            "/proc/self/fd/"u8.CopyTo(path);
            _ = fd.TryFormat(path[14..], out var digits, default, CultureInfo.InvariantCulture);
            path[14 + digits] = 0;
            fixed (byte* bytes = path)
            {
                return Errno.Of(LibC.ChangeModeOfPath(bytes, mode));
            }
        }
        finally
        {
            Descriptor.Close(fd);
        }
    }
}
