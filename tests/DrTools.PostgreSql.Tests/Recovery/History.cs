using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Recovery;

/// <summary>Clusters with a past, made once for all tests that only read them.</summary>
public sealed class Histories : IAsyncDisposable
{
    private readonly Dictionary<int, Task<History>> _made = [];

    internal Task<History> OfAsync(int version)
    {
        lock (_made)
        {
            if (!_made.TryGetValue(version, out var history))
            {
                _made.Add(version, history = History.MakeAsync(version));
            }

            return history;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var history in _made.Values)
        {
            await (await history).DisposeAsync();
        }
    }
}

/// <summary>A cluster with a backup, after which one row each was inserted three times.</summary>
internal sealed class History : IAsyncDisposable
{
    private History(TestCluster cluster) => Cluster = cluster;

    public TestCluster Cluster { get; }

    public string Backup => Path.Combine(Cluster.Folder, "backup");

    public IWalSupply Supply => new FolderWalSupply(PhysicalCopy.Archive(Cluster));

    public Lsn AfterFirst { get; private set; }

    /// <summary>Between the second and the third commit.</summary>
    public DateTimeOffset Second { get; private set; }

    public ulong ThirdTransaction { get; private set; }

    public DateTimeOffset LastCommit { get; private set; }

    /// <summary>Behind the third commit, before the last one.</summary>
    public DateTimeOffset End { get; private set; }

    public static async Task<History> MakeAsync(
        int version, string? boss = null, string[]? settings = null, bool withTablespace = false, Func<TestCluster, Task>? midway = null)
    {
        var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), settings: [.. PhysicalCopy.Archiving, "track_commit_timestamp = on", .. settings ?? []]);
        var history = new History(cluster);
        PhysicalCopy.Archive(cluster);
        if (boss is not null)
        {
            await cluster.ExecuteAsync("create role other superuser login");
            await using var other = new NpgsqlConnection($"Host={cluster.Folder};Port={cluster.Port};Username=other;Database=postgres;Pooling=false");
            await other.OpenAsync(TestContext.Current.CancellationToken);
            await using var rename = new NpgsqlCommand($"alter role postgres rename to \"{boss}\"; checkpoint", other);
            await rename.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await using var connection = new NpgsqlConnection($"Host={cluster.Folder};Port={cluster.Port};Username={boss ?? "postgres"};Database=postgres;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return await history.FillAsync(connection, withTablespace, midway);
    }

    public ScratchInstance NewScratch(string? parent = null)
    {
        var scratch = ScratchInstance.Create(Cluster.Server.Version, new ScratchOptions { Parent = parent, Programs = Cluster.Server.Programs });
        PhysicalCopy.Restore(Backup, scratch.DataDirectory);
        return scratch;
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private async Task<History> FillAsync(NpgsqlConnection connection, bool withTablespace, Func<TestCluster, Task>? midway)
    {
        async Task<T> Ask<T>(string query)
        {
            if (connection.State != System.Data.ConnectionState.Open)
            {
                await connection.OpenAsync(TestContext.Current.CancellationToken);
            }

            await using var command = new NpgsqlCommand(query, connection);
            return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) ?? default(T))!;
        }

        if (withTablespace)
        {
            TestServer.Run("mkdir", Path.Combine(Cluster.Folder, "space"));
            await Ask<object>($"create tablespace elsewhere location '{Cluster.Folder}/space'");
        }

        await Ask<object>($"create table t (i int) {(withTablespace ? "tablespace elsewhere" : string.Empty)}");
        await PhysicalCopy.TakeAsync(Cluster, Backup, connection);
        await Ask<object>("insert into t values (1)");
        AfterFirst = Lsn.Parse(await Ask<string>("select pg_current_wal_insert_lsn()::text"));
        await Ask<object>("select pg_create_restore_point('first')");
        if (midway is not null)
        {
            await connection.CloseAsync();
            await midway(Cluster);
        }

        await Ask<object>("insert into t values (2)");
        await Task.Delay(20, TestContext.Current.CancellationToken);
        Second = DateTimeOffset.UtcNow;
        await Task.Delay(20, TestContext.Current.CancellationToken);
        ThirdTransaction = ulong.Parse(await Ask<string>("with i as (insert into t values (3) returning 1) select pg_current_xact_id()::text from i"), System.Globalization.CultureInfo.InvariantCulture);
        await Task.Delay(20, TestContext.Current.CancellationToken);
        End = DateTimeOffset.UtcNow;
        await Task.Delay(20, TestContext.Current.CancellationToken);
        await Ask<object>("create table last_one ()");
        await Ask<object>("drop table last_one");
        LastCommit = await Ask<DateTime>("select timestamp from pg_last_committed_xact()");
        await PhysicalCopy.SwitchAsync(Cluster, connection);
        return this;
    }
}
