using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>
/// The folder of a receiver. A segment is written under its name with <c>.partial</c> and is renamed when it is complete;
/// one that lies there complete waits to be archived. A lock file keeps a second receiver out.
/// </summary>
internal sealed partial class SpoolFolder : IDisposable
{
    public const string PartialSuffix = ".partial";

    private readonly FileStream _lock;

    private SpoolFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <exception cref="DrException"><see cref="DrError.LeaseHeld"/> when another receiver uses it, or
    /// <see cref="DrError.TargetFailure"/> when it cannot be written.</exception>
    public static SpoolFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                // WAL holds everybody's data.
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, e);
        }

        try
        {
            return new SpoolFolder(path, new FileStream(System.IO.Path.Combine(path, "receiver.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unusable(path, e);
        }
        catch (IOException e)
        {
            throw new DrException(
                DrError.LeaseHeld,
                $"The spool folder {path} is in use by another receiver.",
                "Stop that one, or give this one a folder of its own.",
                e)
            { Subject = path };
        }
    }

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>What is complete and was not archived: segments, histories and copies of unfinished segments, in the order
    /// of their names.</summary>
    public IReadOnlyList<string> Waiting() =>
        [.. Names().Where(n => n.Length is 24 or 41 || n.EndsWith(".history", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Unfinished segments, without the suffix, in the order of their names.</summary>
    public IReadOnlyList<string> Unfinished() =>
    [
        .. Names().Where(n => n.Length == 24 + PartialSuffix.Length && n.EndsWith(PartialSuffix, StringComparison.Ordinal))
            .Select(n => n[..24]).Order(StringComparer.Ordinal),
    ];

    /// <summary>Makes sure that what lies here is of a cluster: it would be archived as that one's log.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public void RequireOf(string systemIdentifier)
    {
        Span<byte> start = stackalloc byte[WalSegmentHeader.Length];
        foreach (var name in Waiting().Where(n => !n.EndsWith(".history", StringComparison.Ordinal)).Concat(Unfinished().Select(n => n + PartialSuffix)))
        {
            using var file = File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var read = RandomAccess.Read(file, start, 0);
            if (WalSegmentHeader.TryRead(start[..read], out var header) is null && header.SystemIdentifier.ToString(CultureInfo.InvariantCulture) != systemIdentifier)
            {
                throw new DrException(
                    DrError.TargetFailure,
                    $"The spool folder {Path} holds log that was not archived yet ({name}), of another cluster: its system identifier is {header.SystemIdentifier}, and the server's is {systemIdentifier}.",
                    "Check the address of the server. If it is right, give this receiver a spool folder of its own, or remove that one when nobody needs what is in it.")
                { Subject = Path };
            }
        }
    }

    /// <summary>Writes a small file durably, complete or not at all.</summary>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        var temporary = PathOf(name + ".tmp");
        using (var handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(handle, content, 0);
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(temporary, PathOf(name), overwrite: true);
        Sync();
    }

    /// <summary>Copies the good part of an unfinished segment, under the name that it is archived by.</summary>
    /// <returns>That name.</returns>
    public string CopyPartial(WalSegment segment, long goodBytes)
    {
        var name = PartialSegments.Name(segment, goodBytes);
        var temporary = PathOf(name + ".tmp");
        using (var from = File.OpenHandle(PathOf(segment.FileName + PartialSuffix), FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        using (var to = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            var buffer = new byte[1 << 20];
            for (long offset = 0; offset < goodBytes;)
            {
                var read = RandomAccess.Read(from, buffer.AsSpan(0, (int)Math.Min(buffer.Length, goodBytes - offset)), offset);
                if (read == 0)
                {
                    throw new IOException($"{segment.FileName}{PartialSuffix} in {Path} ends at {offset} bytes, {goodBytes} were written.");
                }

                RandomAccess.Write(to, buffer.AsSpan(0, read), offset);
                offset += read;
            }

            RandomAccess.SetLength(to, segment.Size);
            RandomAccess.FlushToDisk(to);
        }

        File.Move(temporary, PathOf(name), overwrite: true);
        Sync();
        return name;
    }

    /// <summary>How many bytes of an unfinished segment of an earlier run are good, as far as that shows: up to the last
    /// that is not zero.</summary>
    public long GoodBytes(string segment)
    {
        using var file = File.OpenHandle(PathOf(segment + PartialSuffix), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var buffer = new byte[1 << 20];
        for (var end = RandomAccess.GetLength(file); end > 0;)
        {
            var start = Math.Max(0, end - buffer.Length);
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)(end - start)), start);
            if (buffer.AsSpan(0, read).LastIndexOfAnyExcept((byte)0) is >= 0 and var last)
            {
                return start + last + 1;
            }

            end = start;
        }

        return 0;
    }

    public void Remove(string name) => File.Delete(PathOf(name));

    /// <summary>Makes names durable.</summary>
    public void Sync()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int ReadOnlyFolder = 0;
        var fd = OpenFolder([.. Encoding.UTF8.GetBytes(Path), 0], ReadOnlyFolder);
        if (fd < 0)
        {
            throw new IOException($"The folder {Path} cannot be flushed: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            if (FlushFolder(fd) != 0)
            {
                throw new IOException($"The folder {Path} cannot be flushed: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
        finally
        {
            _ = CloseFolder(fd);
        }
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>What a failure to write here means.</summary>
    public DrException Failed(Exception cause)
    {
        const int NoSpaceLeft = 28;
        return (cause.HResult & 0xFFFF) == NoSpaceLeft
            ? new DrException(
                DrError.OutOfSpace,
                $"The disk of the spool folder {Path} is full.",
                "Free space there, or see why segments are not archived; the server keeps its log meanwhile if there is a slot.",
                cause)
            { Subject = Path }
            : Unusable(Path, cause);
    }

    private IEnumerable<string> Names() => Directory.EnumerateFiles(Path).Select(p => System.IO.Path.GetFileName(p));

    private static DrException Unusable(string path, Exception cause) => new(
        DrError.TargetFailure, $"The spool folder {path} cannot be used: {cause.Message}", "Choose a folder that this user may write to.", cause)
    { Subject = path };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int OpenFolder(byte[] path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushFolder(int fd);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseFolder(int fd);
}
