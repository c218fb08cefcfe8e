using Microsoft.Data.Sqlite;

namespace DrTools.Sources.Sqlite;

/// <summary>Where a copy is put.</summary>
internal static class WorkSpace
{
    /// <summary>What SQLite puts beside a database.</summary>
    public static readonly string[] Suffixes = ["-wal", "-shm", "-journal"];

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="DrException"><see cref="DrError.OutOfSpace"/>.</exception>
    public static void Require(string target, long needed, SqliteSourceOptions options)
    {
        var folder = Path.GetDirectoryName(target)!;
        var free = options.FreeSpace(folder);
        if (free < needed)
        {
            throw SqliteErrors.NoSpace(folder, needed, free);
        }
    }

    /// <summary>An empty file that only its owner may read, whatever the umask.</summary>
    public static FileStream CreateFile(string path)
    {
        var creation = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            creation.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(path, creation);
    }

    /// <summary>An empty database for a copy. It needs no journal and no flush: after a crash it is made anew.</summary>
    public static SqliteConnection CreateDatabase(string path)
    {
        CreateFile(path).Dispose();
        var connection = Connections.ReadWrite(path);
        foreach (var setting in (string[])["journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"])
        {
            _ = Connections.TryQuery(connection.Handle!, $"PRAGMA {setting}", out _);
        }

        return connection;
    }

    /// <summary>Removes a copy with all that lies beside it.</summary>
    public static void Remove(string database)
    {
        File.Delete(database);
        foreach (var suffix in Suffixes)
        {
            File.Delete(database + suffix);
        }
    }
}
