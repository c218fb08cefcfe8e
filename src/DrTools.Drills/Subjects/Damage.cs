using System.Security.Cryptography;
using System.Text;
using DrTools.Platform.Posix;

namespace DrTools.Drills.Subjects;

/// <summary>What is done to files of a stand-in.</summary>
internal static class Damage
{
    private const string Suffix = ".locked";
    private const int Buffer = 1 << 20;

    /// <summary>Overwrites every eighth page of a SQLite database, at least one, with random bytes.</summary>
    /// <returns>Number of pages.</returns>
    public static int OverwritePages(string database, Random random)
    {
        using var file = new FileStream(database, FileMode.Open, FileAccess.ReadWrite);
        Span<byte> header = stackalloc byte[18];
        file.ReadExactly(header);
        var size = (header[16] << 8) | header[17];
        var pageSize = size == 1 ? 65536 : size;
        var pages = file.Length / pageSize;
        var garbage = new byte[pageSize];
        var overwritten = 0;
        for (var page = random.NextInt64(Math.Min(8, pages)); page < pages; page += 8)
        {
            random.NextBytes(garbage);

            // The header stays: a file that is no database any more would be found too easily.
            var skipped = page == 0 ? 100 : 0;
            file.Position = (page * pageSize) + skipped;
            file.Write(garbage.AsSpan(skipped));
            overwritten++;
        }

        return overwritten;
    }

    /// <summary>Overwrites every eighth page of a relation's file, the first one among them, with random bytes.</summary>
    /// <returns>Number of pages.</returns>
    public static int OverwriteBlocks(string relation, Random random)
    {
        using var file = new FileStream(relation, FileMode.Open, FileAccess.ReadWrite);
        var garbage = new byte[8192];
        var overwritten = 0;
        for (var position = 0L; position < file.Length; position += 8 * garbage.Length)
        {
            random.NextBytes(garbage);
            file.Position = position;
            file.Write(garbage);
            overwritten++;
        }

        return overwritten;
    }

    /// <summary>Encrypts a file in its place with a key that nobody keeps, and renames it.</summary>
    public static void Encrypt(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            // Whoever owns a file is not kept from it by its mode.
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        using (var aes = Aes.Create())
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            var buffer = new byte[Buffer];
            for (var position = 0L; position < file.Length;)
            {
                file.Position = position;
                var read = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                var sealedBytes = aes.EncryptCbc(buffer.AsSpan(0, read), aes.IV, PaddingMode.PKCS7);
                file.Position = position;
                file.Write(sealedBytes, 0, read);
                position += read;
            }
        }

        File.Move(path, path + Suffix);
    }

    /// <summary>Encrypts every regular file of a folder that may be in use: what goes meanwhile is left out.</summary>
    /// <returns>Number of files.</returns>
    public static int EncryptFolder(string folder, CancellationToken cancellationToken)
    {
        var count = 0;
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
        foreach (var file in Directory.EnumerateFiles(folder, "*", options).ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Encrypt(file);
                count++;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // The server has removed it: a file for sorting, a segment of the log.
            }
        }

        return count;
    }

    /// <summary>Removes a folder, whatever the names in it.</summary>
    public static void RemoveFolder(string folder)
    {
        if (FolderRemoval.Remove(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(folder)) is var error and < 0 and not -Errno.NoEntry)
        {
            throw new IOException($"{folder} cannot be removed: {Errno.Text(error)}");
        }
    }
}
