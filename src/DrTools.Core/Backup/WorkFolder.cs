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

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
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
                    Directory.Delete(path, recursive: true);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Another user's, or being removed by another process: not ours to insist on.
                }
            }
        }
    }
}
