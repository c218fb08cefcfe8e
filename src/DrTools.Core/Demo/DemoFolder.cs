using System.Security.Cryptography;
using System.Text;
using DrTools.Platform.Posix;

namespace DrTools.Demo;

/// <summary>The demo's work folder: what lies where, and what of it is removed.</summary>
internal sealed class DemoFolder
{
    private const string Alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    private readonly bool _made;

    private DemoFolder(string path, bool made)
    {
        (Path, _made) = (path, made);
        Production = System.IO.Path.Combine(path, "production");
        Tree = System.IO.Path.Combine(Production, "files");
        Database = System.IO.Path.Combine(Production, "database", "shop.db");
        Repository = System.IO.Path.Combine(path, "repository");
        Passphrase = System.IO.Path.Combine(path, "passphrase");
        KeyFile = System.IO.Path.Combine(path, "archive.key");
        Programs = System.IO.Path.Combine(path, "programs");
        Scratch = System.IO.Path.Combine(path, "scratch");
        Report = System.IO.Path.Combine(path, "report.html");
    }

    public string Path { get; }

    /// <summary>What is backed up, destroyed and restored.</summary>
    public string Production { get; }

    public string Tree { get; }

    public string Database { get; }

    public string Repository { get; }

    public string Passphrase { get; }

    /// <summary>With which a database server opens the repository.</summary>
    public string KeyFile { get; }

    /// <summary>A copy of this program, where a database server's user can start it.</summary>
    public string Programs { get; }

    public string Scratch { get; }

    public string Report { get; }

    /// <summary>Makes the folder, or takes the given one if it is empty.</summary>
    public static DemoFolder Prepare(string? given)
    {
        try
        {
            if (given is null)
            {
                return new DemoFolder(Directory.CreateTempSubdirectory("drtools-demo-").FullName, made: true).MakeFolders();
            }

            var path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(given));
            var exists = Directory.Exists(path);
            if (File.Exists(path) || (exists && Directory.EnumerateFileSystemEntries(path).Any()))
            {
                throw new DrException(
                    DrError.TargetNotEmpty,
                    exists ? $"The work folder {path} is not empty." : $"{path} is a file, not a folder.",
                    "Name a new or empty folder: the demo destroys data, and shall not come near anything of yours.") { Subject = path };
            }

            return new DemoFolder(path, made: !exists).MakeFolders();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(
                DrError.TargetFailure, $"The demo cannot make its work folder: {e.Message}", "Name another one (--workdir).", e);
        }
    }

    /// <summary>Writes a new random passphrase where only this user can read it.</summary>
    public void WritePassphrase()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(Passphrase, options);
        writer.WriteLine(RandomNumberGenerator.GetString(Alphabet, 40));
    }

    /// <summary>Removes data, repository and passphrase; the report stays.</summary>
    public void RemoveData()
    {
        foreach (var folder in (string[])[Production, Repository, Scratch, Programs])
        {
            // .NET's own removal cannot name every file of the tree.
            if (FolderRemoval.Remove(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(folder)) is var error and < 0 and not -Errno.NoEntry)
            {
                throw new IOException($"{folder} cannot be removed: {Errno.Text(error)}");
            }
        }

        File.Delete(Passphrase);
        File.Delete(KeyFile);
    }

    /// <summary>Removes everything, and the folder itself where the demo has made it.</summary>
    public void RemoveAll()
    {
        RemoveData();
        File.Delete(Report);
        if (_made)
        {
            Directory.Delete(Path);
        }
    }

    private DemoFolder MakeFolders()
    {
        Directory.CreateDirectory(Production);
        Directory.CreateDirectory(Scratch);
        return this;
    }
}
