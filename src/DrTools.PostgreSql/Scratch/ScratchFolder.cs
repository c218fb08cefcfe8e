using System.Globalization;
using DrTools.PostgreSql.Platform;

namespace DrTools.PostgreSql.Scratch;

/// <summary>
/// The private folder of a scratch instance. Its name tells whose it is (run of the system, process, start of the
/// process), so that what a killed process left behind is found, ended and removed by the next one.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    internal const string Prefix = "drtools-scratch-";

    /// <summary>A socket's path has at most 107 bytes, of which the server's own name takes 14.</summary>
    private const int LongestSocketFolder = 90;

    private ScratchFolder(string path, string sockets) => (Path, Sockets) = (path, sockets);

    public string Path { get; }

    /// <summary>Where the socket lies: the folder itself, or one with a shorter path.</summary>
    public string Sockets { get; }

    /// <param name="parent">Where to make it; the system's temporary folder if <see langword="null"/>.</param>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public static ScratchFolder Create(string? parent)
    {
        var root = System.IO.Path.GetFullPath(parent ?? System.IO.Path.GetTempPath());
        try
        {
            Directory.CreateDirectory(root);
            RemoveAbandoned(root);
            var path = Make(root);
            return new ScratchFolder(path, System.Text.Encoding.UTF8.GetByteCount(path) <= LongestSocketFolder ? path : Make("/tmp"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.TargetFailure, $"No scratch folder can be made in {root}: {e.Message}", "Name another work folder, or set TMPDIR.", e) { Subject = root };
        }
    }

    /// <summary>Ends the servers that processes left behind which are gone, and removes their folders.</summary>
    /// <returns>The folders that were removed.</returns>
    public static IReadOnlyList<string> RemoveAbandoned(string root)
    {
        var removed = new List<string>();
        foreach (var path in Directory.EnumerateDirectories(root, Prefix + "*"))
        {
            if (IsAbandoned(System.IO.Path.GetFileName(path)))
            {
                try
                {
                    EndServer(path);
                    Directory.Delete(path, recursive: true);
                    removed.Add(path);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Another user's, or being removed by another process: not ours to insist on.
                }
            }
        }

        return removed;
    }

    /// <summary>Gives the folder to the user that the server runs as.</summary>
    public void GiveTo(Account account, CancellationToken cancellationToken)
    {
        account.TakeOver(Path, cancellationToken);
        if (Sockets != Path)
        {
            account.TakeOver(Sockets, cancellationToken);
        }
    }

    public void Dispose()
    {
        Remove(Path);
        if (Sockets != Path)
        {
            Remove(Sockets);
        }
    }

    /// <summary>Kills a server that works below a folder, and waits until it is gone.</summary>
    internal static void EndServer(string path)
    {
        foreach (var file in Directory.EnumerateFiles(path, "postmaster.pid", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }))
        {
            // The number may be another process's by now; a server works in its data directory.
            if (!int.TryParse(File.ReadLines(file).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                || ProcessFacts.FolderOf(process) is not { } folder || !folder.StartsWith(path + "/", StringComparison.Ordinal))
            {
                continue;
            }

            _ = Native.Kill(process, Native.Quit);
            for (var waited = 0; ProcessFacts.IsAlive(process) && waited < 100; waited++)
            {
                if (waited == 60)
                {
                    _ = Native.Kill(process, Native.Killed);
                }

                Thread.Sleep(50);
            }
        }
    }

    private static string Make(string root)
    {
        var name = $"{Prefix}{ProcessFacts.Boot}-{Environment.ProcessId}-{ProcessFacts.StartOf(Environment.ProcessId)}-{Guid.NewGuid().ToString("n")[..8]}";
        var path = System.IO.Path.Combine(root, name);
        PrivateFiles.MakeFolder(path);
        return path;
    }

    private static bool IsAbandoned(string name) =>
        name[Prefix.Length..].Split('-') is [var boot, var id, var start, _]
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
        && ProcessFacts.Boot.Length > 0
        && (boot != ProcessFacts.Boot || ProcessFacts.StartOf(process) != start);

    private static void Remove(string path)
    {
        // A server that was killed leaves children, which notice it within moments and may still write.
        for (var attempt = 0; Directory.Exists(path); attempt++)
        {
            try
            {
                Directory.Delete(path, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Removed by the watchdog between two looks.
            }
            catch (IOException) when (attempt < 50)
            {
                Thread.Sleep(50);
            }
        }
    }
}
