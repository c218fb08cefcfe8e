using System.Text;

namespace DrTools.PostgreSql.Logical;

/// <summary>
/// Where the entries of a logical backup lie: <c>globals.sql</c>; <c>DATABASE.dump</c> for a whole database;
/// <c>DATABASE/schemas/SCHEMA.dump</c> for each chosen schema; <c>DATABASE/tables.dump</c> for the chosen tables together.
/// Names are percent-encoded.
/// </summary>
internal static class LogicalEntries
{
    public const string Globals = "globals.sql";

    private const string Ending = ".dump";

    public static string Whole(string database) => Escape(database) + Ending;

    public static string Folder(string database) => Escape(database);

    public static string SchemasFolder(string database) => $"{Escape(database)}/schemas";

    public static string Schema(string database, string schema) => $"{SchemasFolder(database)}/{Escape(schema)}{Ending}";

    public static string Tables(string database) => $"{Escape(database)}/tables{Ending}";

    /// <summary>The database that an entry is of.</summary>
    /// <returns><see langword="null"/> for what is no dump.</returns>
    public static string? DatabaseOf(string path)
    {
        if (!path.EndsWith(Ending, StringComparison.Ordinal))
        {
            return null;
        }

        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return Uri.UnescapeDataString(slash < 0 ? path[..^Ending.Length] : path[..slash]);
    }

    /// <summary>The schema that an entry is of.</summary>
    /// <returns><see langword="null"/> unless it is that of one schema.</returns>
    public static string? SchemaOf(string path) =>
        path.Split('/') is [_, "schemas", var file] && file.EndsWith(Ending, StringComparison.Ordinal) ? Uri.UnescapeDataString(file[..^Ending.Length]) : null;

    /// <summary>The path as the bytes that manifests hold.</summary>
    public static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path);

    /// <summary>Dots at the start are encoded too: a folder must not be called <c>..</c>, nor a file be hidden.</summary>
    private static string Escape(string name)
    {
        var escaped = Uri.EscapeDataString(name);
        return escaped.StartsWith('.') ? "%2E" + escaped[1..] : escaped;
    }
}
