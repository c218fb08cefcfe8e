using System.Globalization;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Tables;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Logical;

/// <summary>
/// A connection that holds one snapshot of a database, so that several runs of <c>pg_dump</c> and the counts of rows see
/// the same moment. It locks the tables against changes of their definition (ACCESS SHARE) before the snapshot is taken:
/// what TRUNCATE and rewriting forms of ALTER TABLE do would show through a snapshot.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION">Snapshot
/// Synchronization Functions</see>; <see href="https://www.postgresql.org/docs/current/mvcc-caveats.html">MVCC:
/// Caveats</see>.</remarks>
internal sealed class DatabaseSnapshot : IAsyncDisposable
{
    /// <summary>How long a lock is waited for, here and by pg_dump. Whoever waits for a lock of ours makes pg_dump wait for
    /// him in turn, which no server detects, so that waiting has to end.</summary>
    public static readonly TimeSpan LockWait = TimeSpan.FromSeconds(60);

    private const int ListAttempts = 3;

    /// <summary>Tables that belong to no extension, those of the selection first decided in code: names in arrays.</summary>
    private const string TableQuery = """
        select n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
          and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
        order by 1, 2
        """;

    private readonly NpgsqlConnection _connection;
    private readonly ServerAddress _address;
    private IReadOnlyList<QualifiedName> _countable = [];

    private DatabaseSnapshot(NpgsqlConnection connection, ServerAddress address, string database) =>
        (_connection, _address, Database) = (connection, address, database);

    /// <summary>The database.</summary>
    public string Database { get; }

    /// <summary>What <c>pg_dump --snapshot</c> is given.</summary>
    public string Id { get; private set; } = string.Empty;

    /// <summary>The server's clock when it was taken.</summary>
    public DateTimeOffset Taken { get; private set; }

    /// <summary>Where the log was: on a standby where it had been replayed to.</summary>
    public Lsn Position { get; private set; }

    /// <summary>Every table of the selection, partitioned ones included.</summary>
    public IReadOnlyList<QualifiedName> Tables { get; private set; } = [];

    /// <summary>Every schema of the database that is not the server's own.</summary>
    public IReadOnlyList<string> Schemas { get; private set; } = [];

    /// <summary>What a database of the same kind is made with.</summary>
    public DatabaseDefinition Definition { get; private set; } = null!;

    /// <summary>Opens a database and takes the snapshot.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerUnreachable"/>, <see cref="DrError.PrivilegeMissing"/>, or
    /// <see cref="DrError.SourceMissing"/> when a schema or table of the selection does not exist.</exception>
    public static async Task<DatabaseSnapshot> TakeAsync(ServerAddress address, string? password, string database, LogicalSelection selection, CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(address, password, database, cancellationToken).ConfigureAwait(false);
        var snapshot = new DatabaseSnapshot(connection, address, database);
        try
        {
            await snapshot.TakeAsync(selection, cancellationToken).ConfigureAwait(false);
            return snapshot;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw e is PostgresException p ? Refused(address, database, p) : e is NpgsqlException ? ServerConnection.Failed(address, $"The snapshot of {database} could not be taken", e) : e;
        }
    }

