using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Tables;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Logical;

/// <summary>The database that dumps are loaded into.</summary>
internal sealed class TargetDatabase(ServerAddress address, string? password, string name)
{
    /// <summary>Whether anything of a user's lies in it.</summary>
    private const string EmptyQuery = """
        select not exists (
          select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
            and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))
        and not exists (
          select from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
          where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
            and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
        and not exists (select from pg_catalog.pg_namespace n where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public'))
        """;

    public string Name => name;

    /// <summary>Whether this made it, and so may drop it.</summary>
    public bool Created { get; private set; }

    /// <summary>Makes it where it is missing.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetNotEmpty"/>.</exception>
    public async Task PrepareAsync(DatabaseDefinition? definition, bool withOwner, CancellationToken cancellationToken)
    {
        var exists = await QueryAsync("postgres", $"select exists (select from pg_catalog.pg_database where datname = {QualifiedName.Literal(name)})", cancellationToken).ConfigureAwait(false) is true;
        if (exists)
        {
            if (await QueryAsync(name, EmptyQuery, cancellationToken).ConfigureAwait(false) is not true)
            {
                throw new DrException(
                    DrError.TargetNotEmpty,
                    $"The database {name} at {address.SourceName} exists and is not empty.",
                    "Name a new database; it is made. A restore never overwrites a database.")
                { Subject = address.SourceName };
            }

            return;
        }

        await ExecuteAsync("postgres", [definition?.CreateStatement(name) ?? $"create database {QualifiedName.Quote(name)} template template0"], cancellationToken).ConfigureAwait(false);
        Created = true;
        if (definition is not null)
        {
            await ExecuteAsync("postgres", definition.SettingStatements(name), cancellationToken).ConfigureAwait(false);
            if (withOwner)
            {
                await ExecuteAsync("postgres", [$"alter database {QualifiedName.Quote(name)} owner to {QualifiedName.Quote(definition.Owner)}"], cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Removes it again after a failure, if it was made here.</summary>
    public async Task AbandonAsync()
    {
        if (Created)
        {
            await ExecuteAsync("postgres", [$"drop database {QualifiedName.Quote(name)}"], CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the roles of a script that the server does not have.</summary>
    /// <returns>Those that were made.</returns>
    public async Task<IReadOnlyList<string>> MakeRolesAsync(RoleScript script, CancellationToken cancellationToken)
    {
        var present = (string[])(await QueryAsync("postgres", "select array(select rolname::text from pg_catalog.pg_roles)", cancellationToken).ConfigureAwait(false))!;
        var missing = script.Roles.Except(present, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        await ExecuteAsync("postgres", script.Make(missing), cancellationToken).ConfigureAwait(false);
        return [.. missing.Order(StringComparer.Ordinal)];
    }

    /// <summary>Tables with all their partitions; those that do not exist are left out.</summary>
    public async Task<IReadOnlyList<QualifiedName>> ListPartitionsAsync(IReadOnlyList<QualifiedName> tables, CancellationToken cancellationToken)
    {
        var found = new List<QualifiedName>();
        foreach (var table in tables)
        {
            var names = (string[]?)await QueryAsync(
                name,
                $"""
                select array_agg(x order by i) from (
                  select n.nspname::text || e'\n' || c.relname as x, row_number() over () as i
                  from (select relid from pg_partition_tree(to_regclass({QualifiedName.Literal(table.Sql)})) union select to_regclass({QualifiedName.Literal(table.Sql)})) t
                  join pg_catalog.pg_class c on c.oid = t.relid join pg_catalog.pg_namespace n on n.oid = c.relnamespace) p
                """,
                cancellationToken).ConfigureAwait(false);
            found.AddRange((names ?? []).Select(x => x.Split('\n')).Select(x => new QualifiedName(x[0], x[1])));
        }

        return found;
    }

    /// <summary>Runs statements, each in a transaction of its own.</summary>
    public async Task ExecuteAsync(string database, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(address, password, database, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (var statement in statements)
            {
                try
                {
                    using var command = new NpgsqlCommand(statement, connection);
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (NpgsqlException e)
                {
                    throw ServerConnection.Failed(address, $"The database {name} could not be restored", e);
                }
            }
        }
    }

    /// <summary>Counts tables and compares them with what a backup counted.</summary>
    /// <param name="tables">Names as <see cref="QualifiedName"/> writes them.</param>
    /// <param name="time">Measures each count.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<(IReadOnlyList<SourceCheck> Checks, long Rows)> CheckRowsAsync(IEnumerable<TableRows> tables, TimeProvider time, CancellationToken cancellationToken)
    {
        var checks = new List<SourceCheck>();
        long rows = 0;
        var connection = await ServerConnection.OpenAsync(address, password, name, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (var (table, expected) in tables)
            {
                var start = time.GetTimestamp();
                bool passed;
                string detail;
                try
                {
                    using var command = new NpgsqlCommand($"select count(*) from only {QualifiedName.Parse(table).Sql}", connection);
                    var actual = (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
                    rows += actual;
                    passed = actual == expected;
                    detail = passed
                        ? $"{table}: {Figures.Count(actual, "row")}, as backed up"
                        : $"{table}: {Figures.Count(actual, "row")}, but {Figures.Count(expected)} when it was backed up";
                }
                catch (PostgresException e)
                {
                    (passed, detail) = (false, $"{table} could not be counted: {e.MessageText}");
                }

                checks.Add(new SourceCheck($"rows of {table}", passed, detail, time.GetElapsedTime(start)));
            }
        }

        return (checks, rows);
    }

    private async Task<object?> QueryAsync(string database, string query, CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(address, password, database, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                using var command = new NpgsqlCommand(query, connection);
                return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is { } value and not DBNull ? value : null;
            }
            catch (NpgsqlException e)
            {
                throw ServerConnection.Failed(address, $"The database {name} could not be looked at", e);
            }
        }
    }
}
