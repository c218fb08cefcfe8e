using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrTools.Sources.Sqlite;

/// <summary>
/// A private copy of a database that nobody writes to, and what can be asked of it. Every question may throw
/// <see cref="SqliteException"/>.
/// </summary>
internal sealed partial class CopiedDatabase : IDisposable
{
    // A virtual table keeps its content in ordinary tables named after it, of which SQLite 3.35 does not say that they
    // are its own: fts5, fts3 and fts4, rtree and geopoly.
    private static readonly string[] ShadowSuffixes =
    [
        "_config", "_content", "_data", "_docsize", "_idx", "_segdir", "_segments", "_stat", "_node", "_parent", "_rowid",
    ];

    private readonly SqliteConnection _connection;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _interruption;

    public CopiedDatabase(string path, CancellationToken cancellationToken)
    {
        _connection = Connections.Immutable(path);
        _cancellation = cancellationToken;
        var handle = _connection.Handle!;
        _interruption = cancellationToken.Register(() => raw.sqlite3_interrupt(handle));
        try
        {
            StandInForCollations();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Collations of the application's own, which are unknown here. Others stand in for them, so that SQLite
    /// opens the indexes they order; but it cannot tell any more whether these are in order.</summary>
    public HashSet<string> UnknownCollations { get; } = [];

    /// <summary>The problems that SQLite finds; a single <c>ok</c> for none.</summary>
    public List<string> CheckIntegrity() => Query("PRAGMA integrity_check", row => row.GetString(0));

    /// <summary>The same without comparing indexes with their tables.</summary>
    public List<string> CheckQuickly() => Query("PRAGMA quick_check", row => row.GetString(0));

    /// <summary>How many rows refer to a row that is not there; or what is wrong with the declaration of a key, which is
    /// a property of the schema and the same in every copy.</summary>
    public string CheckForeignKeys()
    {
        try
        {
            return DatabaseFacts.Text(Query("SELECT count(*) FROM pragma_foreign_key_check", row => row.GetInt64(0))[0]);
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == raw.SQLITE_ERROR)
        {
            return failure.Message;
        }
    }

    /// <summary>Ordinary tables in ordinal order: no virtual ones, nor those that belong to one or to SQLite.</summary>
    public List<string> ListTables()
    {
        var all = Query(
            @"SELECT name, coalesce(rootpage, 0) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'",
            row => (Name: row.GetString(0), IsVirtual: row.GetInt64(1) == 0));
        var shadows = all.Where(table => table.IsVirtual)
            .SelectMany(table => ShadowSuffixes, (table, suffix) => table.Name + suffix)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. all.Where(table => !table.IsVirtual && !shadows.Contains(table.Name))
            .Select(table => table.Name)
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>The rows of a table.</summary>
    public long CountRows(string table)
        => Query($"SELECT count(*) FROM \"{table.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", row => row.GetInt64(0))[0];

    /// <summary>SHA-256 of the statements that make the schema, in ordinal order, a zero byte after each.</summary>
    public string HashSchema()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var sql in Query("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL", row => row.GetString(0)).Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(sql));
            hash.AppendData([0]);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        _interruption.Dispose();
        _connection.Dispose();
    }

    [GeneratedRegex(@"no such collation sequence: (?<name>.+)'\.$", RegexOptions.Singleline)]
    private static partial Regex NoSuchCollation();

    /// <summary>Whoever compiles an integrity check needs the collations of all indexes; SQLite names one at a time.</summary>
    private void StandInForCollations()
    {
        var name = "";
        do
        {
            try
            {
                _ = Query("EXPLAIN PRAGMA integrity_check", _ => 0);
                name = "";
            }
            catch (SqliteException failure)
            {
                // Any other failure will be met, and told, by the check itself.
                name = NoSuchCollation().Match(failure.Message).Groups["name"].Value;
                if (name.Length > 0)
                {
                    _connection.CreateCollation(name, string.CompareOrdinal);
                }
            }
        }
        while (name.Length > 0 && UnknownCollations.Add(name));
    }

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        _cancellation.ThrowIfCancellationRequested();
        try
        {
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
            {
                rows.Add(read(reader));
            }

            // An interrupted integrity check ends early, and not always with an error.
            _cancellation.ThrowIfCancellationRequested();
            return rows;
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException(failure.Message, failure, _cancellation);
        }
    }
}
