using System.Diagnostics;
using System.Globalization;
using DrTools.PostgreSql.Checks;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>A copy that was restored, on a socket and a port of its own: it has to be what was recorded for its moment.</summary>
internal sealed class RestoredCopy(TestCluster copy)
{
    private static readonly TimeSpan RecoveryPatience = TimeSpan.FromMinutes(10);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>What was compared, in figures.</summary>
    public string Figures { get; private set; } = string.Empty;

    /// <summary>How many entries of each session it has.</summary>
    public IReadOnlyList<int> Entries { get; private set; } = [];

    /// <summary>How many changes of the schema it has.</summary>
    public int Changes { get; private set; }

    /// <summary>Starts it and waits until it has recovered.</summary>
    public async Task RecoverAsync()
    {
        await copy.StartAsync(waitForReads: false);
        var clock = Stopwatch.StartNew();
        while (true)
        {
            Assert.False(copy.HasEnded, copy.HasEnded ? $"The copy ended before it had recovered: {Tail(await copy.StopAsync())}" : null);
            try
            {
                if (await copy.QueryAsync<bool>("select not pg_is_in_recovery()"))
                {
                    return;
                }
            }
            catch (Exception e) when (e is DrException or NpgsqlException)
            {
                // Not to be asked yet, or being promoted.
            }

            if (clock.Elapsed > RecoveryPatience)
            {
                Assert.Fail($"The copy has not recovered: {Tail(await copy.StopAsync())}");
            }

            await Task.Delay(50, Stop);
        }
    }

    /// <summary>The moment as the recovery found it: the end of the log, or of a backup, is where it is.</summary>
    public async Task<Moment> ReachedAsync(Moment moment)
    {
        if (moment.AtLeast is not { } least)
        {
            return moment;
        }

        var reached = Lsn.TryParse(await copy.QueryAsync<string>("select pg_last_wal_replay_lsn()::text"), out var position) ? position : default;
        Assert.True(reached >= least, $"The recovery to {moment.Target} ended at {reached}, and there was log up to {least} at least.");
        return moment.Reached(reached);
    }

    /// <summary>Compares everything with what was recorded.</summary>
    public async Task CompareAsync(Moment moment, IReadOnlyList<IReadOnlyList<LedgerEntry>> ledger, IReadOnlyList<SchemaState> history)
    {
        await using var connection = await copy.ConnectAsync();
        var (entries, open) = await CompareLedgerAsync(connection, moment, ledger);
        var (state, next) = await FindStateAsync(connection, moment, history);
        await CompareTablesAsync(connection, state);
        await CompareDatabasesAsync(connection, state, next);
        Figures = string.Create(CultureInfo.InvariantCulture, $"{entries} entries ({open} in doubt), change {state?.Number ?? 0}, {state?.Tables.Count ?? 0} tables, {state?.Databases.Count ?? 0} databases");
    }

    /// <summary>Nothing in it is corrupt, by PostgreSQL's own programs where they are installed, by the engine's otherwise.
    /// The copy is stopped then.</summary>
    public async Task CheckAsync()
    {
        var hasPrograms = File.Exists(Path.Combine(copy.Server.Programs, "pg_amcheck"));
        if (hasPrograms)
        {
            TestServer.Run(Path.Combine(copy.Server.Programs, "pg_amcheck"), "-h", copy.Folder, "-p", $"{copy.Port}", "-U", "postgres", "--all", "--install-missing", "--heapallindexed", "--parent-check", "-j", "2");
        }

        var log = await copy.StopAsync();
        Assert.DoesNotContain("PANIC:", log, StringComparison.Ordinal);
        Assert.DoesNotContain("invalid page", log, StringComparison.Ordinal);
        if (hasPrograms)
        {
            Assert.Contains("Bad checksums:  0", TestServer.Run(Path.Combine(copy.Server.Programs, "pg_checksums"), "--check", "-D", copy.DataDirectory), StringComparison.Ordinal);
        }

        var pages = PageCheck.Run(copy.DataDirectory, 2, Stop);
        Assert.True(pages.DamagedPages == 0, string.Join("; ", pages.Damaged));
        Assert.True(pages.Pages > 1000, $"Only {pages.Pages} pages were checked.");
    }

    private static string Tail(string log) => log[Math.Max(0, log.Length - 3000)..];

