using System.Globalization;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using Npgsql;
using NpgsqlTypes;

namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>Sessions that move money without a pause and keep a ledger of it, in the database and here. Some transactions are
/// rolled back; some rows are large and go to the TOAST table.</summary>
internal sealed class TortureLoad : IAsyncDisposable
{
    public const int Clients = 3;
    public const int Accounts = 5000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(4);

    private readonly CancellationTokenSource _stop = new();
    private readonly TestCluster _cluster;
    private readonly List<LedgerEntry>[] _entries = new List<LedgerEntry>[Clients];
    private readonly Task _work;

    private TortureLoad(TestCluster cluster, int seed, IReadOnlyList<IReadOnlyList<LedgerEntry>>? before)
    {
        _cluster = cluster;
        for (var client = 0; client < Clients; client++)
        {
            _entries[client] = [.. before?[client] ?? []];
        }

        _work = Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(() => RunAsync(client, new Random(seed + client)))));
    }

    public static Task PrepareAsync(TestCluster cluster) => cluster.ExecuteAsync(
        "create table accounts (id int primary key, balance bigint not null, filler text not null)",
        string.Create(CultureInfo.InvariantCulture, $"insert into accounts select i, 0, repeat('x', 150) from generate_series(1, {Accounts}) i"),
        "create index on accounts (balance)",
        "create table ledger (client int, number bigint, account int not null, delta int not null, payload text not null, primary key (client, number))",
        "create index on ledger (account)");

    /// <summary>Starts it; on a copy it goes on where the original's ledger was at the moment that was restored.</summary>
    public static TortureLoad Start(TestCluster cluster, int seed, IReadOnlyList<IReadOnlyList<LedgerEntry>>? before = null) => new(cluster, seed, before);

    /// <summary>Whether it rests. A recovery to the end of the log has no end while log is written as fast as it is replayed.</summary>
    public bool IsPaused { get; set; }

    /// <summary>What has been confirmed so far, each session's in order.</summary>
    public IReadOnlyList<IReadOnlyList<LedgerEntry>> Confirmed()
    {
        var copies = new List<IReadOnlyList<LedgerEntry>>();
        foreach (var entries in _entries)
        {
            lock (entries)
            {
                copies.Add([.. entries]);
            }
        }

        return copies;
    }

    /// <summary>Fails if a session has.</summary>
    public async Task CheckAsync()
    {
        if (_work.IsCompleted)
        {
            await _work;
            Assert.Fail("The load ended by itself.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work.WaitAsync(TimeSpan.FromMinutes(1));
        _stop.Dispose();
    }

    /// <summary>Where the log ends now.</summary>
    public static async Task<Lsn> PositionAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select pg_current_wal_insert_lsn()", connection);
        return new Lsn((ulong)(NpgsqlLogSequenceNumber)(await command.ExecuteScalarAsync())!);
    }

    private async Task RunAsync(int client, Random random)
    {
        await using var connection = await _cluster.ConnectAsync();
        var entries = _entries[client];
        while (!_stop.IsCancellationRequested)
        {
            var number = entries.Count + 1L;
            var (account, delta) = (random.Next(1, Accounts + 1), random.Next(-1000, 1000));
            var size = random.Next(50) == 0 ? 200 : random.Next(1, 4);
            var isRolledBack = random.Next(20) == 0;
            var (begun, begunAt) = (DateTimeOffset.UtcNow, await PositionAsync(connection));
            ulong transaction;
            await using (var command = new NpgsqlCommand(
                string.Create(CultureInfo.InvariantCulture, $"begin; update accounts set balance = balance + {delta} where id = {account}; insert into ledger values ({client}, {number}, {account}, {delta}, {Payload(client, number, size)}); select pg_current_xact_id()::text"),
                connection))
            {
                transaction = ulong.Parse((string)(await command.ExecuteScalarAsync())!, CultureInfo.InvariantCulture);
            }

            await using (var end = new NpgsqlCommand(isRolledBack ? "rollback" : "commit", connection))
            {
                await end.ExecuteNonQueryAsync();
            }

            if (!isRolledBack)
            {
                var when = new Span(begun, DateTimeOffset.UtcNow, begunAt, await PositionAsync(connection));
                lock (entries)
                {
                    entries.Add(new LedgerEntry(client, number, account, delta, transaction, when));
                }
            }

            do
            {
                await Task.Delay(Pause, CancellationToken.None);
            }
            while (IsPaused && !_stop.IsCancellationRequested);
        }
    }

    /// <summary>Says by its own form whether it is whole: a hash that follows from its key, several times, no two alike where
    /// it is long, so that it does not compress well.</summary>
    private static string Payload(int client, long number, int size) =>
        string.Create(CultureInfo.InvariantCulture, $"(select string_agg(md5({client} || ':' || {number} || ':' || i), '' order by i) from generate_series(1, {size}) i)");

    /// <summary>Rows whose payload is not what <see cref="Payload"/> made.</summary>
    public const string BadPayloads =
        "select count(*) from ledger l where payload is distinct from (select string_agg(md5(l.client || ':' || l.number || ':' || i), '' order by i) from generate_series(1, length(l.payload) / 32) i)";
}
