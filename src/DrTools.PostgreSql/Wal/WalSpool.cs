using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DrTools.PostgreSql.Wal;

/// <summary>
/// Where calls of one cluster and their background process leave word for each other: on pushing, which files are durable
/// already; on getting, the segments that were fetched ahead. It holds nothing that cannot be had again: it may be
/// removed at any time.
/// </summary>
/// <remarks>Each file has a lock of its own, which the system takes back from a process that dies. A note says which file it
/// is about by its length and time of modification, so that it is never taken for another of the same name.</remarks>
public sealed class WalSpool
{
    /// <summary>How long a background process stays when there is nothing to do.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder;

    /// <summary>The spool of a cluster for certain repositories.</summary>
    /// <param name="root">The folder that the user gave.</param>
    /// <param name="systemIdentifier">The cluster.</param>
    /// <param name="repositories">Locations of the repositories: what is durable in some is not yet in others.</param>
    /// <param name="purpose"><c>push</c> or <c>get</c>.</param>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/> when it cannot be made.</exception>
    public WalSpool(string root, ulong systemIdentifier, IReadOnlyList<string> repositories, string purpose)
    {
        ArgumentNullException.ThrowIfNull(repositories);
        var set = 14695981039346656037UL;
        foreach (var location in repositories)
        {
            // FNV-1a, 64 bits: it only keeps sets apart.
            foreach (var c in Path.GetFullPath(location) + "\n")
            {
                set = (set ^ c) * 1099511628211UL;
            }
        }

        _folder = Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"{systemIdentifier}-{set:x16}"), purpose);
        try
        {
            if (!Directory.Exists(_folder))
            {
                Directory.CreateDirectory(_folder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(
                DrError.TargetFailure,
                $"The spool {root} cannot be used: {e.Message}",
                "Make a folder for the user that PostgreSQL runs as (mkdir, chown, chmod 0700), and name it with --spool.",
                e)
            { Subject = root };
        }
    }

    /// <summary>The folder.</summary>
    public string Folder => _folder;

    /// <summary>The path of a file in it.</summary>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Takes the claim of a file, waiting for whoever has it.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public WalClaim Claim(string name)
    {
        for (var waited = TimeSpan.Zero; waited < Patience; waited += Poll)
        {
            if (TryClaim(name) is { } claim)
            {
                return claim;
            }

            Thread.Sleep(Poll);
        }

        throw new DrException(
            DrError.TargetFailure,
            $"Another process has been at work on {name} for {Figures.Duration(Patience)}.",
            "See what it waits for (its last error is in the spool's last-error.txt); PostgreSQL tries again.")
        { Subject = PathOf(name) };
    }

    /// <summary>Takes the claim of a file unless somebody has it.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public WalClaim? TryClaim(string name)
    {
        var path = PathOf(name);
        try
        {
            return new WalClaim(path, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (IsLocked(e))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(
                DrError.TargetFailure,
                $"The spool file {path} cannot be used: {e.Message}",
                "Check the spool's folder and its file system; what is in it may be removed at any time.",
                e)
            { Subject = path };
        }
    }

    /// <summary>Whether a background process is at work.</summary>
    public bool IsAttended(string lockName)
    {
        using var claim = TryClaim(lockName);
        return claim is null;
    }

    /// <summary>Leaves word of what a background process failed with.</summary>
    public void NoteFailure(DrException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        try
        {
            File.WriteAllText(PathOf(FailureName), $"{DateTimeOffset.UtcNow:O} [{error.Error}] {error.Message}\n{error.Remedy}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A spool that cannot be written is most likely the failure; the next call in the foreground meets it too.
        }
    }

    /// <summary>Whether a background process has failed so shortly before that another one would only fail again.</summary>
    public bool HasJustFailed(TimeSpan within)
    {
        var failure = new FileInfo(PathOf(FailureName));
        return failure.Exists && DateTime.UtcNow - failure.LastWriteTimeUtc < within;
    }

    internal const string FailureName = "last-error.txt";

    /// <summary>What tells a file from another of its name.</summary>
    internal static string IdentityOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}") : string.Empty;
    }

    // EWOULDBLOCK on Linux, a sharing violation on Windows.
    private static bool IsLocked(IOException e) => e.HResult is 11 or unchecked((int)0x80070020);
}

/// <summary>The exclusive right to work on a file, and the note that says what came of it.</summary>
public sealed class WalClaim : IDisposable
{
    private const int MaximumNote = 200;

    private readonly string _path;
    private readonly SafeFileHandle _handle;

    internal WalClaim(string path, SafeFileHandle handle) => (_path, _handle) = (path, handle);

    /// <summary>The note, or nothing.</summary>
    public string Note
    {
        get
        {
            Span<byte> note = stackalloc byte[MaximumNote];
            return Encoding.ASCII.GetString(note[..RandomAccess.Read(_handle, note, 0)]);
        }
    }

    /// <summary>Leaves a note for whoever takes the claim next.</summary>
    public void Leave(string note) => RandomAccess.Write(_handle, Encoding.ASCII.GetBytes(note), 0);

    /// <summary>Removes the file, so that nothing is left.</summary>
    public void Remove() => File.Delete(_path);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
