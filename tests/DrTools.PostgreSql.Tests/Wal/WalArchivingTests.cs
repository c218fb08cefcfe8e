using System.Diagnostics;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Wal;

/// <summary>Servers that archive through the program and recover through it.</summary>
public sealed class WalArchivingTests
{
    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_copy_recovers_everything_from_the_archive(int version)
    {
        await using var site = await ArchivingSite.StartAsync(TestServer.Find(version));
        await site.Cluster.ExecuteAsync("create table t (i int)", "insert into t select generate_series(1, 1000)");
        await site.CopyAsync("copy");
        await site.Cluster.ExecuteAsync("insert into t select generate_series(1, 234)");
        await site.SwitchAndWaitAsync();

        await using var copy = await site.StartCopyAsync("copy");
        Assert.Equal(1234L, await copy.QueryAsync<long>("select count(*) from t"));
        Assert.Equal(2, await copy.QueryAsync<int>("select timeline_id from pg_control_checkpoint()"));
    }

    [Fact]
    public async Task Two_copies_promoted_to_one_timeline_collide_and_nothing_is_overwritten()
    {
        await using var site = await ArchivingSite.StartAsync(TestServer.V15);
        await site.Cluster.ExecuteAsync("create table t (i int)");
        await site.CopyAsync("one");
        await site.CopyAsync("two");
        await site.SwitchAndWaitAsync();

        // Both recover without seeing each other's history, as two hosts would that were promoted at the same time.
        await using var one = await site.StartCopyAsync("one", archives: true, before: "recovery_target_action = 'pause'\nrecovery_target = 'immediate'");
        await using var two = await site.StartCopyAsync("two", archives: true, before: "recovery_target_action = 'pause'\nrecovery_target = 'immediate'");
        await two.ExecuteAsync("alter system set restore_command = 'false'", "select pg_reload_conf()");
        foreach (var copy in (TestCluster[])[one, two])
        {
            await copy.ExecuteAsync("select pg_promote()");
            await copy.ExecuteAsync("create table mine (i int)", "insert into mine select generate_series(1, 100)", "select pg_switch_wal()");
            if (copy == one)
            {
                await ArchivingSite.WaitAsync(one, "select last_archived_wal like '00000002%' and last_archived_wal not like '%history' from pg_stat_archiver");
            }
        }

        await ArchivingSite.WaitAsync(two, "select failed_count > 0 from pg_stat_archiver");
        Assert.StartsWith("00000002", await two.QueryAsync<string>("select last_failed_wal from pg_stat_archiver"), StringComparison.Ordinal);
        var log = await two.CrashAsync();
        Assert.Contains("[LogConflict]", log, StringComparison.Ordinal);
        Assert.Contains("remedy:", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Archiving_that_fails_for_a_while_recovers_and_loses_nothing()
    {
        await using var site = await ArchivingSite.StartAsync(TestServer.V15);
        await site.Cluster.ExecuteAsync("create table t (i int)");
        await site.CopyAsync("copy");
        Directory.Move(site.Repository, site.Repository + ".away");
        for (var i = 0; i < 3; i++)
        {
            await site.Cluster.ExecuteAsync("insert into t select generate_series(1, 100)", "select pg_switch_wal()");
        }

        await ArchivingSite.WaitAsync(site.Cluster, "select failed_count > 0 from pg_stat_archiver");
        Directory.Move(site.Repository + ".away", site.Repository);

        // The archiver waits a minute after three failures; a restart of the server begins anew.
        await site.Cluster.StopAsync();
        await site.Cluster.StartAsync();
        await site.SwitchAndWaitAsync();
        await using var copy = await site.StartCopyAsync("copy");
        Assert.Equal(300L, await copy.QueryAsync<long>("select count(*) from t"));
    }

    [Fact]
    public async Task Recovery_stops_when_the_archive_cannot_be_asked()
    {
        await using var site = await ArchivingSite.StartAsync(TestServer.V15);
        await site.Cluster.ExecuteAsync("create table t (i int)");
        await site.CopyAsync("copy");
        await site.SwitchAndWaitAsync();
        Directory.Move(site.Repository, site.Repository + ".away");
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => site.StartCopyAsync("copy"));
        Assert.Contains("[RepositoryMissing]", failure.Message, StringComparison.Ordinal);
        Assert.Contains("FATAL:  could not restore file", failure.Message, StringComparison.Ordinal);
    }
}
