using DrTools.Backup;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tables;
using DrTools.PostgreSql.Tests.Logical;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Repositories.Journal;
using DrTools.Sources;

namespace DrTools.PostgreSql.Tests.Tables;

/// <summary>Tables from backups in a repository, as users have them.</summary>
public sealed class RepositoryTableTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tables_come_from_a_logical_backup()
    {
        await using var cluster = await ShopCluster.StartAsync();
        await using var repository = await TestRepository.CreateAsync();
        PostgreSqlProvider.Register();
        var backup = (await repository.BackUpAsync(SourceRegistry.Parse($"postgresql:{cluster.SocketLocation} dbname=shop"))).Backup;
        await cluster.ExecuteInAsync("shop", "delete from sales.items", "update sales.orders set note = 'lost'");
        var target = cluster.Address with { Database = "shop" };
        var restore = new TableRestore(repository.Repository);
        var result = await restore.RunAsync(backup, null, new TableRestoreOptions { Tables = ["sales.items", "sales.orders"], Target = target }, new ScratchOptions(), null, Cancel);
        Assert.Equal(1200, result.Rows);
        Assert.Equal(backup, result.Backup);
        Assert.Equal("sales.orders_restored", await cluster.QueryAsync<string>("select confrelid::regclass::text from pg_constraint where conrelid = 'sales.items_restored'::regclass and contype = 'f'", "shop"));
        Assert.Equal(901L, await cluster.QueryAsync<long>("select nextval(pg_get_serial_sequence('sales.items_restored', 'id'))", "shop"));
        Assert.Equal(300L, await cluster.QueryAsync<long>("select count(*) from sales.orders_restored where note <> 'lost'", "shop"));

        var back = await restore.RunAsync(backup, null, new TableRestoreOptions { Tables = ["sales.items"], Target = target, InsertMissing = true, Where = "id <= 10" }, new ScratchOptions(), null, Cancel);
        Assert.Equal(10, back.Rows);

        var error = await Assert.ThrowsAsync<DrException>(() => restore.RunAsync(backup, RecoveryTarget.At(DateTimeOffset.UtcNow), new TableRestoreOptions { Tables = ["sales.items"], Target = target }, new ScratchOptions(), null, Cancel));
        Assert.Contains("is a logical backup, which shows only the moment at which it was taken", error.Message, StringComparison.Ordinal);
        var runs = (await repository.Repository.Journal.ReadAsync(100, Cancel)).Where(r => r.Operation == "restore").ToList();
        Assert.Equal([("tables", RunOutcome.Succeeded), ("rows", RunOutcome.Succeeded), ("tables", RunOutcome.Failed)], runs.Select(r => (r.Mode!, r.Outcome)));
    }

    [Fact]
    public async Task Tables_come_from_a_physical_backup()
    {
        await using var cluster = await ShopCluster.StartAsync();
        await using var repository = await TestRepository.CreateAsync();
        var backup = (await repository.BackUpAsync(new PhysicalSource(cluster.Address, new PhysicalSourceOptions { IncludeWal = true }), BackupType.Full)).Backup;
        await cluster.ExecuteInAsync("shop", "drop table sales.items cascade");
        var result = await new TableRestore(repository.Repository).RunAsync(
            backup,
            RecoveryTarget.Immediate,
            new TableRestoreOptions { Tables = ["sales.items"], Target = cluster.Address with { Database = "shop" } },
            new ScratchOptions(),
            null,
            Cancel);
        Assert.Equal(900, result.Rows);
        Assert.Equal("sales.items_restored", Assert.Single(result.Tables).Target);
        Assert.Equal("immediate", result.Moment);
    }
}
