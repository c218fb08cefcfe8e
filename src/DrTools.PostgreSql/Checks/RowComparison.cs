using System.Diagnostics;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tables;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Checks;

/// <summary>
/// Compares the rows of a recovered cluster with those counted while it was backed up.
/// </summary>
/// <remarks>
/// The rule: counts must be equal, except where the copy itself shows that the table was written to after the count: one
/// of its pages, or its definition, was changed behind the position of the log at the count, or a transaction that was
/// running then has committed. A difference without such a trace means lost or invented rows, and fails. What is taken as
/// a trace is on the safe side of false alarms: vacuum and hint bits change pages too.
/// </remarks>
internal sealed class RowComparison(ScratchInstance scratch, SourceFacts facts, IReadOnlyDictionary<string, Lsn> newest)
{
    private const int Named = 10;

    /// <summary>A table's definition was changed after the snapshot ($1) when the transaction that wrote its row in
    /// pg_class is not in it; row versions have 32 of a transaction's 64 bits.</summary>
    private const string TablesQuery =
        """
        select n.nspname::text, c.relname::text, pg_relation_filepath(c.oid),
               not pg_visible_in_snapshot((case when x.guess > x.top + 2147483648 then x.guess - 4294967296 when x.guess < x.top - 2147483648 then x.guess + 4294967296 else x.guess end)::text::xid8, $1::pg_snapshot)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        cross join lateral (select (t.top & ~4294967295) | c.xmin::text::bigint as guess, t.top from (select pg_snapshot_xmax($1::pg_snapshot)::text::bigint as top) t) x
        where c.relkind in ('r', 'm') and c.relpersistence = 'p'
        """;

    private readonly List<SourceCheck> _checks = [];

    public async Task<IReadOnlyList<SourceCheck>> RunAsync(CancellationToken cancellationToken)
    {
        var counted = facts.Details.Where(d => d.Key.StartsWith(RowCounts.FactPrefix, StringComparison.Ordinal)).OrderBy(d => d.Key, StringComparer.Ordinal).ToList();
        if (counted.Count == 0)
        {
            return [new SourceCheck("rows", false, "could not run: no rows were counted when the backup was taken", TimeSpan.Zero) { IsOptional = true }];
        }

        foreach (var (key, value) in counted)
        {
            var clock = Stopwatch.StartNew();
            var database = Uri.UnescapeDataString(key[RowCounts.FactPrefix.Length..]);
            if (value.Split(' ') is not [var position, var snapshot, var running, var time] || !Lsn.TryParse(position, out var lsn))
            {
                _checks.Add(new SourceCheck($"rows of {database}", false, $"could not run: '{value}' does not say when they were counted", clock.Elapsed));
                continue;
            }

            try
            {
                await CompareAsync(database, lsn, snapshot, running, time, clock, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is NpgsqlException or DrException { Error: DrError.ServerUnreachable })
            {
                _checks.Add(new SourceCheck($"rows of {database}", false, $"could not run: {(e as PostgresException)?.MessageText ?? e.Message}", clock.Elapsed));
            }
        }

        return _checks;
    }

    private async Task CompareAsync(string database, Lsn position, string snapshot, string running, string time, Stopwatch clock, CancellationToken cancellationToken)
    {
        await using var connection = await scratch.OpenAsync(database, readOnly: true, cancellationToken).ConfigureAwait(false);
        var late = await LateTransactionsAsync(connection, running, cancellationToken).ConfigureAwait(false);
        var present = await TablesAsync(connection, database, snapshot, position, cancellationToken).ConfigureAwait(false);
        var isCatalogueNewer = await IsNewerAsync(connection, "pg_catalog.pg_class", position, cancellationToken).ConfigureAwait(false);
        var expected = facts.Tables.Where(t => t.Table.StartsWith($"{new QualifiedName("x", database).ToString()[2..]}.", StringComparison.Ordinal)).ToList();
        int equal = 0, failed = 0;
        var changed = new List<string>();
        foreach (var (name, rows) in expected)
        {
            var one = Stopwatch.StartNew();
            if (!present.TryGetValue(name, out var table))
            {
                if (isCatalogueNewer || late > 0)
                {
                    changed.Add($"{name} is gone");
                }
                else
                {
                    failed++;
                    _checks.Add(new SourceCheck($"rows of {name}", false, $"the table is missing; it had {Figures.Count(rows, "row")} when it was backed up, and nothing was dropped since", one.Elapsed));
                }

                continue;
            }

            var actual = await CountAsync(connection, table.Name, cancellationToken).ConfigureAwait(false);
            if (actual == rows)
            {
                equal++;
            }
            else if (table.IsNewer || late > 0)
            {
                changed.Add($"{name}: {Figures.Count(rows)} → {Figures.Count(actual)}");
            }
            else
            {
                failed++;
                _checks.Add(new SourceCheck(
                    $"rows of {name}", false, $"{Figures.Count(actual, "row")}, but {Figures.Count(rows)} when it was backed up, and no page of it was changed since", one.Elapsed));
            }
        }

        var detail = $"{Figures.Count(expected.Count, "table")}: {equal} with the rows counted at {time}"
            + (changed.Count == 0 ? string.Empty : $", {changed.Count} written to after the count ({string.Join("; ", changed.Take(Named))}{(changed.Count > Named ? "; …" : string.Empty)})")
            + (failed == 0 ? string.Empty : $", {failed} with other rows");
        _checks.Add(new SourceCheck($"rows of {database}", failed == 0, detail, clock.Elapsed));
    }

    private async Task<Dictionary<string, (QualifiedName Name, bool IsNewer)>> TablesAsync(
        NpgsqlConnection connection, string database, string snapshot, Lsn position, CancellationToken cancellationToken)
    {
        var tables = new Dictionary<string, (QualifiedName, bool)>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand(TablesQuery, connection) { Parameters = { new NpgsqlParameter { Value = snapshot } } };
        await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var name = new QualifiedName(rows.GetString(0), rows.GetString(1));
            tables[RowCounts.NameOf(database, name)] = (name, rows.GetBoolean(3) || newest.GetValueOrDefault(rows.GetString(2)) > position);
        }

        return tables;
    }

    /// <summary>How many of the transactions that ran while rows were counted have committed since.</summary>
    private static async Task<long> LateTransactionsAsync(NpgsqlConnection connection, string running, CancellationToken cancellationToken)
    {
        // Of those that are not in the log that was replayed the server knows nothing, and says so with an error.
        await using var command = new NpgsqlCommand(
            "select count(*) from unnest(string_to_array($1, ',')::xid8[]) x where x < pg_snapshot_xmax(pg_current_snapshot()) and pg_xact_status(x) = 'committed'", connection)
        {
            Parameters = { new NpgsqlParameter { Value = running == "-" ? string.Empty : running } },
        };
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<bool> IsNewerAsync(NpgsqlConnection connection, string table, Lsn position, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select pg_relation_filepath('{table}')", connection);
        return newest.GetValueOrDefault((string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!) > position;
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, QualifiedName table, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select count(*) from only {table.Sql}", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
