using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrTools.Sources.Sqlite;

/// <summary>
/// Connections outside any pool, so that closing one closes its files and gives up its locks at once.
/// </summary>
internal static class Connections
{
    public static SqliteConnection ReadOnly(string path) => Open(path, SqliteOpenMode.ReadOnly);

    public static SqliteConnection ReadWrite(string path) => Open(path, SqliteOpenMode.ReadWrite);

    /// <summary>A database that nobody writes to: no locks, and none of the <c>-wal</c> and <c>-shm</c> files that even
    /// a reader of a database in WAL mode creates.</summary>
    public static SqliteConnection Immutable(string path)
        => Open($"file:{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}?immutable=1", SqliteOpenMode.ReadOnly);

    /// <summary>Runs a statement without waiting for locks, and gives the first value of its first row.</summary>
    /// <returns>The (extended) result code; <c>SQLITE_OK</c> when it ran.</returns>
    public static int TryQuery(sqlite3 database, string sql, out string? value)
    {
        value = null;
        var result = raw.sqlite3_prepare_v2(database, sql, out var statement);
        if (result != raw.SQLITE_OK)
        {
            statement?.Dispose();
            return raw.sqlite3_extended_errcode(database);
        }

        using (statement)
        {
            result = raw.sqlite3_step(statement);
            if (result == raw.SQLITE_ROW)
            {
                value = raw.sqlite3_column_text(statement, 0).utf8_to_string();
                return raw.SQLITE_OK;
            }

            return result == raw.SQLITE_DONE ? raw.SQLITE_OK : raw.sqlite3_extended_errcode(database);
        }
    }

    private static SqliteConnection Open(string dataSource, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = dataSource,
            Mode = mode,
            Pooling = false,
        }.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
