using DrTools.Backup;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Physical;

public sealed class StandbyBackupTests
{
    private static readonly PhysicalSourceOptions WithWal = new() { IncludeWal = true };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_standby_is_backed_up_under_load_and_across_its_promotion(int version)
    {
        var server = TestServer.Find(version);
        await using var primary = await TestCluster.StartNewAsync(server, settings: version >= 17 ? ["summarize_wal = on"] : []);
        await using var repository = await TestRepository.CreateAsync();
        await LedgerLoad.PrepareAsync(primary);
        var origin = await repository.BackUpAsync(new PhysicalSource(primary.Address, WithWal), BackupType.Full);
        await using var standby = await repository.RestoreAsync(origin.Backup, server);
        TestServer.Run("touch", Path.Combine(standby.DataDirectory, "standby.signal"));
        standby.Configure($"primary_conninfo = 'host={primary.Folder} port={primary.Port} user=postgres'");
        await standby.StartAsync();
        var source = new PhysicalSource(standby.Address, WithWal);
        var backups = new List<(BackupInfo Backup, long Before, long After)>();
        long committed;
        await using (var load = LedgerLoad.Start(primary))
        {
            foreach (var type in new[] { BackupType.Full, BackupType.Incremental })
            {
                await Task.Delay(300, Cancel);
                var before = await LastAsync(standby);
                var result = await repository.BackUpAsync(source, type);
                Assert.False(result.Backup.IsPartial, string.Join('\n', result.Issues));
                Assert.Equal(type, result.Backup.Type);
                Assert.Equal("true", result.Backup.Facts.Details["fromStandby"]);
                backups.Add((result.Backup, before, load.Committed + 1));
            }

            var e = await Assert.ThrowsAsync<DrException>(() => repository.BackUpAsync(new Interrupted(source, () => PromoteAsync(standby))));
            Assert.Equal(DrError.SourceFailure, e.Error);
            Assert.Contains("promoted", e.Message, StringComparison.Ordinal);
            Assert.Contains("Take the backup again", e.Remedy, StringComparison.Ordinal);
        }

        // The parent was taken on the timeline that this one branched off from, before it did.
        committed = await LastAsync(standby);
        await standby.ExecuteAsync($"insert into ledger values ({committed + 1}, 1, 0)");
        var after = await repository.BackUpAsync(source);
        Assert.Equal(BackupType.Incremental, after.Backup.Type);
        Assert.Equal("2", after.Backup.Facts.Details["timeline"]);
        backups.Add((after.Backup, committed + 1, committed + 1));

        // The old primary went on: what it did after the standby left must not mix with what the standby did.
        await primary.ExecuteAsync($"update accounts set balance = balance");
        foreach (var (backup, atLeast, atMost) in backups)
        {
            await repository.AssertWholeAsync(backup);
            await using var copy = await repository.RestoreAsync(backup, server);
            copy.Configure("primary_conninfo = ''");
            await copy.StartAsync();
            await LedgerLoad.AssertConsistentAsync(copy, atLeast, atMost);
            await copy.StopAsync();
            DataFiles.AssertChecksums(copy.DataDirectory);
        }
    }

    private static async Task<long> LastAsync(TestCluster cluster) => await cluster.QueryAsync<long>("select coalesce(max(id), 0) from ledger");

    private static async Task PromoteAsync(TestCluster standby)
    {
        Assert.True(await standby.QueryAsync<bool>("select pg_promote(wait => false)"));
        while (await standby.QueryAsync<bool>("select pg_is_in_recovery()"))
        {
            await Task.Delay(50, Cancel);
        }
    }
}
