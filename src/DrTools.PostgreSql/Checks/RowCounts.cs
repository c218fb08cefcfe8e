using System.Diagnostics;
using System.Globalization;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Tables;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Checks;

/// <summary>
/// Counts the rows of every table of a cluster while it is backed up physically: exactly, per database in one snapshot,
/// together with what is needed to compare honestly later.
/// </summary>
/// <remarks>
/// <para>A restored cluster holds everything that was committed up to the end of its backup or up to a later target, and
/// no query can be made to see the moment of the count again. So with each snapshot go the position of the log just
/// before it was taken and the transactions that were running. A table of which no page was changed after that position
/// must have exactly the rows that were counted. One that was written to afterwards may have others, and then this is
/// what the comparison says: see <see cref="RowComparison"/>.</para>
/// <para>Small tables come first; what the budget of time does not suffice for is not counted, and the facts say how
/// many those are. Unlogged tables are never counted, for they are empty after a restore.</para>
/// </remarks>
public sealed record RowCounts
{
    /// <summary>Facts that tell of the snapshot of a database: this and the name of the database, URI-escaped.</summary>
    public const string FactPrefix = "rowCounts.";

    /// <summary>How many tables were not counted for lack of time or privilege.</summary>
    public const string SkippedFact = "rowCountsSkipped";

    /// <summary>Why databases were not counted.</summary>
    public const string ProblemsFact = "rowCountsProblems";

    private const string TablesQuery =
        """
        select n.nspname::text, c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm') and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
          and (c.relkind = 'r' or c.relispopulated) order by c.relpages, 1, 2
        """;

    /// <summary>Nothing counted.</summary>
    public static RowCounts None { get; } = new();

    /// <summary>Rows by table, named <c>database.schema.table</c>.</summary>
    public IReadOnlyList<TableRows> Tables { get; init; } = [];

    /// <summary>Further facts of the backup.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();

