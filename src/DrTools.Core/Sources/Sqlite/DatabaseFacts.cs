using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrTools.Sources.Sqlite;

/// <summary>
/// What is recorded of a copy, and compared with a restored one. The names of the details are part of the manifest's
/// format.
/// </summary>
internal static class DatabaseFacts
{
    public const string IntegrityCheck = "integrity_check";
    public const string ForeignKeyCheck = "foreign_key_check";
    public const string SchemaHash = "schema_sha256";

    /// <summary>Reads them, and reports what is wrong with the copy.</summary>
    public static SourceFacts Read(string copy, CopyOutcome outcome, string name, Action<EntryIssue> report, CancellationToken cancellationToken)
    {
        var header = DatabaseHeader.Read(copy);
        using var database = new CopiedDatabase(copy, cancellationToken);
        var integrity = IntegrityVerdict.Of(database);
        if (!integrity.IsWhole)
        {
            report(integrity.IsDamaged
                ? new EntryIssue(name, $"The database is damaged: {integrity.Text}", IsLoss: true)
                : new EntryIssue(name, $"Whether the database is whole is unknown; its integrity check {integrity.Text}", IsLoss: false));
        }

        return new SourceFacts
        {
            Engine = $"SQLite {raw.sqlite3_libversion().utf8_to_string()}",
            Tables = CountTables(database, name, report),
            Details = new Dictionary<string, string>
            {
                ["page_size"] = Text(header.PageSize),
                ["page_count"] = Text(new FileInfo(copy).Length / header.PageSize),
                ["journal_mode"] = header.IsWal ? "wal" : "delete",
                ["encoding"] = header.Encoding,
                ["user_version"] = Text(header.UserVersion),
                ["application_id"] = Text(header.ApplicationId),
                ["copy_method"] = outcome.Method,
                ["copy_restarts"] = Text(outcome.Restarts),
                [IntegrityCheck] = integrity.Text,
                [ForeignKeyCheck] = OrFailure(database.CheckForeignKeys),
                [SchemaHash] = OrFailure(database.HashSchema),
            },
        };
    }

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string OrFailure(Func<string> ask)
    {
        try
        {
            return ask();
        }
        catch (SqliteException failure)
        {
            return "could not run: " + failure.Message;
        }
    }

    private static List<TableRows> CountTables(CopiedDatabase database, string name, Action<EntryIssue> report)
    {
        var counted = new List<TableRows>();
        var tables = new List<string>();
        try
        {
            tables = database.ListTables();
        }
        catch (SqliteException failure)
        {
            report(new EntryIssue(name, $"The tables cannot be listed: {failure.Message}", IsLoss: true));
        }

        foreach (var table in tables)
        {
            try
            {
                counted.Add(new TableRows(table, database.CountRows(table)));
            }
            catch (SqliteException failure)
            {
                // SQLITE_ERROR: something of the application's own is missing here, not in the database.
                report(new EntryIssue(
                    name,
                    $"The rows of table {table} cannot be counted: {failure.Message}",
                    IsLoss: failure.SqliteErrorCode != raw.SQLITE_ERROR));
            }
        }

        return counted;
    }
}
