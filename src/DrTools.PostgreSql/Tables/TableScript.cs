using System.Text;
using Npgsql;

namespace DrTools.PostgreSql.Tables;

/// <summary>Writes tables into a file: statements with the rows, for <c>psql</c>, or the rows of one table as CSV.</summary>
internal sealed class TableScript(NpgsqlConnection source, TableRestoreOptions options, IProgress<TableProgress>? progress, CancellationToken cancellationToken)
{
    /// <summary>Writes the file. It appears under its name when it is complete.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetNotEmpty"/> or <see cref="DrError.TargetFailure"/>.</exception>
    public async Task<IReadOnlyList<RestoredTable>> RunAsync(IReadOnlyList<TableDefinition> tables, IReadOnlyDictionary<QualifiedName, QualifiedName> copies)
    {
        var path = Path.GetFullPath(options.File!);
        if (File.Exists(path) || Directory.Exists(path))
        {
            throw new DrException(DrError.TargetNotEmpty, $"{path} exists already.", "Name another file.") { Subject = path };
        }

        var unfinished = path + ".drtools";
        try
        {
            IReadOnlyList<RestoredTable> restored;
            var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
            await using (file.ConfigureAwait(false))
            {
                restored = path.EndsWith(".csv", StringComparison.Ordinal)
                    ? [await WriteRowsAsync(tables[0], file, path).ConfigureAwait(false)]
                    : await WriteStatementsAsync(tables, copies, file, path).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path);
            return restored;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.TargetFailure, $"{path} cannot be written: {e.Message}", "Check the folder, its permissions and its free space.", e) { Subject = path };
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private async Task<RestoredTable> WriteRowsAsync(TableDefinition table, FileStream file, string path)
    {
        var rows = TableCopy.RowsOf(table, options.Where);
        var bytes = await RowStream.CopyOutAsync(source, $"copy ({rows}) to stdout with (format csv, header)", file, b => progress?.Report(new TableProgress("copy", path, b)), cancellationToken).ConfigureAwait(false);
        return new RestoredTable { Table = table.Name.ToString(), Target = path, Rows = await CountAsync(rows).ConfigureAwait(false), Bytes = bytes };
    }

    private async Task<IReadOnlyList<RestoredTable>> WriteStatementsAsync(IReadOnlyList<TableDefinition> tables, IReadOnlyDictionary<QualifiedName, QualifiedName> copies, FileStream file, string path)
    {
        var taken = copies.Values.GroupBy(c => c.Schema, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Select(c => c.Name).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        var plans = tables.Select(t => new CopyPlan(t, copies[t.Name], taken[copies[t.Name].Schema], copies, options.ForeignKeys)).ToList();
        await WriteAsync(file, "-- Tables restored by DrTools. Load with: psql --set ON_ERROR_STOP=1 --file THIS DATABASE\n\nbegin;\nset local client_encoding = 'UTF8';\nset local standard_conforming_strings = on;\nset local datestyle = 'ISO, YMD';\nset local search_path = pg_catalog;\n").ConfigureAwait(false);
        foreach (var schema in taken.Keys.Order(StringComparer.Ordinal))
        {
            await WriteAsync(file, $"create schema if not exists {QualifiedName.Quote(schema)};\n").ConfigureAwait(false);
        }

        var restored = new List<RestoredTable>();
        foreach (var plan in plans)
        {
            await WriteAsync(file, plan.Create).ConfigureAwait(false);
            var rows = TableCopy.RowsOf(plan.Table, options.Where);
            await WriteAsync(file, $"copy {plan.Copy.Sql} ({plan.Table.ColumnList}) from stdin;\n").ConfigureAwait(false);
            var bytes = await RowStream.CopyOutAsync(source, $"copy ({rows}) to stdout", file, b => progress?.Report(new TableProgress("copy", plan.Copy.ToString(), b)), cancellationToken).ConfigureAwait(false);
            await WriteAsync(file, "\\.\n").ConfigureAwait(false);
            await WriteAsync(file, plan.Constraints).ConfigureAwait(false);
            restored.Add(new RestoredTable
            {
                Table = plan.Table.Name.ToString(),
                Target = path,
                Rows = await CountAsync(rows).ConfigureAwait(false),
                Bytes = bytes,
                Indexes = Names(plan, CopyStepKind.Index),
                Constraints = Names(plan, CopyStepKind.Constraint),
                Sequences = plan.Sequences,
                LeftOut = [.. plan.Table.NotCopied, .. plan.LeftOut],
            });
        }

        foreach (var plan in plans)
        {
            await WriteAsync(file, plan.ForeignKeys).ConfigureAwait(false);
        }

        await WriteAsync(file, "commit;\n").ConfigureAwait(false);
        return restored;
    }

    private static List<string> Names(CopyPlan plan, CopyStepKind kind) =>
        [.. plan.Constraints.Concat(plan.ForeignKeys).Where(s => s.Kind == kind).Select(s => s.What[(s.What.IndexOf(' ', StringComparison.Ordinal) + 1)..])];

    private async Task WriteAsync(FileStream file, IEnumerable<CopyStep> steps)
    {
        foreach (var step in steps)
        {
            await WriteAsync(file, step.Statement + ";\n").ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(FileStream file, string text) =>
        await file.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);

    private async Task<long> CountAsync(string rows)
    {
        using var command = new NpgsqlCommand($"select count(*) from ({rows}) r", source);
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
