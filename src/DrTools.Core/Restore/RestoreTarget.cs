using System.Text;
using DrTools.Repositories;
using DrTools.Repositories.Manifests;

namespace DrTools.Restore;

/// <summary>Where a restore goes, as it is found.</summary>
internal sealed record RestoreTarget
{
    /// <summary>An absolute path: a folder, or a file for a backup of a single file.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the backup is of a single file, which takes the name of the target.</summary>
    public required bool IsFile { get; init; }

    /// <summary>Whether something is there.</summary>
    public required bool IsInUse { get; init; }

    /// <summary>Whether an interrupted restore of the same backup lies there.</summary>
    public required bool Resumes { get; init; }

    /// <summary>Free space, bytes.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>Looks at a target.</summary>
    public static RestoreTarget Find(Repository repository, ManifestRoot manifest, string target)
    {
        if (string.IsNullOrWhiteSpace(target))
        {
            throw new DrException(DrError.BadUsage, "The target is empty.", "Name a folder, or a file for a database.");
        }

        var path = System.IO.Path.GetFullPath(target);
        var single = SingleFileName(manifest);
        if (single is not null)
        {
            if (Directory.Exists(path) || System.IO.Path.EndsInDirectorySeparator(path))
            {
                path = System.IO.Path.Combine(path, single);
            }

            if (Directory.Exists(path))
            {
                throw new DrException(DrError.TargetNotEmpty, $"{path} is a folder, and the backup is of a file.", "Name a file.") { Subject = path };
            }
        }
        else
        {
            path = System.IO.Path.TrimEndingDirectorySeparator(path);
            if (File.Exists(path))
            {
                throw new DrException(DrError.TargetNotEmpty, $"{path} is a file, and the backup is of a folder.", "Name a folder.") { Subject = path };
            }
        }

        return new RestoreTarget
        {
            Path = path,
            IsFile = single is not null,
            IsInUse = single is not null ? File.Exists(path) : Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(e => !ResumeMarker.IsUnfinished(e)),
            Resumes = single is null && new ResumeMarker(path).Names(repository, manifest.Info.Id),
            FreeBytes = FreeSpaceAt(path),
        };
    }

    /// <summary>Whether the target has an entry of this relative path.</summary>
    public bool Holds(byte[] path)
    {
        var full = IsFile ? Path : System.IO.Path.Combine(Path, Encoding.UTF8.GetString(path));
        return File.Exists(full) || Directory.Exists(full) || new FileInfo(full).LinkTarget is not null;
    }

    /// <summary>A backup of one file has a single entry that is not the root.</summary>
    private static string? SingleFileName(ManifestRoot manifest) =>
        manifest.Info is { Directories: 0, Files: 1, Others: 0 } && manifest.Blocks is [{ FirstPath.Length: > 0 } block, ..]
            ? Encoding.UTF8.GetString(block.FirstPath)
            : null;

    private static long FreeSpaceAt(string path)
    {
        while (!Directory.Exists(path))
        {
            path = System.IO.Path.GetDirectoryName(path) ?? "/";
        }

        return new DriveInfo(path).AvailableFreeSpace;
    }
}
