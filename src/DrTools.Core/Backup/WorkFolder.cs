using System.Text;
using DrTools.Platform.Posix;
using DrTools.Repositories.Leases;

namespace DrTools.Backup;

/// <summary>
/// A private folder for temporary files, removed when disposed. Its name tells which process it belongs to, so that
/// what a killed process left behind is removed by the next.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private const string Prefix = "drtools-work-";

    private WorkFolder(string path) => Path = path;

    public string Path { get; }

    public static WorkFolder Create(string? parent)
    {
        var root = parent ?? System.IO.Path.GetTempPath();
        try
        {
            Directory.CreateDirectory(root);
            RemoveAbandoned(root);
            var path = System.IO.Path.Combine(root, $"{Prefix}{Environment.ProcessId}-{ProcessIdentity.Start}-{Guid.NewGuid():n}");
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            return new WorkFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(
                DrError.TargetFailure,
                $"No folder for temporary files can be made in {root}: {e.Message}",
                "Name another one (TMPDIR, or the work folder option).",
                e);
        }
    }

    public void Dispose() => Remove(Path);

    /// <summary>A restored tree may hold names that are not valid UTF-8, which .NET's own removal cannot say.</summary>
    private static void Remove(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.Delete(path, recursive: true);
        }
        else if (FolderRemoval.Remove(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(path)) is var error and < 0 and not -Errno.NoEntry)
        {
            throw new IOException($"{path} cannot be removed: {Errno.Text(error)}.");
        }
    }

    private static void RemoveAbandoned(string root)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        foreach (var path in Directory.EnumerateDirectories(root, Prefix + "*"))
        {
            var parts = System.IO.Path.GetFileName(path)[Prefix.Length..].Split('-');
            if (parts is [var id, var start, _] && int.TryParse(id, out var process) && ProcessIdentity.ReadStart(process) != start)
            {
                try
                {
                    Remove(path);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Another user's, or being removed by another process: not ours to insist on.
                }
            }
        }
    }
}
