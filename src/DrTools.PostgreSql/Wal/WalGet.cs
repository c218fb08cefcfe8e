using DrTools.Repositories.Logs;
using Microsoft.Win32.SafeHandles;

namespace DrTools.PostgreSql.Wal;

/// <summary>Fetches a file of the log: the work behind <c>restore_command</c>.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-PITR-RECOVERY">Recovering
/// Using a Continuous Archive Backup</see>. That a file is not there is an answer, and PostgreSQL acts on it by ending
/// recovery; so it is given only when every repository has said so.</remarks>
public static class WalGet
{
    private const string TempSuffix = ".drtools";

    /// <summary>Fetches a file from the first repository that has it whole.</summary>
    /// <param name="archives">The repositories, in the order in which they are asked.</param>
    /// <param name="systemIdentifier">The cluster.</param>
    /// <param name="file">The file (<c>%f</c>).</param>
    /// <param name="target">Where it goes (<c>%p</c>); it appears there whole or not at all.</param>
    /// <param name="damaged">Told of a repository that failed while another one served.</param>
    /// <param name="orCut">Whether, of a segment that no repository has whole, what a receiver had of it will do: the good bytes
    /// and zeros behind them, at which recovery ends.</param>
    /// <returns><see langword="false"/> when no repository has it.</returns>
    /// <exception cref="DrException">A repository failed, or its copy is damaged, and no other has the file.</exception>
    public static bool Run(
        IReadOnlyList<LogArchive> archives, ulong systemIdentifier, WalFileName file, string target, Action<DrException>? damaged, bool orCut = true)
    {
        ArgumentNullException.ThrowIfNull(archives);
        if (TryRun(archives, systemIdentifier, file, target, damaged))
        {
            return true;
        }

        if (!orCut || file.Kind != WalFileKind.Segment)
        {
            return false;
        }

        foreach (var cut in FindCut(archives, systemIdentifier, file))
        {
            if (TryRun(archives, systemIdentifier, cut, target, damaged))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What receivers had of a segment, the longest first.</summary>
    private static IEnumerable<WalFileName> FindCut(IReadOnlyList<LogArchive> archives, ulong systemIdentifier, WalFileName segment)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var archive in archives)
        {
            var logs = archive.ListAsync(WalCluster.SeriesOf(systemIdentifier), WalCluster.CutStreamOf(segment), CancellationToken.None);
            foreach (var log in logs.ToBlockingEnumerable())
            {
                // The names of one segment sort by the number of good bytes.
                if (log.Name.Name.StartsWith(segment.Text, StringComparison.Ordinal))
                {
                    found.Add(log.Name.Name);
                }
            }
        }

        foreach (var name in found.Reverse())
        {
            if (WalFileName.TryParse(name, out var file))
            {
                yield return file;
            }
        }
    }

    private static bool TryRun(IReadOnlyList<LogArchive> archives, ulong systemIdentifier, WalFileName file, string target, Action<DrException>? damaged)
    {
        DrException? failure = null;
        foreach (var archive in archives)
        {
            try
            {
                if (TryFetch(archive, systemIdentifier, file, target))
                {
                    if (failure is not null)
                    {
                        damaged?.Invoke(failure);
                    }

                    return true;
                }
            }
            catch (DrException e) when (e.Error != DrError.TargetFailure && e.Error != DrError.OutOfSpace)
            {
                failure ??= e;
            }
        }

        return failure is null ? false : throw failure;
    }

    /// <summary>Moves a file that was fetched before to where it is wanted, be that on another file system.</summary>
    /// <exception cref="FileNotFoundException">It is gone.</exception>
    internal static bool TryMove(string path, string target)
    {
        try
        {
            // From another file system it is a copy, which must not be seen before it is whole.
            File.Move(path, target + TempSuffix, overwrite: true);
            File.Move(target + TempSuffix, target, overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(target, e);
        }
    }

    private static bool TryFetch(LogArchive archive, ulong systemIdentifier, WalFileName file, string target)
    {
        var log = WalCluster.LogOf(systemIdentifier, file);
        var temp = target + TempSuffix;
        SafeFileHandle? handle = null;
        long written = 0;
        try
        {
            var isThere = archive.TryRead(
                log,
                piece =>
                {
                    if (handle is null)
                    {
                        Verify(archive, file, log, systemIdentifier, piece);
                        handle = Create(temp);
                    }

                    Write(handle, temp, piece, written);
                    written += piece.Length;
                });
            if (!isThere)
            {
                return false;
            }

            handle ??= Create(temp);
            handle.Dispose();
            Publish(temp, target);
            return true;
        }
        catch
        {
            if (handle is not null)
            {
                handle.Dispose();
                File.Delete(temp);
            }

            throw;
        }
    }

    /// <summary>What an archive gives out is compared with its name once more: a wrong segment ends in a wrong cluster.</summary>
    private static void Verify(LogArchive archive, WalFileName file, LogName log, ulong systemIdentifier, ReadOnlySpan<byte> start)
    {
        if (file.Kind is not (WalFileKind.Segment or WalFileKind.Partial))
        {
            return;
        }

        var problem = WalSegmentHeader.TryRead(start, out var header) ?? header.Contradiction(file)
            ?? (header.SystemIdentifier == systemIdentifier ? null : $"it is of the cluster {header.SystemIdentifier}");
        if (problem is not null)
        {
            throw new DrException(
                DrError.IntegrityFailure,
                $"The log {file} in {archive.Repository.Location} is not what its name says: {problem}.",
                "Verify the repository, and find out which program wrote it.")
            { Subject = log.ObjectName };
        }
    }

    private static SafeFileHandle Create(string temp)
    {
        try
        {
            // What a killed call left is written over. Of two calls for one target the second fails.
            var handle = File.OpenHandle(temp, FileMode.Create, FileAccess.Write, FileShare.None);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return handle;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(temp, e);
        }
    }

    private static void Write(SafeFileHandle handle, string temp, ReadOnlySpan<byte> piece, long offset)
    {
        try
        {
            RandomAccess.Write(handle, piece, offset);
        }
        catch (IOException e)
        {
            throw Failed(temp, e);
        }
    }

    private static void Publish(string temp, string target)
    {
        try
        {
            File.Move(temp, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(target, e);
        }
    }

    private static DrException Failed(string path, Exception cause)
    {
        const int noSpace = 28, diskFull = unchecked((int)0x80070070);
        return cause.HResult is noSpace or diskFull
            ? new(DrError.OutOfSpace, $"{path} cannot be written: the file system is full.", "Free space on the file system of the data directory, and start the server again.", cause) { Subject = path }
            : new(DrError.TargetFailure, $"{path} cannot be written: {cause.Message}", "Check the permissions of the folder and the disk that it lies on.", cause) { Subject = path };
    }
}
