using DrTools.Backup;
using DrTools.Deposits;
using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Tests.Logical;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Sources;

namespace DrTools.PostgreSql.Tests.Copies;

/// <summary>A database server whose host may store and do nothing else.</summary>
public sealed class DepositedClusterTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_server_without_a_secret_deposited_starts_and_loads()
    {
        PostgreSqlProvider.Register();
        await using var cluster = await ShopCluster.StartAsync();
        await using var repository = await TestRepository.CreateAsync();
        var inbox = Path.Combine(repository.Folder, "inbox");
        var writer = new DepositWriter(inbox, DepositRecipient.Of(repository.Repository));
        var options = new BackupOptions { Host = "db1", WorkFolder = repository.Folder, Parallelism = 2 };
        await writer.RunAsync(new PhysicalSource(cluster.Address, new PhysicalSourceOptions { IncludeWal = true }), options, null, Cancel);
        await writer.RunAsync(SourceRegistry.Parse($"postgresql:{cluster.SocketLocation} dbname=shop"), options, null, Cancel);

        var backups = new List<BackupInfo>();
        await foreach (var received in new DepositReceiver(repository.Repository, inbox).RunAsync(new ReceiveOptions { Remove = true }, null, Cancel))
        {
            Assert.Equal((DepositOutcome.Received, true), (received.Outcome, received.IsRemoved));
            backups.AddRange(received.Backups);
        }

        var physical = backups.Single(b => !b.Source.Contains("/shop", StringComparison.Ordinal));
        await using var restored = await repository.RestoreAsync(physical, TestServer.V15);
        await restored.StartAsync();
        Assert.Equal(900L, await restored.QueryAsync<long>("select count(*) from sales.items", "shop"));

        var loaded = await new LogicalRestore(repository.Repository).RunAsync(
            backups.Single(b => b != physical), new LogicalRestoreOptions { Target = cluster.Address with { Database = "again" } }, null, Cancel);
        Assert.True(loaded.Passed);
        Assert.Equal(1270, loaded.Rows);
    }
}
