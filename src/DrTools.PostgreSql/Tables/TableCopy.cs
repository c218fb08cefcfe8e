using DrTools.PostgreSql.Connections;
using Npgsql;

namespace DrTools.PostgreSql.Tables;

/// <summary>
/// Copies tables from one server to another under new names, in one transaction of the target: either all of it is there
/// afterwards, or nothing. What a copy can do without (a constraint on something that the target does not have) is tried
/// under a savepoint and reported.
/// </summary>
internal sealed class TableCopy(NpgsqlConnection source, NpgsqlConnection target, ServerAddress address, TableRestoreOptions options, IProgress<TableProgress>? progress, CancellationToken cancellationToken)
{
    private readonly Dictionary<QualifiedName, List<string>> _indexes = [];
    private readonly Dictionary<QualifiedName, List<string>> _constraints = [];

    /// <summary>Copies.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="copies">The names of the copies.</param>
    /// <exception cref="DrException"><see cref="DrError.TargetNotEmpty"/> when a name is taken; what the servers say.</exception>
    public async Task<IReadOnlyList<RestoredTable>> RunAsync(IReadOnlyList<TableDefinition> tables, IReadOnlyDictionary<QualifiedName, QualifiedName> copies)
    {
        await ExecuteAsync(TableCatalog.SessionSettings).ConfigureAwait(false);
        var transaction = await target.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var plans = await PlanAsync(tables, copies).ConfigureAwait(false);
            var restored = new List<RestoredTable>();
            foreach (var plan in plans)
            {
                restored.Add(await FillAsync(plan).ConfigureAwait(false));
            }

            foreach (var plan in plans)
            {
                await RunAsync(plan, plan.ForeignKeys).ConfigureAwait(false);
                await RunAsync(plan, Owner(plan)).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return
            [
                .. restored.Zip(plans, (r, p) => r with
                {
                    Indexes = _indexes.GetValueOrDefault(p.Copy) ?? [],
                    Constraints = _constraints.GetValueOrDefault(p.Copy) ?? [],
                    Sequences = p.Sequences,
                    LeftOut = [.. p.Table.NotCopied, .. p.LeftOut],
                }),
            ];
        }
    }

    /// <summary>The statement that gives the rows to be copied.</summary>
    public static string RowsOf(TableDefinition table, string? where) =>
        $"select {table.ColumnList} from {(table.IsPartitioned ? string.Empty : "only ")}{table.Name.Sql}{(where is null ? string.Empty : $" where ({where}\n)")}";

    private static IEnumerable<CopyStep> Owner(CopyPlan plan) =>
        [new CopyStep(CopyStepKind.Owner, $"owner {plan.Table.Owner}", $"alter table {plan.Copy.Sql} owner to {QualifiedName.Quote(plan.Table.Owner)}", true)];

    private async Task<List<CopyPlan>> PlanAsync(IReadOnlyList<TableDefinition> tables, IReadOnlyDictionary<QualifiedName, QualifiedName> copies)
    {
        var taken = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var schema in copies.Values.Select(c => c.Schema).Distinct(StringComparer.Ordinal))
        {
            await ExecuteAsync($"create schema if not exists {QualifiedName.Quote(schema)}").ConfigureAwait(false);
            taken.Add(schema, await RelationsAsync(schema).ConfigureAwait(false));
        }

        foreach (var copy in copies.Values)
        {
            if (!taken[copy.Schema].Add(copy.Name))
            {
                throw new DrException(
                    DrError.TargetNotEmpty,
                    $"{copy} exists already in {target.Database}.",
                    "Name another ending, schema or name; a restore never overwrites a table.")
                { Subject = copy.ToString() };
            }
        }

