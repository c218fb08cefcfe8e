using DrTools.PostgreSql.Tests.Servers;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Physical;

/// <summary>
/// Writes to a cluster without a pause: one session moves money and keeps a ledger of it, one changes the schema. Whatever
/// the moment, a copy has a ledger without gaps, and balances that equal it.
/// </summary>
internal sealed class LedgerLoad : IAsyncDisposable
{
    private const int Accounts = 20000;

    private readonly CancellationTokenSource _stop = new();
    private readonly TestCluster _cluster;
    private readonly Task _money;
    private readonly Task _schema;
    private long _committed;

    private LedgerLoad(TestCluster cluster, long committed, string? tablespace)
    {
        (_cluster, _committed) = (cluster, committed);
        _money = Task.Run(MoveMoneyAsync);
        _schema = Task.Run(() => ChangeSchemaAsync(tablespace));
    }

    /// <summary>The last entry of the ledger that is known to be committed.</summary>
    public long Committed => Interlocked.Read(ref _committed);

    public static async Task PrepareAsync(TestCluster cluster) => await cluster.ExecuteAsync(
        "create table accounts (id int primary key, balance bigint not null, filler text)",
        $"insert into accounts select i, 0, repeat('x', 200) from generate_series(1, {Accounts}) i",
        "create table ledger (id bigint primary key, account int not null, delta bigint not null)",
        "create index on accounts (balance)");

    public static LedgerLoad Start(TestCluster cluster, long committed = 0, string? tablespace = null) => new(cluster, committed, tablespace);

    /// <summary>Everything of a restored copy fits together, and nothing that was committed by a moment is missing.</summary>
    public static async Task AssertConsistentAsync(TestCluster copy, long atLeast, long atMost)
    {
        await using var connection = await copy.ConnectAsync();
        async Task<long> Ask(string query)
        {
            await using var command = new NpgsqlCommand(query, connection);
            return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
        }

        Assert.InRange(await Ask("select coalesce(max(id), 0) from ledger"), atLeast, atMost);
        Assert.Equal(await Ask("select coalesce(max(id), 0) from ledger"), await Ask("select count(*) from ledger"));
        Assert.Equal(await Ask("select coalesce(sum(delta), 0) from ledger"), await Ask("select sum(balance) from accounts"));
        Assert.Equal(Accounts, await Ask("select count(*) from accounts"));
        Assert.Equal(0, await Ask("select count(*) from accounts a join (select account, sum(delta) s from ledger group by 1) l on a.id = l.account where a.balance <> l.s"));
        await new NpgsqlCommand("set enable_seqscan = off", connection).ExecuteNonQueryAsync();
        Assert.Equal(Accounts, await Ask("select count(*) from accounts where id > 0"));
        Assert.Equal(Accounts, await Ask("select count(balance) from accounts where balance > -1000000000000"));
    }

    /// <summary>Ends it, once what it is at is done.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_money, _schema);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task MoveMoneyAsync()
    {
        var random = new Random(1);
        await using var connection = await _cluster.ConnectAsync();
        while (!_stop.IsCancellationRequested)
        {
            var (account, delta) = (random.Next(1, Accounts + 1), random.Next(-100, 100));
            await using var command = new NpgsqlCommand(
                $"begin; update accounts set balance = balance + {delta} where id = {account}; insert into ledger values ({_committed + 1}, {account}, {delta}); commit", connection);
            await command.ExecuteNonQueryAsync();
            Interlocked.Increment(ref _committed);
        }
    }

    private async Task ChangeSchemaAsync(string? tablespace)
    {
        await using var connection = await _cluster.ConnectAsync();
        async Task Run(string statement)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }

        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            await Run($"create table t{i} as select g, repeat(md5(g::text), 20) t from generate_series(1, 2000) g");
            await Run($"create unlogged table u{i} as select g from generate_series(1, 500) g");
            await Run($"create temporary table if not exists tmp as select g from generate_series(1, 500) g");
            await Run($"delete from t{i} where g > 100");
            await Run($"vacuum t{i}");
            await Run($"insert into t{i} select g, repeat('y', 500) from generate_series(200, 1200) g");
            await Run(i % 2 == 0 ? $"vacuum full t{i}" : $"truncate t{i}");
            await Run($"alter table u{i} set logged");
            if (tablespace is not null)
            {
                await Run($"alter table t{i} set tablespace {tablespace}");
            }

            if (i % 4 == 0)
            {
                await Run($"create database d{i} strategy = {(i % 8 == 0 ? "file_copy" : "wal_log")}");
                await Run($"drop database if exists d{(i >= 8 ? i - 8 : 9999)}");
            }

            await Run("checkpoint");
            await Run($"drop table if exists t{(i >= 3 ? i - 3 : 9999)}, u{(i >= 2 ? i - 2 : 9999)}");
        }
    }
}
