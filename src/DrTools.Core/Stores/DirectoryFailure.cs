using System.Globalization;

namespace DrTools.Stores;

/// <summary>Turns what an operating system says about a file into an error that names the object and a remedy.</summary>
internal sealed class DirectoryFailure(string location, string folder)
{
    /// <summary>Whether an exception is one that file operations end with.</summary>
    internal static bool Covers(Exception e) => e is IOException or UnauthorizedAccessException;


    /// <param name="name">The object.</param>
    /// <param name="written">Bytes of it that were written already.</param>
    /// <param name="more">Bytes that were to follow.</param>
    /// <param name="e">What the system said.</param>
    internal DrException Writing(string name, long written, long more, Exception e) => CauseOf(e) switch
    {
        Cause.NoSpace => new(
            DrError.OutOfSpace,
            $"Writing {name} to {location} failed: the file system is full ({Figures.Bytes(written)} of the object were written, {Figures.Bytes(more)} were to follow; {FreeSpace()}).",
            $"Free space on the file system of {location}, or remove old backups, and run it again.",
            e)
        { Subject = name },
        Cause.NoQuota => new(
            DrError.OutOfSpace,
            $"Writing {name} to {location} failed: the disk quota is used up ({Figures.Bytes(written)} of the object were written, {Figures.Bytes(more)} were to follow; {FreeSpace()} on the file system).",
            $"Raise the quota of {Environment.UserName} at {location}, or remove old backups, and run it again.",
            e)
        { Subject = name },
        _ => Changing("Writing", name, e),
    };

    internal DrException Removing(string name, Exception e) => Changing("Removing", name, e);

    internal DrException Reading(string name, Exception e) => CauseOf(e) switch
    {
        Cause.Missing => new(
            DrError.ObjectMissing,
            $"There is no object {name} in {location}.",
            "Verify the repository to see which backups need it, and repair it from a copy.",
            e)
        { Subject = name },
        Cause.Denied => new(
            DrError.StoreFailure,
            $"Reading {name} in {location} failed: {e.Message}",
            $"Give {Environment.UserName} permission to read {folder} and everything in it.",
            e)
        { Subject = name },
        _ => Other("Reading", name, e),
    };

    internal DrException Listing(string prefix, Exception e) =>
        Other("Listing", prefix.Length == 0 ? "the objects" : prefix, e);

    internal DrException Opening(bool create, Exception e) => CauseOf(e) switch
    {
        Cause.Missing when !create => new(
            DrError.RepositoryMissing,
            $"There is no folder {location}.",
            "Check the path, and that the disk or share it lies on is mounted.",
            e)
        { Subject = location },
        Cause.NotFolder or Cause.Exists => new(
            DrError.StoreFailure,
            $"{location} cannot be a store: it, or something on the way to it, is not a folder.",
            "Name a folder.",
            e)
        { Subject = location },
        _ => Changing("Opening", "the store", e),
    };

    /// <summary>
    /// .NET on Linux gives <c>errno</c> as the <see cref="Exception.HResult"/> of an <see cref="IOException"/>, hides
    /// EACCES, EPERM and EBADF as the inner exception of an <see cref="UnauthorizedAccessException"/>, and has
    /// exceptions with HResults of their own for a few. On Windows HResult is 0x8007 and the Win32 code.
    /// </summary>
    private static Cause CauseOf(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => Cause.Missing,
        UnauthorizedAccessException { InnerException: IOException inner } => CauseOf(inner),
        UnauthorizedAccessException => Cause.Denied,
        _ when OperatingSystem.IsWindows() => (e.HResult & 0xFFFF) switch
        {
            39 or 112 => Cause.NoSpace, // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
            1295 => Cause.NoQuota, // ERROR_DISK_QUOTA_EXCEEDED
            19 => Cause.ReadOnly, // ERROR_WRITE_PROTECT
            5 => Cause.Denied, // ERROR_ACCESS_DENIED
            267 => Cause.NotFolder, // ERROR_DIRECTORY
            80 or 183 => Cause.Exists, // ERROR_FILE_EXISTS, ERROR_ALREADY_EXISTS
            _ => Cause.Other,
        },
        _ => e.HResult switch
        {
            Errno.NoSpace => Cause.NoSpace,
            Errno.QuotaExceeded => Cause.NoQuota,
            Errno.ReadOnlyFileSystem => Cause.ReadOnly,
            Errno.Access or Errno.Perm => Cause.Denied,
            Errno.NoEntry or Errno.IsFolder => Cause.Missing,
            Errno.NotFolder => Cause.NotFolder,
            Errno.Exists => Cause.Exists,
            _ => Cause.Other,
        },
    };

    private DrException Changing(string act, string name, Exception e) => CauseOf(e) switch
    {
        Cause.ReadOnly => new(
            DrError.StoreReadOnly,
            $"{act} {name} in {location} failed: the file system is mounted read-only.",
            $"Mount the file system of {location} writable. If it was, the system log tells why it no longer is.",
            e)
        { Subject = name },
        Cause.Denied => new(
            DrError.StoreReadOnly,
            $"{act} {name} in {location} failed: {Environment.UserName} may not write there.",
            $"Give {Environment.UserName} permission to write to {folder} and the folders in it.",
            e)
        { Subject = name },
        _ => Other(act, name, e),
    };

    private DrException Other(string act, string name, Exception e) => new(
        DrError.StoreFailure,
        $"{act} {name} in {location} failed: {e.Message}",
        $"Check that the disk or share of {location} is mounted and sound (the system log tells), and run it again.",
        e)
    { Subject = name };

    private string FreeSpace()
    {
        try
        {
            return $"{Figures.Bytes(new DriveInfo(folder).AvailableFreeSpace)} are free";
        }
        catch (Exception e) when (Covers(e))
        {
            // This only words another failure.
            return "how much is free cannot be told";
        }
    }

    private enum Cause
    {
        Other,
        NoSpace,
        NoQuota,
        ReadOnly,
        Denied,
        Missing,
        NotFolder,
        Exists,
    }
}
