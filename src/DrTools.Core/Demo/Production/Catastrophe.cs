using System.Security.Cryptography;
using System.Text;
using DrTools.Platform.Posix;

namespace DrTools.Demo.Production;

/// <summary>Destroys the database and half of the file tree, as a failing disk or an intruder would.</summary>
internal static class Catastrophe
{
    private const int Garbage = 1 << 20;

    /// <summary>Overwrites and deletes the database with its side files, deletes every second folder of the tree, and
    /// overwrites one file in each of the others.</summary>
    /// <returns>What was done, in figures.</returns>
    public static string Strike(string database, string tree, IReadOnlyList<string> folders)
    {
        DestroyDatabase(database);
        var deleted = 0;
        var overwritten = 0;
        for (var i = 0; i < folders.Count; i++)
        {
            var folder = Path.Combine(tree, folders[i]);
            if (i % 2 == folders.Count % 2)
            {
                overwritten += OverwriteFirstFile(folder);
                continue;
            }

            if (FolderRemoval.Remove(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(folder)) is var error and < 0)
            {
                throw new IOException($"{folder} cannot be destroyed: {Errno.Text(error)}");
            }

            deleted++;
        }

        return $"database overwritten and deleted, {deleted} of {folders.Count} folders deleted, {overwritten} further files overwritten";
    }

    private static void DestroyDatabase(string database)
    {
        // The application has it open and has mapped the -shm file: that one is only deleted.
        foreach (var path in (string[])[database, database + "-wal"])
        {
            if (File.Exists(path))
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                for (var left = file.Length; left > 0; left -= Garbage)
                {
                    file.Write(RandomNumberGenerator.GetBytes((int)Math.Min(left, Garbage)));
                }
            }
        }

        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            File.Delete(database + suffix);
        }
    }

    private static int OverwriteFirstFile(string folder)
    {
        var file = Directory.EnumerateFiles(folder).Where(f => !MarkerWriter.IsMarker(f)).Order(StringComparer.Ordinal).FirstOrDefault();
        if (file is null)
        {
            return 0;
        }

        File.WriteAllBytes(file, RandomNumberGenerator.GetBytes(512));
        return 1;
    }
}
