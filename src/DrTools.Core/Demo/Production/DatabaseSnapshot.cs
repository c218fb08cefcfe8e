using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrTools.Demo.Production;

/// <summary>
/// What a database holds: for each table its rows and a hash of all their values. Read by plain SQL, so that it owes
/// nothing to the engine that it is to judge.
/// </summary>
internal sealed class DatabaseSnapshot
{
    private DatabaseSnapshot(SortedDictionary<string, TableContent> tables, HashSet<int> markers, long bytes) =>
        (Tables, Markers, Bytes) = (tables, markers, bytes);

    /// <summary>The tables by name.</summary>
    public SortedDictionary<string, TableContent> Tables { get; }

    /// <summary>Ids of the marker rows.</summary>
    public HashSet<int> Markers { get; }

    /// <summary>Size of the database, bytes.</summary>
    public long Bytes { get; }

    public long Rows => Tables.Values.Sum(t => t.Rows);

    /// <summary>Reads a database.</summary>
    /// <exception cref="SqliteException">It is missing or damaged.</exception>
    public static DatabaseSnapshot Take(string path, CancellationToken cancellationToken)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
        }.ConnectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction(deferred: true);
        var names = new List<string>();
        var bytes = 0L;
        Read(connection.Handle!, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", row => names.Add(raw.sqlite3_column_text(row, 0).utf8_to_string()));
        Read(connection.Handle!, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", row => bytes = raw.sqlite3_column_int64(row, 0));
        var tables = new SortedDictionary<string, TableContent>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tables[name] = ReadTable(connection.Handle!, name, cancellationToken);
        }

        var markers = new HashSet<int>();
        if (tables.ContainsKey("markers"))
        {
            Read(connection.Handle!, "SELECT id FROM markers", row => markers.Add(raw.sqlite3_column_int(row, 0)));
        }

        return new DatabaseSnapshot(tables, markers, bytes);
    }

    private static TableContent ReadTable(sqlite3 database, string table, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var rows = 0L;
        Read(database, $"SELECT * FROM \"{table.Replace("\"", "\"\"", StringComparison.Ordinal)}\" ORDER BY rowid", row =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            rows++;
            var columns = raw.sqlite3_column_count(row);
            for (var column = 0; column < columns; column++)
            {
                Append(hash, row, column);
            }
        });
        return new TableContent(rows, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Type, length and value, so that no two different rows give the same bytes.</summary>
    private static void Append(IncrementalHash hash, sqlite3_stmt row, int column)
    {
        Span<byte> head = stackalloc byte[9];
        var type = raw.sqlite3_column_type(row, column);
        head[0] = (byte)type;
        ReadOnlySpan<byte> value = [];
        switch (type)
        {
            case raw.SQLITE_INTEGER:
                BinaryPrimitives.WriteInt64LittleEndian(head[1..], raw.sqlite3_column_int64(row, column));
                break;
            case raw.SQLITE_FLOAT:
                BinaryPrimitives.WriteDoubleLittleEndian(head[1..], raw.sqlite3_column_double(row, column));
                break;
            case raw.SQLITE_TEXT or raw.SQLITE_BLOB:
                value = raw.sqlite3_column_blob(row, column);
                BinaryPrimitives.WriteInt64LittleEndian(head[1..], value.Length);
                break;
        }

        hash.AppendData(head);
        hash.AppendData(value);
    }

    private static void Read(sqlite3 database, string sql, Action<sqlite3_stmt> row)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(database, sql, out var statement), database);
        using (statement)
        {
            int result;
            while ((result = raw.sqlite3_step(statement)) == raw.SQLITE_ROW)
            {
                row(statement);
            }

            SqliteException.ThrowExceptionForRC(result, database);
        }
    }
}

/// <summary>What a table holds.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Sha256">Hash of all values in order.</param>
internal readonly record struct TableContent(long Rows, string Sha256);
