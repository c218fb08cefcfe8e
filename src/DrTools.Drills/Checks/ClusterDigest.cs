using System.Globalization;
using DrTools.PostgreSql.Scratch;
using Npgsql;

namespace DrTools.Drills.Checks;

/// <summary>What the databases of a cluster hold, by a query of each table: it owes nothing to the engine that restored it.</summary>
internal sealed class ClusterDigest
{
    private const int NamedViolations = 20;

    private const string TablesQuery = """
        select format('%I.%I', n.nspname, c.relname), c.oid::regclass::text, pg_relation_filepath(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\_toast%'
        order by 1
        """;

    /// <summary>For each foreign key a query of the rows that refer to none (MATCH SIMPLE: a null refers to nothing).</summary>
    private const string ForeignKeysQuery = """
        select c.conname::text, c.conrelid::regclass::text, c.confrelid::regclass::text,
               format('select count(*) from %s as child where %s and not exists (select from %s as parent where %s)', c.conrelid::regclass,
                      string_agg(format('child.%I is not null', a.attname), ' and '), c.confrelid::regclass, string_agg(format('parent.%I = child.%I', f.attname, a.attname), ' and '))
        from pg_constraint c
        cross join lateral unnest(c.conkey, c.confkey) as k(child, parent)
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.child
        join pg_attribute f on f.attrelid = c.confrelid and f.attnum = k.parent
        where c.contype = 'f' and c.convalidated
        group by c.oid, c.conname, c.conrelid, c.confrelid order by 1
        """;

    /// <summary>Tables by database and name.</summary>
    public SortedDictionary<string, ClusterTable> Tables { get; } = new(StringComparer.Ordinal);

    /// <summary>Foreign keys that lead nowhere.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>Number of foreign keys that were looked at.</summary>
    public int ForeignKeys { get; private set; }

    /// <exception cref="NpgsqlException">A table cannot be read.</exception>
    public static async Task<ClusterDigest> ReadAsync(ScratchInstance server, CancellationToken cancellationToken)
    {
        var digest = new ClusterDigest();
        foreach (var database in await DatabasesAsync(server, cancellationToken).ConfigureAwait(false))
        {
            var connection = await server.OpenAsync(database, readOnly: true, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await digest.ReadAsync(connection, database, cancellationToken).ConfigureAwait(false);
            }
        }

        return digest;
    }

    public static async Task<List<string>> DatabasesAsync(ScratchInstance server, CancellationToken cancellationToken)
    {
        var connection = await server.OpenAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return [.. (await RowsAsync(connection, "select datname::text from pg_database where datallowconn and not datistemplate order by 1", cancellationToken).ConfigureAwait(false)).Select(r => (string)r[0])];
        }
    }

    public static async Task<List<object[]>> RowsAsync(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(query, connection) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<object[]>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var row = new object[reader.FieldCount];
                    reader.GetValues(row);
                    rows.Add(row);
                }

                return rows;
            }
        }
    }

    private async Task ReadAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        foreach (var table in await RowsAsync(connection, TablesQuery, cancellationToken).ConfigureAwait(false))
        {
            // A sum of hashes: of the same rows in any order the same.
            var row = (await RowsAsync(connection, $"select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text from only {table[0]} as t", cancellationToken).ConfigureAwait(false))[0];
            Tables[$"{database}: {table[0]}"] = new ClusterTable(database, (string)table[0], (long)row[0], (string)row[1], (string)table[2]);
        }

        foreach (var key in await RowsAsync(connection, ForeignKeysQuery, cancellationToken).ConfigureAwait(false))
        {
            ForeignKeys++;
            var count = (long)(await RowsAsync(connection, (string)key[3], cancellationToken).ConfigureAwait(false))[0][0];
            if (count > 0 && Violations.Count < NamedViolations)
            {
                Violations.Add(string.Create(CultureInfo.InvariantCulture, $"{database}: {Figures.Count(count, "row")} of {key[1]} refer to no row of {key[2]} ({key[0]})"));
            }
        }
    }
}

/// <summary>What a table of a cluster holds.</summary>
/// <param name="Database">Its database.</param>
/// <param name="Name">Its name, quoted as SQL wants it, with its schema.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Hash">Sum of the hashes of its rows.</param>
/// <param name="Path">Path of its first file in the data directory.</param>
internal sealed record ClusterTable(string Database, string Name, long Rows, string Hash, string Path);