        return [.. tables.Select(t => new CopyPlan(t, copies[t.Name], taken[copies[t.Name].Schema], copies, options.ForeignKeys))];
    }

    private async Task<RestoredTable> FillAsync(CopyPlan plan)
    {
        progress?.Report(new TableProgress("create", plan.Copy.ToString(), 0));
        await RunAsync(plan, plan.Create).ConfigureAwait(false);
        var rows = RowsOf(plan.Table, options.Where);
        long bytes = 0;
        if (plan.Table.Columns.Count > 0)
        {
            bytes = await GuardAsync(
                $"The rows of {plan.Table.Name} could not be copied",
                () => RowStream.CopyAsync(
                    source,
                    $"copy ({rows}) to stdout",
                    target,
                    $"copy {plan.Copy.Sql} ({plan.Table.ColumnList}) from stdin",
                    b => progress?.Report(new TableProgress("copy", plan.Copy.ToString(), b)),
                    cancellationToken)).ConfigureAwait(false);
        }

        progress?.Report(new TableProgress("index", plan.Copy.ToString(), bytes));
        await RunAsync(plan, plan.Constraints).ConfigureAwait(false);
        await ExecuteAsync($"analyze {plan.Copy.Sql}").ConfigureAwait(false);
        var there = await CountAsync(source, $"select count(*) from ({rows}) r").ConfigureAwait(false);
        var here = await CountAsync(target, $"select count(*) from {plan.Copy.Sql}").ConfigureAwait(false);
        return there == here
            ? new RestoredTable { Table = plan.Table.Name.ToString(), Target = plan.Copy.ToString(), Rows = here, Bytes = bytes }
            : throw new DrException(DrError.RestoreMismatch, $"{plan.Copy} has {Figures.Count(here, "row")}, and {plan.Table.Name} had {Figures.Count(there)}.", "Run it again; nothing was changed.") { Subject = plan.Copy.ToString() };
    }

    private async Task RunAsync(CopyPlan plan, IEnumerable<CopyStep> steps)
    {
        foreach (var step in steps)
        {
            if (!step.IsOptional)
            {
                await GuardAsync($"The {step.What} could not be made", async () => await ExecuteAsync(step.Statement).ConfigureAwait(false)).ConfigureAwait(false);
            }
            else if (await TryAsync(step.Statement).ConfigureAwait(false) is { } why)
            {
                plan.LeftOut.Add(new LeftOut(step.What, why));
                continue;
            }

            if (step.Kind is CopyStepKind.Index or CopyStepKind.Constraint)
            {
                var list = step.Kind == CopyStepKind.Index ? _indexes : _constraints;
                (list.TryGetValue(plan.Copy, out var names) ? names : list[plan.Copy] = []).Add(step.What[(step.What.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            }
        }
    }

    /// <returns>Why it failed, in the server's words; <see langword="null"/> when it did not.</returns>
    private async Task<string?> TryAsync(string statement)
    {
        await ExecuteAsync("savepoint step").ConfigureAwait(false);
        try
        {
            await ExecuteAsync(statement).ConfigureAwait(false);
            await ExecuteAsync("release savepoint step").ConfigureAwait(false);
            return null;
        }
        catch (PostgresException e) when (!e.SqlState.StartsWith("53", StringComparison.Ordinal) && !e.SqlState.StartsWith("57", StringComparison.Ordinal))
        {
            // Classes 53 and 57, a full disk or a server that stops, are failures of the whole.
            await ExecuteAsync("rollback to savepoint step").ConfigureAwait(false);
            return $"{char.ToUpperInvariant(e.MessageText[0])}{e.MessageText[1..]}.";
        }
    }

    private async Task<HashSet<string>> RelationsAsync(string schema)
    {
        using var command = new NpgsqlCommand("select array(select relname::text from pg_class where relnamespace = (select oid from pg_namespace where nspname = $1))", target)
        {
            Parameters = { new NpgsqlParameter { Value = schema } },
        };
        return ((string[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!).ToHashSet(StringComparer.Ordinal);
    }

    private async Task<long> CountAsync(NpgsqlConnection connection, string query)
    {
        using var command = new NpgsqlCommand(query, connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<int> ExecuteAsync(string statement)
    {
        using var command = new NpgsqlCommand(statement, target);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> GuardAsync<T>(string what, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new DrException(DrError.TargetFailure, $"{what}: {e.MessageText}. Nothing was changed.", "Make what is missing in the target first, or restore into another database.", e) { Subject = address.SourceName };
        }
        catch (NpgsqlException e)
        {
            throw ServerConnection.Failed(address, $"{what}, and nothing was changed", e);
        }
    }
}
