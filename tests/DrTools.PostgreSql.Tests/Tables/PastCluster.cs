using DrTools.PostgreSql.Moments;
using DrTools.PostgreSql.Probing;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tests.Logical;
using DrTools.PostgreSql.Tests.Recovery;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Tables;

/// <summary>A live cluster with a database <c>shop</c>, a base backup of it, and the archive that leads from there to now.</summary>
internal sealed class PastCluster : IAsyncDisposable
{
    private PastCluster(TestCluster cluster) => Cluster = cluster;

    public TestCluster Cluster { get; }

    /// <summary>A moment after which nothing good happened.</summary>
    public DateTimeOffset Before { get; private set; }

    /// <summary>Where the log after the backup begins.</summary>
    public LogStart Start { get; private set; }

    public string BackupFolder => Path.Combine(Cluster.Folder, "backup");

    public static async Task<PastCluster> StartAsync(int version, params string[] more)
    {
        var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), settings: PhysicalCopy.Archiving);
        try
        {
            PhysicalCopy.Archive(cluster);
            await cluster.ExecuteAsync("create role clerk", "create database shop owner clerk");
            await ShopCluster.FillAsync(cluster, "shop");
            await cluster.ExecuteInAsync("shop", more);
            var past = new PastCluster(cluster);
            await using var connection = await cluster.ConnectAsync();
            await PhysicalCopy.TakeAsync(cluster, past.BackupFolder, connection);
            past.Start = new LogStart(Lsn.Parse(await cluster.QueryAsync<string>("select pg_current_wal_lsn()::text")), 1, 16 << 20);
            return past;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Remembers this moment, runs what should not have been run, and archives the log.</summary>
    public async Task MistakeAsync(params string[] statements)
    {
        await Cluster.ExecuteInAsync("shop", "select txid_current()");

        // Commit times have microseconds, and a target is inclusive: keep a distance on both sides.
        await Task.Delay(5);
        Before = new DateTimeOffset(await Cluster.QueryAsync<DateTime>("select clock_timestamp()"), TimeSpan.Zero);
        await Task.Delay(5);
        await Cluster.ExecuteInAsync("shop", statements);
        await ArchiveAsync();
    }

    /// <summary>Has the log archived up to now.</summary>
    public async Task ArchiveAsync()
    {
        await using var connection = await Cluster.ConnectAsync();
        await PhysicalCopy.SwitchAsync(Cluster, connection);
    }

    public ScratchRestore Restore => new FolderRestore(this);

    public IMoment Moment => new PhysicalMoment(Restore, RecoveryTarget.At(Before));

    public Task<T> AskAsync<T>(string query) => Cluster.QueryAsync<T>(query, "shop");

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private sealed class FolderRestore(PastCluster past) : ScratchRestore
    {
        public override string? SystemIdentifier { get; } = past.Cluster.QueryAsync<string>("select system_identifier::text from pg_control_system()").GetAwaiter().GetResult();

        public override IWalSupply? Supply => new FolderWalSupply(PhysicalCopy.Archive(past.Cluster));

        public override Task<ScratchInstance> RestoreAsync(Action<long>? progress, CancellationToken cancellationToken)
        {
            var scratch = ScratchInstance.Create(past.Cluster.Server.Version, new ScratchOptions { Programs = past.Cluster.Server.Programs });
            PhysicalCopy.Restore(past.BackupFolder, scratch.DataDirectory);
            return Task.FromResult(scratch);
        }
    }
}