    private async Task<(int Entries, int Open)> CompareLedgerAsync(NpgsqlConnection connection, Moment moment, IReadOnlyList<IReadOnlyList<LedgerEntry>> ledger)
    {
        var found = await ReadAsync(connection, "select client, number, account, delta from ledger order by client, number", row => (Client: row.GetInt32(0), Number: row.GetInt64(1), Account: row.GetInt32(2), Delta: row.GetInt32(3)));
        var balances = new long[TortureLoad.Accounts + 1];
        var open = 0;
        Entries = [.. Enumerable.Range(0, ledger.Count).Select(c => found.Count(f => f.Client == c))];
        for (var client = 0; client < ledger.Count; client++)
        {
            var recorded = ledger[client];
            var own = found.Where(f => f.Client == client).ToList();

            // What the server had confirmed before the moment is there, and what was begun later is not. What was on its way
            // may be either.
            var least = recorded.Count(e => moment.IsBefore(e.When));
            var most = recorded.Count(e => !moment.IsAfter(e.When));
            Assert.True(own.Count >= least && own.Count <= most, $"Session {client}: {own.Count} entries, and it should be {least} to {most}.");
            open += most - least;
            for (var i = 0; i < own.Count; i++)
            {
                Assert.Equal((client, recorded[i].Number, recorded[i].Account, recorded[i].Delta), own[i]);
                balances[own[i].Account] += own[i].Delta;
            }
        }

        if (moment.Edge is { } edge)
        {
            Assert.Equal(moment.Target.IsInclusive, found.Any(f => f.Client == edge.Client && f.Number == edge.Number));
        }

        var accounts = await ReadAsync(connection, "select id, balance from accounts order by id", row => (Id: row.GetInt32(0), Balance: row.GetInt64(1)));
        Assert.Equal(TortureLoad.Accounts, accounts.Count);
        foreach (var (id, balance) in accounts)
        {
            Assert.True(balance == balances[id], $"Account {id} has {balance}, and the ledger makes it {balances[id]}.");
        }

        Assert.Equal(0L, await AskAsync<long>(connection, TortureLoad.BadPayloads));
        return (found.Count, open);
    }

    /// <summary>The recorded state that the copy says it is, which has to be one that fits the moment.</summary>
    private async Task<(SchemaState? State, SchemaState? Next)> FindStateAsync(NpgsqlConnection connection, Moment moment, IReadOnlyList<SchemaState> history)
    {
        var number = await AskAsync<long>(connection, "select coalesce(max(number), 0) from schema_log");
        Assert.Equal(number, await AskAsync<long>(connection, "select count(*) from schema_log"));
        var least = history.Count(s => moment.IsBefore(s.When));
        var most = history.Count(s => !moment.IsAfter(s.When));
        Assert.True(number >= least && number <= most, $"The copy has {number} changes of the schema, and it should be {least} to {most}.");
        Changes = (int)number;
        return (number == 0 ? null : history[(int)number - 1], number < history.Count ? history[(int)number] : null);
    }

    private static async Task CompareTablesAsync(NpgsqlConnection connection, SchemaState? state)
    {
        var names = await ReadAsync(connection, "select relname::text from pg_class where relnamespace = 'torture'::regnamespace and relkind = 'r' order by relname collate \"C\"", row => row.GetString(0));
        Assert.Equal(state?.Tables.Keys ?? [], names);
        foreach (var name in names)
        {
            var (expected, actual) = (state!.Tables[name], await SchemaChanges.StateAsync(connection, name, isRecovered: true));
            Assert.True(expected == actual, $"The table {name} is {actual} and was {expected} after change {state.Number} ({state.Statement}).");
        }
    }

    /// <summary>A database is made, moved and dropped outside of the transaction that counts it: the copy may be between
    /// the two.</summary>
    private async Task CompareDatabasesAsync(NpgsqlConnection connection, SchemaState? state, SchemaState? next)
    {
        var found = await ReadAsync(
            connection,
            $"select datname::text, spcname::text, datconnlimit from pg_database d join pg_tablespace t on t.oid = d.dattablespace where datname not in ('postgres', 'template0', 'template1', '{SchemaChanges.Template}') order by datname collate \"C\"",
            row => (Name: row.GetString(0), Space: row.GetString(1), Limit: row.GetInt32(2)));
        static List<(string Name, string Space)> Of(SchemaState? s) => s is null ? [] : [.. s.Databases.Select(d => (d.Key, d.Value))];
        bool Fits(SchemaState? s) => Of(s).SequenceEqual(found.Select(f => (f.Name, f.Space)));
        Assert.True(
            Fits(state) || (next is not null && Fits(next)),
            $"The databases are {string.Join(", ", found)}, and were {string.Join(", ", Of(state))} after change {state?.Number}, {string.Join(", ", Of(next))} after the next one ({next?.Statement}).");

        // A limit of -2 marks one whose removal was under way: nobody can connect to it.
        foreach (var name in found.Where(f => f.Limit != -2).Select(f => f.Name).Append(SchemaChanges.Template))
        {
            await using var other = await copy.ConnectAsync(name);
            Assert.Equal((long)SchemaChanges.TemplateRows, await AskAsync<long>(other, "select count(*) from t where v = md5(id::text)"));
        }
    }

    private static async Task<List<T>> ReadAsync<T>(NpgsqlConnection connection, string query, Func<NpgsqlDataReader, T> read)
    {
        var rows = new List<T>();
        await using var command = new NpgsqlCommand(query, connection);
        await using var row = await command.ExecuteReaderAsync(Stop);
        while (await row.ReadAsync(Stop))
        {
            rows.Add(read(row));
        }

        return rows;
    }

    private static async Task<T> AskAsync<T>(NpgsqlConnection connection, string query)
    {
        await using var command = new NpgsqlCommand(query, connection);
        return (T)(await command.ExecuteScalarAsync(Stop))!;
    }
}
