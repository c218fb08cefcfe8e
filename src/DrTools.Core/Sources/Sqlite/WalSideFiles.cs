using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrTools.Sources.Sqlite;

/// <summary>
/// Every reader of a database in WAL mode creates its <c>-wal</c> and <c>-shm</c> files if they are not there, and a
/// read-only one leaves them behind. Only SQLite can remove them, under the locks that keep a writer from opening them
/// at this very moment: it does so when the last connection that may write is closed.
/// </summary>
internal static class WalSideFiles
{
    public static bool Exist(string database) => File.Exists(database + "-wal");

    /// <summary>Removes the two files, if nobody else uses them and the WAL is empty. A WAL with content stays as it
    /// is: it belongs to a writer, and checkpointing it is not a backup's business.</summary>
    public static void RemoveEmpty(string database)
    {
        if (new FileInfo(database + "-wal") is not { Exists: true, Length: 0 })
        {
            return;
        }

        try
        {
            using var connection = Connections.ReadWrite(database);
            _ = Connections.TryQuery(connection.Handle!, "PRAGMA user_version", out _);
        }
        catch (SqliteException failure) when (SqliteErrors.Primary(failure.SqliteErrorCode) is raw.SQLITE_CANTOPEN)
        {
            // The database has been removed in the meantime.
        }
    }
}
