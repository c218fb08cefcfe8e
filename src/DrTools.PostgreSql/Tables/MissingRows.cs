using DrTools.PostgreSql.Connections;
using Npgsql;

namespace DrTools.PostgreSql.Tables;

/// <summary>
/// Puts rows back into live tables where their primary key is missing, in one transaction. Rows that are there stay as they
/// are; triggers and foreign keys of the live tables act as on any insertion.
/// </summary>
internal sealed class MissingRows(NpgsqlConnection source, NpgsqlConnection target, ServerAddress address, TableRestoreOptions options, IProgress<TableProgress>? progress, CancellationToken cancellationToken)
{
    /// <summary>Puts rows back.</summary>
    /// <param name="tables">The tables as they were.</param>
    public async Task<IReadOnlyList<RestoredTable>> RunAsync(IReadOnlyList<TableDefinition> tables)
    {
        await ExecuteAsync(TableCatalog.SessionSettings).ConfigureAwait(false);
        var transaction = await target.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            try
            {
                // Keys between the tables hold at the end, where they can be deferred.
                await ExecuteAsync("set constraints all deferred").ConfigureAwait(false);
                var restored = new List<RestoredTable>();
                for (var i = 0; i < tables.Count; i++)
                {
                    restored.Add(await InsertAsync(tables[i], i).ConfigureAwait(false));
                }

                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return restored;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                throw new DrException(
                    DrError.TargetFailure,
                    $"The rows could not be put back, and nothing was changed: {e.MessageText}. {e.Detail}",
                    "Name the table that holds the missing rows too, before the ones that refer to it.",
                    e)
                { Subject = address.SourceName };
            }
            catch (NpgsqlException e)
            {
                throw ServerConnection.Failed(address, "The rows could not be put back, and nothing was changed", e);
            }
        }
    }

    private async Task<RestoredTable> InsertAsync(TableDefinition table, int number)
    {
        var live = await new TableCatalog(target, cancellationToken).FindAsync(table.Name).ConfigureAwait(false) ?? throw new DrException(
            DrError.TargetFailure,
            $"There is no table {table.Name} in {target.Database} to put rows back into.",
            "Bring back the table under its own name instead (an empty ending).")
        { Subject = table.Name.ToString() };
        if (!live.Constraints.Any(c => c.Kind == "p"))
        {
            throw new DrException(
                DrError.BadUsage,
                $"{table.Name} has no primary key, so which rows are missing cannot be told.",
                "Bring back the table under a new name, and compare by hand.")
            { Subject = table.Name.ToString() };
        }

        var present = live.Columns.Where(c => c.Generated.Length == 0).Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        var kept = table with { Columns = [.. table.Columns.Where(c => c.Generated.Length == 0 && present.Contains(c.Name))] };
        var columns = kept.ColumnList;
        var stage = $"pg_temp.drtools_rows_{number}";
        await ExecuteAsync($"create temporary table drtools_rows_{number} on commit drop as select {columns} from {table.Name.Sql} with no data").ConfigureAwait(false);
        var bytes = await RowStream.CopyAsync(
            source,
            $"copy ({TableCopy.RowsOf(kept, options.Where)}) to stdout",
            target,
            $"copy {stage} ({columns}) from stdin",
            b => progress?.Report(new TableProgress("copy", table.Name.ToString(), b)),
            cancellationToken).ConfigureAwait(false);
        using var count = new NpgsqlCommand($"select count(*) from {stage}", target);
        var rows = (long)(await count.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        var key = live.Constraints.First(c => c.Kind == "p").Name;
        var inserted = await ExecuteAsync(
            $"insert into {table.Name.Sql} ({columns}) overriding system value select {columns} from {stage} on conflict on constraint {QualifiedName.Quote(key)} do nothing").ConfigureAwait(false);
        return new RestoredTable
        {
            Table = table.Name.ToString(),
            Target = table.Name.ToString(),
            Rows = inserted,
            PresentRows = rows - inserted,
            Bytes = bytes,
            LeftOut = [.. table.Columns.Where(c => c.Generated.Length == 0 && !present.Contains(c.Name)).Select(c => new LeftOut($"column {c.Name}", "The live table does not have it any more."))],
        };
    }

    private async Task<int> ExecuteAsync(string statement)
    {
        using var command = new NpgsqlCommand(statement, target);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
