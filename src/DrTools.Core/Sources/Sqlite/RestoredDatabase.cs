using Microsoft.Data.Sqlite;

namespace DrTools.Sources.Sqlite;

/// <summary>Checks a restored database against what was recorded when it was backed up.</summary>
internal sealed class RestoredDatabase(string path, SourceFacts facts, TimeProvider time)
{
    private readonly List<SourceCheck> _checks = [];

    public IReadOnlyList<SourceCheck> Check(CancellationToken cancellationToken)
    {
        Run("file", CheckFile);
        if (!_checks[^1].Passed)
        {
            return _checks;
        }

        Run("side files", CheckSideFiles);
        using var database = new CopiedDatabase(path, cancellationToken);
        Run(DatabaseFacts.IntegrityCheck, () =>
        {
            var verdict = IntegrityVerdict.Of(database);
            return (verdict.IsWhole, verdict.Text);
        });
        Run(DatabaseFacts.ForeignKeyCheck, () => Compare(
            DatabaseFacts.ForeignKeyCheck, database.CheckForeignKeys(), "violations"));
        Run("schema", () => Compare(DatabaseFacts.SchemaHash, database.HashSchema(), "SHA-256 of the schema"));
        CheckTables(database);
        return _checks;
    }

    private (bool Passed, string Detail) CheckFile()
        => new FileInfo(path) is { Exists: true } file ? (true, $"{file.Name}, {Figures.Bytes(file.Length)}") : (false, $"{path} is missing");

    /// <summary>SQLite would apply a <c>-wal</c> or <c>-journal</c> file to the database beside which it lies, whatever
    /// database it once belonged to.</summary>
    private (bool Passed, string Detail) CheckSideFiles()
    {
        foreach (var suffix in (string[])["-wal", "-journal"])
        {
            if (new FileInfo(path + suffix) is { Exists: true, Length: > 0 })
            {
                return (false, $"{path + suffix} belongs to another state of the database, and SQLite would apply it to "
                    + "the restored one: remove it before anything opens the database");
            }
        }

        return (true, "none");
    }

    private (bool Passed, string Detail) Compare(string fact, string actual, string what)
        => !facts.Details.TryGetValue(fact, out var expected) ? (false, $"{what}: {actual}; nothing was recorded to compare it with")
            : expected == actual ? (true, $"{what}: {actual}, as backed up")
            : (false, $"{what}: {actual}, but {expected} when it was backed up");

    private void CheckTables(CopiedDatabase database)
    {
        var present = new HashSet<string>(StringComparer.Ordinal);
        Run("tables", () =>
        {
            present.UnionWith(database.ListTables());
            var extra = present.Except(facts.Tables.Select(table => table.Table)).Order(StringComparer.Ordinal).ToList();
            return extra.Count > 0
                ? (false, $"not there (or not readable) when it was backed up: {string.Join(", ", extra)}")
                : (true, $"{present.Count} tables, all of them as backed up");
        });
        foreach (var (table, rows) in facts.Tables)
        {
            Run($"rows of {table}", () =>
            {
                if (!present.Contains(table))
                {
                    return (false, $"{table}: the table is missing; it had {rows} rows when it was backed up");
                }

                var actual = database.CountRows(table);
                return actual == rows
                    ? (true, $"{table}: {rows} rows, as backed up")
                    : (false, $"{table}: {actual} rows, but {rows} when it was backed up");
            });
        }
    }

    private void Run(string name, Func<(bool Passed, string Detail)> check)
    {
        var start = time.GetTimestamp();
        bool passed;
        string detail;
        try
        {
            (passed, detail) = check();
        }
        catch (SqliteException failure)
        {
            (passed, detail) = (false, $"could not run: {failure.Message}");
        }

        _checks.Add(new SourceCheck(name, passed, detail, time.GetElapsedTime(start)));
    }
}
