using System.Globalization;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tables;
using Npgsql;

namespace DrTools.PostgreSql.Checks;

/// <summary>
/// What <c>pg_amcheck</c> does, through the extension itself, so that it also runs where only the server is installed:
/// every table's rows and every B-tree's (on 18 also every GIN's) structure.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/amcheck.html">amcheck</see>.</remarks>
internal sealed class AmCheck(Func<CancellationToken, Task<NpgsqlConnection>> connect, bool isThorough)
{
    private const int Named = 10;

    /// <summary>Where the extension goes if the database does not have it.</summary>
    internal const string OwnSchema = "drtools_amcheck";

    private readonly List<string> _corrupt = [];
    private long _corruptions;

    /// <summary>Of a database of a scratch instance.</summary>
    public AmCheck(ScratchInstance scratch, string database, bool isThorough)
        : this(cancellationToken => scratch.OpenAsync(database, readOnly: false, cancellationToken), isThorough)
    {
    }

    /// <summary>Number of tables and materialized views checked, TOAST tables included.</summary>
    public int Tables { get; private set; }

    /// <summary>Number of indexes checked.</summary>
    public int Indexes { get; private set; }

    /// <summary>Runs it.</summary>
    /// <returns>Whether the extension is there; whether nothing is corrupt; the figures.</returns>
    public async Task<(bool CouldRun, bool Passed, string Detail)> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await connect(cancellationToken).ConfigureAwait(false);
        var schema = await FindOrMakeExtensionAsync(connection, cancellationToken).ConfigureAwait(false);
        if (schema is null)
        {
            return (false, false, "could not run: the extension amcheck is not installed (package postgresql-contrib)");
        }

        var version = await AskAsync<string>(connection, "select extversion from pg_extension where extname = 'amcheck'", cancellationToken).ConfigureAwait(false);
        var call = QualifiedName.Quote(schema);
        foreach (var (oid, name) in await ListAsync(
            connection,
            """
            select c.oid, c.oid::regclass::text from pg_class c join pg_am a on a.oid = c.relam
            where c.relkind in ('r', 'm', 't') and c.relpersistence = 'p' and a.amname = 'heap' order by c.relpages desc, c.oid
            """,
            cancellationToken).ConfigureAwait(false))
        {
            await CheckTableAsync(connection, call, oid, name, cancellationToken).ConfigureAwait(false);
        }

        var unique = HasUniqueCheck(version) ? ", checkunique => true" : string.Empty;
        foreach (var (oid, name) in await ListIndexesAsync(connection, "btree", cancellationToken).ConfigureAwait(false))
        {
            await CheckIndexAsync(
                connection,
                isThorough
                    ? $"select {call}.bt_index_parent_check($1, heapallindexed => true, rootdescend => true{unique})"
                    : $"select {call}.bt_index_check($1, heapallindexed => false{unique})",
                oid,
                name,
                cancellationToken).ConfigureAwait(false);
        }

        if (await AskAsync<bool>(connection, "select exists (select from pg_proc where proname = 'gin_index_check')", cancellationToken).ConfigureAwait(false))
        {
            foreach (var (oid, name) in await ListIndexesAsync(connection, "gin", cancellationToken).ConfigureAwait(false))
            {
                await CheckIndexAsync(connection, $"select {call}.gin_index_check($1)", oid, name, cancellationToken).ConfigureAwait(false);
            }
        }

        var figures = $"{Figures.Count(Tables, "table")}, {Figures.Count(Indexes, "index", "indexes")}";
        return _corruptions == 0
            ? (true, true, $"{figures}, none corrupt")
            : (true, false, $"{figures}; {Figures.Count(_corruptions, "corruption")}: {string.Join("; ", _corrupt)}{(_corruptions > _corrupt.Count ? "; …" : string.Empty)}");
    }

    private static bool HasUniqueCheck(string version) =>
        decimal.TryParse(version, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= 1.4m;

    private static async Task<string?> FindOrMakeExtensionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string find = "select n.nspname::text from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'amcheck'";
        if (await AskAsync<string?>(connection, find, cancellationToken).ConfigureAwait(false) is { } present)
        {
            return present;
        }

        if (!await AskAsync<bool>(connection, "select exists (select from pg_available_extensions where name = 'amcheck')", cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        await using var make = new NpgsqlCommand($"create schema if not exists {OwnSchema}; create extension amcheck schema {OwnSchema}", connection);
        await make.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return OwnSchema;
    }

    private static Task<List<(uint Oid, string Name)>> ListIndexesAsync(NpgsqlConnection connection, string method, CancellationToken cancellationToken) => ListAsync(
        connection,
        $"""
        select c.oid, c.oid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
        where c.relkind = 'i' and c.relpersistence = 'p' and a.amname = '{method}' and i.indisready and i.indisvalid order by c.relpages desc, c.oid
        """,
        cancellationToken);

    private static async Task<List<(uint Oid, string Name)>> ListAsync(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        var found = new List<(uint, string)>();
        await using var command = new NpgsqlCommand(query, connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            found.Add((rows.GetFieldValue<uint>(0), rows.GetString(1)));
        }

        return found;
    }

    private static async Task<T> AskAsync<T>(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(query, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is T value ? value : default!;
    }

    private async Task CheckTableAsync(NpgsqlConnection connection, string schema, uint oid, string name, CancellationToken cancellationToken)
    {
        Tables++;
        try
        {
            await using var command = new NpgsqlCommand($"select blkno, offnum, attnum, msg from {schema}.verify_heapam($1::oid::regclass, check_toast => true)", connection)
            {
                Parameters = { new NpgsqlParameter { Value = (long)oid } },
            };
            await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                Add($"{name}, block {rows.GetInt64(0)}{(rows.IsDBNull(1) ? string.Empty : $", row {rows.GetInt32(1)}")}: {rows.GetString(3)}");
            }
        }
        catch (PostgresException e)
        {
            Add($"{name}: {e.MessageText}");
        }
    }

    private async Task CheckIndexAsync(NpgsqlConnection connection, string query, uint oid, string name, CancellationToken cancellationToken)
    {
        Indexes++;
        try
        {
            await using var command = new NpgsqlCommand(query.Replace("$1", "$1::oid::regclass", StringComparison.Ordinal), connection) { Parameters = { new NpgsqlParameter { Value = (long)oid } } };
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e)
        {
            Add($"{name}: {e.MessageText}");
        }
    }

    private void Add(string corruption)
    {
        _corruptions++;
        if (_corrupt.Count < Named)
        {
            _corrupt.Add(corruption);
        }
    }
}