    /// <summary>Counts.</summary>
    /// <param name="address">The server.</param>
    /// <param name="password">A password from a credential, if any.</param>
    /// <param name="budget">How long it may take; nothing is counted when it is zero.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What could be counted; what could not is told in <see cref="ProblemsFact"/> and never an error.</returns>
    public static async Task<RowCounts> TakeAsync(ServerAddress address, string? password, TimeSpan budget, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (budget <= TimeSpan.Zero)
        {
            return None;
        }

        var clock = Stopwatch.StartNew();
        var tables = new List<TableRows>();
        var details = new Dictionary<string, string>(StringComparer.Ordinal);
        var problems = new List<string>();
        long skipped = 0;
        List<string> databases = [];
        try
        {
            databases = await DatabasesAsync(address, password, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsServerOrNetwork(e))
        {
            problems.Add(Words(e));
        }

        foreach (var database in databases)
        {
            try
            {
                await using var connection = await ServerConnection.OpenAsync(address, password, database, cancellationToken).ConfigureAwait(false);
                skipped += await CountAsync(connection, database, () => budget - clock.Elapsed, tables, details, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsServerOrNetwork(e))
            {
                // Dropped meanwhile, closed to this user, or the server is gone: a backup does not fail for a count.
                problems.Add($"{database}: {Words(e)}");
                tables.RemoveAll(t => t.Table.StartsWith($"{new QualifiedName("x", database).ToString()[2..]}.", StringComparison.Ordinal));
            }
        }

        if (problems.Count > 0)
        {
            details[ProblemsFact] = string.Join("; ", problems);
        }

        if (skipped > 0)
        {
            details[SkippedFact] = skipped.ToString(CultureInfo.InvariantCulture);
        }

        return new RowCounts { Tables = [.. tables.OrderBy(t => t.Table, StringComparer.Ordinal)], Details = details };
    }

    private static bool IsServerOrNetwork(Exception e) => e is NpgsqlException or DrException or System.Net.Sockets.SocketException or TimeoutException or IOException;

    private static string Words(Exception e) => (e as PostgresException)?.MessageText ?? (e.InnerException as PostgresException)?.MessageText ?? e.Message;

    /// <summary>How a table is called in <see cref="Tables"/>.</summary>
    internal static string NameOf(string database, QualifiedName table) => $"{new QualifiedName(database, table.Schema)}.{new QualifiedName("x", table.Name).ToString()[2..]}";

    private static async Task<List<string>> DatabasesAsync(ServerAddress address, string? password, CancellationToken cancellationToken)
    {
        await using var connection = await ServerConnection.OpenAsync(address, password, null, cancellationToken).ConfigureAwait(false);
        return await ListAsync(
            connection,
            "select datname::text from pg_database where datallowconn and not datistemplate and has_database_privilege(datname, 'connect') order by 1",
            r => r.GetString(0),
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<long> CountAsync(
        NpgsqlConnection connection, string database, Func<TimeSpan> left, List<TableRows> tables, Dictionary<string, string> details, CancellationToken cancellationToken)
    {
        // Asked before the snapshot is taken: every change that the snapshot does not see, of a transaction that begins
        // later, lies behind it.
        var position = await ScalarAsync<string>(
            connection,
            "set search_path = pg_catalog; set row_security = off; set lock_timeout = '100ms'; select (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end)::text",
            cancellationToken).ConfigureAwait(false);
        // Also before: those that are running now may have written before that position, and commit behind the snapshot.
        var running = await ListAsync(
            connection,
            "select transactionid::text from pg_locks where locktype = 'transactionid' and granted and mode = 'ExclusiveLock'",
            r => uint.Parse(r.GetString(0), CultureInfo.InvariantCulture),
            cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, "begin isolation level repeatable read read only", cancellationToken).ConfigureAwait(false);
        var snapshot = await ScalarAsync<string>(connection, "select pg_current_snapshot()::text", cancellationToken).ConfigureAwait(false);
        var time = await ScalarAsync<DateTime>(connection, "select clock_timestamp()", cancellationToken).ConfigureAwait(false);
        var listed = await ListAsync(connection, TablesQuery, r => new QualifiedName(r.GetString(0), r.GetString(1)), cancellationToken).ConfigureAwait(false);
        var counted = 0;
        foreach (var table in listed)
        {
            if (left() is var remaining && remaining <= TimeSpan.Zero)
            {
                break;
            }

            // Others go first: a table is hardly waited for, and none stays locked behind its count. A lock held while another is
            // waited for could end in a deadlock with a schema change, and the server might cancel that one.
            await ExecuteAsync(
                connection,
                string.Create(CultureInfo.InvariantCulture, $"savepoint one; set local statement_timeout = {Math.Max(1, (long)remaining.TotalMilliseconds)}"),
                cancellationToken).ConfigureAwait(false);
            try
            {
                tables.Add(new TableRows(NameOf(database, table), await ScalarAsync<long>(connection, $"select count(*) from only {table.Sql}", cancellationToken).ConfigureAwait(false)));
                counted++;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedTable && !cancellationToken.IsCancellationRequested)
            {
                // Too large, locked, forbidden, or dropped meanwhile: one of those that are not counted.
            }

            await ExecuteAsync(connection, "rollback to savepoint one; release savepoint one", cancellationToken).ConfigureAwait(false);
        }

        await ExecuteAsync(connection, "commit", cancellationToken).ConfigureAwait(false);
        if (counted > 0)
        {
            details[FactPrefix + Uri.EscapeDataString(database)] =
                $"{position} {snapshot} {Late(snapshot, running)} {new DateTimeOffset(time).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)}";
        }

        return listed.Count - counted;
    }

    /// <summary>Transactions that may have written before the position of the count without being in its snapshot, with
    /// their epochs; <c>-</c> for none.</summary>
    private static string Late(string snapshot, List<uint> running)
    {
        var parts = snapshot.Split(':');
        var top = ulong.Parse(parts[1], CultureInfo.InvariantCulture);
        var late = new SortedSet<ulong>(parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(x => ulong.Parse(x, CultureInfo.InvariantCulture)));
        late.UnionWith(running.Select(x => (ulong)((long)top + (int)(x - (uint)top))));
        return late.Count == 0 ? "-" : string.Join(',', late);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(query, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task<List<T>> ListAsync<T>(NpgsqlConnection connection, string query, Func<NpgsqlDataReader, T> take, CancellationToken cancellationToken)
    {
        var found = new List<T>();
        await using var command = new NpgsqlCommand(query, connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            found.Add(take(rows));
        }

        return found;
    }
}
