using System.Collections.Immutable;
using System.Globalization;
using DrTools.PostgreSql.Tests.Servers;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>A session that changes the schema without a pause: tables are made, filled, rewritten, moved between tablespaces,
/// truncated, turned unlogged and back, dropped; databases are made by both strategies, moved and dropped. After each change it is recorded
/// what there is now, and the number of the change is part of it.</summary>
internal sealed class SchemaChanges : IAsyncDisposable
{
    /// <summary>What a move of a database begins with.</summary>
    public const string Move = "alter database";

    public const string Template = "pattern";
    public const int TemplateRows = 700;

    private const int MostTables = 7;
    private const int MostDatabases = 3;

    private static readonly string[] Tablespaces = [string.Empty, "space1", "space2"];

    private readonly CancellationTokenSource _stop = new();
    private readonly List<SchemaState> _history = [];
    private readonly TestCluster _cluster;
    private readonly Random _random;
    private readonly Task _work;
    private ImmutableSortedDictionary<string, TableState> _tables = ImmutableSortedDictionary.Create<string, TableState>(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, string> _databases = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
    private int _made;

    private SchemaChanges(TestCluster cluster, int seed)
    {
        (_cluster, _random) = (cluster, new Random(seed));
        _work = Task.Run(RunAsync);
    }

    public static async Task PrepareAsync(TestCluster cluster)
    {
        foreach (var name in Tablespaces.Where(t => t.Length > 0))
        {
            TestServer.Run("mkdir", Path.Combine(cluster.Folder, name));
            await cluster.ExecuteAsync($"create tablespace {name} location '{cluster.Folder}/{name}'");
        }

        await cluster.ExecuteAsync("create schema torture", "create table schema_log (number bigint primary key, statement text not null)", $"create database {Template}");
        await using var connection = await cluster.ConnectAsync(Template);
        await using var fill = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"create table t (id int primary key, v text); insert into t select i, md5(i::text) from generate_series(1, {TemplateRows}) i"), connection);
        await fill.ExecuteNonQueryAsync();
    }

    public static SchemaChanges Start(TestCluster cluster, int seed) => new(cluster, seed);

    /// <summary>Whether it rests.</summary>
    public bool IsPaused { get; set; }

    public IReadOnlyList<SchemaState> History()
    {
        lock (_history)
        {
            return [.. _history];
        }
    }

    /// <summary>Fails if a change has.</summary>
    public async Task CheckAsync()
    {
        if (_work.IsCompleted)
        {
            await _work;
            Assert.Fail("The changes of the schema ended by themselves.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work.WaitAsync(TimeSpan.FromMinutes(2));
        _stop.Dispose();
    }

    /// <summary>The state of a table, asked of a server.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="table">The table.</param>
    /// <param name="isRecovered">Whether the server has recovered: an unlogged table has to be empty then.</param>
    public static async Task<TableState> StateAsync(NpgsqlConnection connection, string table, bool isRecovered = false)
    {
        await using var command = new NpgsqlCommand(
            $"""
            select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text,
                (select coalesce(s.spcname::text, '') from pg_class c left join pg_tablespace s on s.oid = c.reltablespace where c.oid = 'torture.{table}'::regclass),
                (select relpersistence = 'u' from pg_class where oid = 'torture.{table}'::regclass),
                (select count(*) from pg_index where indrelid = 'torture.{table}'::regclass and indisvalid)
            from torture.{table} t
            """,
            connection);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        var state = new TableState(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetBoolean(3), row.GetInt64(4));
        return state.IsUnlogged && !isRecovered ? state with { Rows = 0, Hash = "0" } : state;
    }

    private static string In(string tablespace) => tablespace.Length > 0 ? tablespace : "pg_default";

    private string Any(params string[] items) => items[_random.Next(items.Length)];

    private async Task RunAsync()
    {
        await using var connection = await _cluster.ConnectAsync();
        for (var number = 1L; !_stop.IsCancellationRequested; number++)
        {
            var (begun, begunAt) = (DateTimeOffset.UtcNow, await TortureLoad.PositionAsync(connection));
            var isOutside = _random.Next(4) == 0;
            string statement;
            if (isOutside)
            {
                statement = await ChangeOutsideAsync(connection);
                await ExecuteAsync(connection, "begin");
            }
            else
            {
                await ExecuteAsync(connection, "begin");
                statement = await ChangeAsync(connection);
            }

            await ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"insert into schema_log values ({number}, $statement${statement}$statement$)"));
            await ExecuteAsync(connection, "commit");
            var when = new Span(begun, DateTimeOffset.UtcNow, begunAt, await TortureLoad.PositionAsync(connection));
            lock (_history)
            {
                _history.Add(new SchemaState(number, statement, when, _tables, _databases));
            }

            do
            {
                await Task.Delay(10, CancellationToken.None);
            }
            while (IsPaused && !_stop.IsCancellationRequested);
        }
    }

    /// <summary>A change that is part of the transaction.</summary>
    private async Task<string> ChangeAsync(NpgsqlConnection connection)
    {
        if (_tables.Count < 2 || (_tables.Count < MostTables && _random.Next(5) == 0))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"t{++_made}");
            var (rows, space) = (_random.Next(0, 3000), Any(Tablespaces));
            var made = string.Create(
                CultureInfo.InvariantCulture,
                $"create {(_random.Next(4) == 0 ? "unlogged " : string.Empty)}table torture.{name} (id int primary key, v text, w int) tablespace {In(space)}; insert into torture.{name} select i, repeat(md5(i::text), 1 + i % 20), i from generate_series(1, {rows}) i");
            return await ApplyAsync(connection, name, made);
        }

        var table = Any([.. _tables.Keys]);
        var from = _random.Next(1, 5000);
        string N(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        var statement = _random.Next(13) switch
        {
            0 => N($"insert into torture.{table} (id, v, w) select i, repeat(md5((i + {from})::text), 1 + i % 30), i from generate_series({from}, {from + 800}) i on conflict do nothing"),
            1 => N($"update torture.{table} set v = v || 'u', w = w + 1 where id between {from} and {from + 1000}"),
            2 => N($"delete from torture.{table} where id between {from} and {from + 2000}"),
            3 => $"truncate torture.{table}",
            4 => N($"alter table torture.{table} alter column w type {(_random.Next(2) == 0 ? "bigint" : "numeric")}"),
            5 or 6 => $"alter table torture.{table} set tablespace {In(Any(Tablespaces))}",
            7 => $"alter table torture.{table} set {(_tables[table].IsUnlogged ? "logged" : "unlogged")}",
            8 => N($"alter table torture.{table} drop column if exists extra; alter table torture.{table} add column extra text default 'e{from}'"),
            9 => $"drop index if exists torture.{table}_v; create index {table}_v on torture.{table} (left(v, 40))",
            10 => $"cluster torture.{table} using {table}_pkey",
            11 => $"reindex table torture.{table}",
            _ => $"drop table torture.{table}",
        };
        return await ApplyAsync(connection, table, statement);
    }

    private async Task<string> ApplyAsync(NpgsqlConnection connection, string table, string statement)
    {
        await ExecuteAsync(connection, statement);
        _tables = statement.StartsWith("drop table", StringComparison.Ordinal) ? _tables.Remove(table) : _tables.SetItem(table, await StateAsync(connection, table));
        return statement;
    }

    /// <summary>A change that no transaction can hold, or that leaves the data as they are.</summary>
    private async Task<string> ChangeOutsideAsync(NpgsqlConnection connection)
    {
        var choice = _random.Next(10);
        if (choice <= 2 && _databases.Count < MostDatabases)
        {
            var (name, space) = (string.Create(CultureInfo.InvariantCulture, $"d{++_made}"), Any(Tablespaces));
            return await DatabaseAsync(connection, $"create database {name} template {Template} strategy {(_random.Next(2) == 0 ? "file_copy" : "wal_log")} tablespace {In(space)}", d => d.SetItem(name, In(space)));
        }

        if (choice <= 4 && _databases.Count > 0)
        {
            // Rarely moved: a backup is void then, as it should be, and there shall be others.
            var name = Any([.. _databases.Keys]);
            var space = In(Any([.. Tablespaces.Where(t => In(t) != _databases[name])]));
            return choice == 3 || _random.Next(8) > 0
                ? await DatabaseAsync(connection, $"drop database {name} with (force)", d => d.Remove(name))
                : await DatabaseAsync(connection, $"{Move} {name} set tablespace {space}", d => d.SetItem(name, space));
        }

        if (choice == 5 || _tables.Count == 0)
        {
            await ExecuteAsync(connection, "checkpoint");
            return "checkpoint";
        }

        if (choice == 6)
        {
            await ExecuteAsync(connection, "begin; create table torture.never as select i, repeat('n', 500) v from generate_series(1, 1500) i; create index on torture.never (v)");
            await ExecuteAsync(connection, "rollback");
            return "rollback";
        }

        var statement = $"vacuum {(choice == 7 ? "(freeze)" : choice == 8 ? string.Empty : "(full)")} torture.{Any([.. _tables.Keys])}";
        await ExecuteAsync(connection, statement);
        return statement;
    }

    private async Task<string> DatabaseAsync(NpgsqlConnection connection, string statement, Func<ImmutableSortedDictionary<string, string>, ImmutableSortedDictionary<string, string>> change)
    {
        try
        {
            await ExecuteAsync(connection, statement);
            _databases = change(_databases);
            return statement;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse)
        {
            // Somebody is in there: a backup that counts rows, autovacuum.
            return $"in use: {statement}";
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}
