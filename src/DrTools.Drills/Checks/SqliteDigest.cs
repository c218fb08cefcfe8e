using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DrTools.Sources.Sqlite;
using Microsoft.Data.Sqlite;

namespace DrTools.Drills.Checks;

/// <summary>What a table holds.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Sha256">Hash of all values, in the order of a scan.</param>
internal readonly record struct TableDigest(long Rows, string Sha256);

/// <summary>What a database holds, by a query of each table: it owes nothing to the engine that restored it.</summary>
internal sealed class SqliteDigest
{
    private const int NamedViolations = 20;

    private SqliteDigest(SortedDictionary<string, TableDigest> tables) => Tables = tables;

    public SortedDictionary<string, TableDigest> Tables { get; }

    /// <exception cref="SqliteException">It cannot be read.</exception>
    public static SqliteDigest Read(string path, CancellationToken cancellationToken)
    {
        List<string> names;
        using (var copy = new CopiedDatabase(path, cancellationToken))
        {
            names = copy.ListTables();
        }

        var tables = new SortedDictionary<string, TableDigest>(StringComparer.Ordinal);
        using var connection = Connections.Immutable(path);
        foreach (var name in names)
        {
            tables[name] = ReadTable(connection, name, cancellationToken);
        }

        return new SqliteDigest(tables);
    }

    /// <summary>Rows that refer to rows which are not there.</summary>
    public static IReadOnlyList<string> ForeignKeyViolations(string path)
    {
        using var connection = Connections.Immutable(path);
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA foreign_key_check";
        using var reader = command.ExecuteReader();
        var violations = new List<string>();
        while (violations.Count < NamedViolations && reader.Read())
        {
            violations.Add(string.Create(CultureInfo.InvariantCulture, $"{reader.GetString(0)}{(reader.IsDBNull(1) ? string.Empty : $" row {reader.GetInt64(1)}")} refers to no row of {reader.GetString(2)}"));
        }

        return violations;
    }

    /// <summary>Whether a query returns a row, and true (not null and not 0) in the first column of each.</summary>
    public static (bool Passed, string Detail) Assert(string path, string query)
    {
        try
        {
            using var connection = Connections.ReadOnly(path);
            using var command = connection.CreateCommand();
            command.CommandText = query;
            using var reader = command.ExecuteReader();
            var rows = 0L;
            while (reader.Read())
            {
                rows++;
                if (reader.FieldCount == 0 || reader.IsDBNull(0) || reader.GetValue(0) is not long and not double || Convert.ToDouble(reader.GetValue(0), CultureInfo.InvariantCulture) == 0)
                {
                    return (false, $"returned {(reader.IsDBNull(0) ? "null" : reader.GetValue(0))} in row {rows}");
                }
            }

            return rows > 0 ? (true, rows == 1 ? "true" : $"true in {Figures.Count(rows, "row")}") : (false, "returned no row");
        }
        catch (SqliteException e)
        {
            return (false, $"could not run: {e.Message}");
        }
    }

    /// <summary>The numbers in the first column of a query.</summary>
    public static IEnumerable<int> ReadNumbers(string path, string query)
    {
        using var connection = Connections.Immutable(path);
        using var command = connection.CreateCommand();
        command.CommandText = query;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return reader.GetInt32(0);
        }
    }

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static TableDigest ReadTable(SqliteConnection connection, string table, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM {Quote(table)}";
        using var reader = command.ExecuteReader();
        var rows = 0L;
        while (reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            rows++;
            for (var column = 0; column < reader.FieldCount; column++)
            {
                Append(hash, reader.GetValue(column));
            }
        }

        return new TableDigest(rows, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Type, length and value, so that no two different rows give the same bytes.</summary>
    private static void Append(IncrementalHash hash, object value)
    {
        Span<byte> head = stackalloc byte[9];
        byte[] content = [];
        switch (value)
        {
            case long number:
                head[0] = 1;
                BinaryPrimitives.WriteInt64LittleEndian(head[1..], number);
                break;
            case double number:
                head[0] = 2;
                BinaryPrimitives.WriteDoubleLittleEndian(head[1..], number);
                break;
            case string text:
                head[0] = 3;
                content = Encoding.UTF8.GetBytes(text);
                BinaryPrimitives.WriteInt64LittleEndian(head[1..], content.Length);
                break;
            case byte[] blob:
                head[0] = 4;
                content = blob;
                BinaryPrimitives.WriteInt64LittleEndian(head[1..], content.Length);
                break;
        }

        hash.AppendData(head);
        hash.AppendData(content);
    }
}
