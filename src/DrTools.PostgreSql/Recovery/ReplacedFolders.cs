using DrTools.PostgreSql.Platform;

namespace DrTools.PostgreSql.Recovery;

/// <summary>
/// Sets aside what a restore replaces: a folder of its own beside (or, where the folder is a mount point, inside) takes
/// all of it by renaming, and it is removed or put back as a whole.
/// </summary>
internal sealed class ReplacedFolders
{
    /// <summary>Ending of the folder beside, and name of the one inside.</summary>
    public const string Suffix = ".drtools-before";

    private readonly List<(string Folder, string Kept, bool IsInside)> _moved = [];

    /// <summary>Where what was replaced lies.</summary>
    public IReadOnlyList<string> Kept => [.. _moved.Select(m => m.Kept)];

    /// <summary>Whether an earlier restore that was interrupted has left something aside.</summary>
    public static string? LeftBeside(string folder) =>
        Directory.Exists(folder + Suffix) ? folder + Suffix : Directory.Exists(Path.Combine(folder, Suffix)) ? Path.Combine(folder, Suffix) : null;

    /// <summary>Takes over what an interrupted restore set aside.</summary>
    public void Adopt(string folder)
    {
        if (LeftBeside(folder) is { } kept)
        {
            _moved.Add((folder, kept, kept == Path.Combine(folder, Suffix)));
        }
    }

    /// <summary>Moves what a folder holds aside, and leaves the folder empty.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public void SetAside(string folder)
    {
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            return;
        }

        try
        {
            try
            {
                Directory.Move(folder, folder + Suffix);
                _moved.Add((folder, folder + Suffix, false));
                PrivateFiles.MakeFolder(folder);
                return;
            }
            catch (IOException)
            {
                // A mount point, or a folder above that is not ours to change: its content is moved within it.
            }

            var inside = Path.Combine(folder, Suffix);
            PrivateFiles.MakeFolder(inside);
            _moved.Add((folder, inside, true));
            foreach (var entry in Directory.EnumerateFileSystemEntries(folder).Where(e => e != inside).ToList())
            {
                Move(entry, Path.Combine(inside, Path.GetFileName(entry)));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            PutBack();
            throw new DrException(DrError.TargetFailure, $"What is in {folder} cannot be set aside: {e.Message}", "Check its permissions and those of the folder above.", e) { Subject = folder };
        }
    }

    /// <summary>Removes what was replaced.</summary>
    public void Remove()
    {
        foreach (var (_, kept, _) in _moved)
        {
            if (Directory.Exists(kept))
            {
                Directory.Delete(kept, recursive: true);
            }
        }

        _moved.Clear();
    }

    /// <summary>Removes what was restored, and puts back what was there.</summary>
    public void PutBack()
    {
        foreach (var (folder, kept, isInside) in _moved)
        {
            if (isInside)
            {
                foreach (var entry in Directory.EnumerateFileSystemEntries(folder).Where(e => e != kept).ToList())
                {
                    Delete(entry);
                }

                foreach (var entry in Directory.EnumerateFileSystemEntries(kept).ToList())
                {
                    Move(entry, Path.Combine(folder, Path.GetFileName(entry)));
                }

                Directory.Delete(kept);
            }
            else
            {
                Directory.Delete(folder, recursive: true);
                Directory.Move(kept, folder);
            }
        }

        _moved.Clear();
    }

    private static void Move(string from, string to)
    {
        if (new FileInfo(from).LinkTarget is null && Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to);
        }
    }

    private static void Delete(string entry)
    {
        if (new FileInfo(entry).LinkTarget is null && Directory.Exists(entry))
        {
            Directory.Delete(entry, recursive: true);
        }
        else
        {
            File.Delete(entry);
        }
    }
}