    /// <summary>Counts the rows of every table in the snapshot; partitions count for themselves, partitioned tables not.</summary>
    public async Task<IReadOnlyList<(QualifiedName Table, long Rows)>> CountAsync(CancellationToken cancellationToken)
    {
        var counts = new List<(QualifiedName, long)>();
        foreach (var table in _countable)
        {
            try
            {
                counts.Add((table, await ScalarAsync<long>($"select count(*) from only {table.Sql}", cancellationToken).ConfigureAwait(false)));
            }
            catch (NpgsqlException e)
            {
                throw ServerConnection.Failed(_address, $"The rows of {table} in {Database} could not be counted", e);
            }
        }

        return counts;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static DrException Refused(ServerAddress address, string database, PostgresException e) => e.SqlState == PostgresErrorCodes.LockNotAvailable
        ? new DrException(
            DrError.SourceFailure,
            $"A table of {database} stayed locked for {Figures.Duration(LockWait)}: {e.MessageText}",
            "A statement that locks the table (ALTER TABLE, TRUNCATE, VACUUM FULL) is running. Run the backup again when it is done.",
            e)
        { Subject = address.SourceName }
        : ServerConnection.Failed(address, $"The snapshot of {database} could not be taken", e);

    private async Task TakeAsync(LogicalSelection selection, CancellationToken cancellationToken)
    {
        await ExecuteAsync(
            string.Create(CultureInfo.InvariantCulture, $"set search_path = pg_catalog; set row_security = off; set synchronize_seqscans = off; set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = {LockWait.TotalMilliseconds:0}"),
            cancellationToken).ConfigureAwait(false);
        Schemas = await ListAsync(
            "select nspname::text from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1",
            r => r.GetString(0),
            cancellationToken).ConfigureAwait(false);
        if (selection.Schemas.Except(Schemas, StringComparer.Ordinal).ToList() is { Count: > 0 } missing)
        {
            throw Missing(missing.Count == 1 ? $"the schema {missing[0]}" : $"the schemas {string.Join(", ", missing)}");
        }

        for (var attempt = 1; ; attempt++)
        {
            var listed = await ListTablesAsync(selection, cancellationToken).ConfigureAwait(false);
            Tables = [.. listed.Select(t => t.Name)];
            if (selection.Tables.Except(Tables).ToList() is { Count: > 0 } gone)
            {
                throw Missing(gone.Count == 1 ? $"the table {gone[0]}" : $"the tables {string.Join(", ", gone)}");
            }

            await ExecuteAsync("begin isolation level repeatable read read only", cancellationToken).ConfigureAwait(false);
            try
            {
                // LOCK takes no snapshot: that comes with the first query below, when everything is locked.
                foreach (var part in Tables.Chunk(200))
                {
                    await ExecuteAsync($"lock table only {string.Join(", only ", part.Select(t => t.Sql))} in access share mode", cancellationToken).ConfigureAwait(false);
                }
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName && attempt < ListAttempts)
            {
                // Dropped since it was listed.
                await ExecuteAsync("rollback", cancellationToken).ConfigureAwait(false);
                continue;
            }

            var standby = await ScalarAsync<bool>("select pg_is_in_recovery()", cancellationToken).ConfigureAwait(false);
            Id = await ScalarAsync<string>("select pg_export_snapshot()", cancellationToken).ConfigureAwait(false);
            Taken = new DateTimeOffset(await ScalarAsync<DateTime>("select clock_timestamp()", cancellationToken).ConfigureAwait(false), TimeSpan.Zero);
            Position = Lsn.Parse(await ScalarAsync<string>(standby ? "select pg_last_wal_replay_lsn()::text" : "select pg_current_wal_insert_lsn()::text", cancellationToken).ConfigureAwait(false));
            Definition = await DatabaseDefinition.ReadAsync(_connection, cancellationToken).ConfigureAwait(false);

            // An unlogged table has no content on a standby.
            _countable = [.. listed.Where(t => t.Kind == "r" && !(standby && t.Persistence == "u")).Select(t => t.Name)];
            return;
        }
    }

    private async Task<List<(QualifiedName Name, string Kind, string Persistence)>> ListTablesAsync(LogicalSelection selection, CancellationToken cancellationToken)
    {
        var tables = await ListAsync(TableQuery, r => (Name: new QualifiedName(r.GetString(0), r.GetString(1)), r.GetString(2), r.GetString(3)), cancellationToken).ConfigureAwait(false);
        return selection.IsEverything ? tables : [.. tables.Where(t => selection.Schemas.Contains(t.Name.Schema, StringComparer.Ordinal) || selection.Tables.Contains(t.Name))];
    }

    private DrException Missing(string what) => new(
        DrError.SourceMissing,
        $"The database {Database} does not have {what}.",
        "Check the spelling (upper and lower case count), and in which database it is.")
    { Subject = _address.SourceName };

    private async Task ExecuteAsync(string statement, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(statement, _connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> ScalarAsync<T>(string query, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(query, _connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<List<T>> ListAsync<T>(string query, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(query, _connection);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add(read(reader));
            }

            return rows;
        }
    }
}
