using System.Globalization;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tables;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Recovery;

/// <summary>Each kind of target, and what the server does there.</summary>
public sealed class RestoreTargetTests
{
    private const int Limit = 10 * 60 * 1000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Limit)]
    public async Task Every_kind_of_target_is_reached_and_acted_on()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        await site.Cluster.ExecuteAsync("create table t (i int)");
        await site.BackUpAsync();
        await site.Cluster.ExecuteAsync("insert into t values (1)");
        var position = Lsn.Parse(await site.Cluster.QueryAsync<string>("select pg_current_wal_insert_lsn()::text"));
        await site.Cluster.ExecuteAsync("insert into t values (2)");
        var moment = await RestoreSite.MomentAsync();
        var transaction = ulong.Parse(await site.Cluster.QueryAsync<string>("with i as (insert into t values (3) returning 1) select pg_current_xact_id()::text from i"), CultureInfo.InvariantCulture);
        await site.Cluster.ExecuteAsync("select pg_create_restore_point('the point')", "insert into t values (4)");
        await site.ArchiveAsync();
        await site.Cluster.StopAsync();

        async Task<DatabaseRestoreResult> Check(string target, RecoveryTargetAction action, long rows, bool inclusive = true)
        {
            var result = await site.RestoreAsync(site.Options with { Force = true, Target = RecoveryTarget.Parse(target) with { IsInclusive = inclusive }, Action = action });
            if (action == RecoveryTargetAction.Shutdown)
            {
                Assert.Equal(RecoveryState.NotRunning, result.Recovery!.State);
                Assert.Equal(ClusterState.ShutDownInRecovery, ControlFile.Read(site.Restored).State);
                return result;
            }

            Assert.Equal(action == RecoveryTargetAction.Pause ? RecoveryState.Paused : RecoveryState.Finished, result.Recovery!.State);
            Assert.Equal(rows, await site.Cluster.QueryAsync<long>("select count(*) from t"));
            Assert.Equal(action == RecoveryTargetAction.Pause, await site.Cluster.QueryAsync<bool>("select pg_is_in_recovery()"));
            RestoreSite.Stop(site.Cluster.Server, site.Restored);
            return result;
        }

        await Check("latest", RecoveryTargetAction.Promote, 4);
        await Check("immediate", RecoveryTargetAction.Pause, 0);
        await Check($"lsn:{position}", RecoveryTargetAction.Promote, 1, inclusive: false);

        // The same moment, said in another zone.
        await Check(moment.ToOffset(TimeSpan.FromHours(9)).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture), RecoveryTargetAction.Pause, 2);
        await Check($"xid:{transaction}", RecoveryTargetAction.Promote, 2, inclusive: false);
        await Check($"xid:{transaction}", RecoveryTargetAction.Shutdown, 3);
        await Check("name:the point", RecoveryTargetAction.Promote, 3);
    }

    [Fact(Timeout = Limit)]
    public async Task A_moment_behind_the_last_transaction_is_its_end_and_no_later_log_is_replayed()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V18);
        await site.Cluster.ExecuteAsync("create table t (i int)");
        await site.BackUpAsync();
        await site.Cluster.ExecuteAsync("insert into t values (1)");
        var moment = await RestoreSite.MomentAsync();

        // The switch begins with a restore point, whose time shows that nothing was committed up to then.
        await site.ArchiveAsync();
        var plan = await site.PlanAsync(site.Options with { Target = RecoveryTarget.At(moment) });
        Assert.Equal(RecoveryTargetKind.Lsn, plan.Target.Kind);
        var table = await new TableRestore(site.Repository.Repository).RunAsync(
            plan.Backup.Info, RecoveryTarget.At(moment), new TableRestoreOptions { Tables = ["public.t"], Database = "postgres", Target = site.Cluster.Address }, new ScratchOptions { Programs = site.Cluster.Server.Programs }, null, Token);
        Assert.Equal(1, table.Rows);
        Assert.Equal(plan.Backup.Id, (await RecoveryStart.FindAsync(site.Repository.Repository, site.Source, RecoveryTarget.At(moment), null, Token)).Backup.Id);

        // The server goes on, and its log comes in after the plan was made.
        await site.Cluster.ExecuteAsync("insert into t values (2)", "drop table t_restored");
        await site.ArchiveAsync();
        await site.Cluster.StopAsync();
        var result = await new DatabaseRestore(site.Repository.Repository).RestoreAsync(plan, null, Token);
        Assert.True(result.Passed);
        Assert.Equal("1", await site.Cluster.QueryAsync<string>("select string_agg(i::text, ',') from t"));
        RestoreSite.Stop(site.Cluster.Server, site.Restored);
    }

    [Theory(Timeout = Limit)]
    [InlineData(RecoveryTargetAction.Promote)]
    [InlineData(RecoveryTargetAction.Pause)]
    public async Task A_copy_is_given_what_the_original_was_given_after_the_backup(RecoveryTargetAction action)
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        await site.Cluster.ExecuteAsync("create table t (i int)");
        await site.BackUpAsync();
        await site.Cluster.StopAsync();
        site.Cluster.Configure("max_connections = 45", "max_prepared_transactions = 3");
        await site.Cluster.StartAsync();
        await site.Cluster.ExecuteAsync("insert into t values (1)", "select pg_create_restore_point('after')", "insert into t values (2)");
        await site.ArchiveAsync();
        await site.Cluster.StopAsync();

        // A pause for lack of connections is not the one at the target.
        var result = await site.RestoreAsync(site.Options with { Target = RecoveryTarget.AtName("after"), Action = action });
        Assert.Equal(action == RecoveryTargetAction.Pause ? RecoveryState.Paused : RecoveryState.Finished, result.Recovery!.State);
        Assert.Contains(result.Notes, n => n.Contains("max_connections = 45, max_prepared_transactions = 3", StringComparison.Ordinal));
        Assert.Equal(1L, await site.Cluster.QueryAsync<long>("select count(*) from t"));
        Assert.Equal("45", await site.Cluster.QueryAsync<string>("show max_connections"));
        RestoreSite.Stop(site.Cluster.Server, site.Restored);
    }

    [Fact(Timeout = Limit)]
    public async Task A_server_that_does_not_let_the_restorer_in_is_waited_for_by_its_files()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V17);

        // As peer authentication does with root. The running server has read its rules already.
        File.WriteAllText(Path.Combine(site.Cluster.DataDirectory, "pg_hba.conf"), "local all all reject\n");
        await site.Cluster.ExecuteAsync("create table t (i int)");
        await site.BackUpAsync();
        await site.Cluster.ExecuteAsync("insert into t values (1)");
        await site.ArchiveAsync();
        await site.Cluster.StopAsync();
        var result = await site.RestoreAsync(site.Options);
        Assert.Equal(RecoveryState.Finished, result.Recovery!.State);
        Assert.Contains("pg_hba.conf rejects connection", result.Recovery.Unanswered, StringComparison.Ordinal);
        RestoreSite.Stop(site.Cluster.Server, site.Restored);
        Assert.Equal(2u, ControlFile.Read(site.Restored).Timeline);

        var error = await Assert.ThrowsAsync<DrException>(() => site.RestoreAsync(site.Options with { Force = true, Target = RecoveryTarget.Immediate, Action = RecoveryTargetAction.Pause }));
        Assert.Equal(DrError.ServerUnreachable, error.Error);
        Assert.Contains("cannot be asked whether it is at its target: pg_hba.conf rejects connection", error.Message, StringComparison.Ordinal);
        Assert.Contains($"What was there before is in {site.Restored}.drtools-before", error.Message, StringComparison.Ordinal);
        RestoreSite.Stop(site.Cluster.Server, site.Restored);
    }

    [Fact(Timeout = Limit)]
    public async Task A_copy_of_a_cluster_whose_configuration_is_elsewhere_gets_a_private_one()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V18);

        // The running server has read them already.
        foreach (var file in (string[])["postgresql.conf", "pg_hba.conf", "pg_ident.conf"])
        {
            File.Delete(Path.Combine(site.Cluster.DataDirectory, file));
        }

        await site.Cluster.ExecuteAsync("create table t as select 1 i");
        await site.BackUpAsync();
        await site.ArchiveAsync();
        var result = await site.RestoreAsync(site.Options);
        Assert.Equal(RecoveryState.Finished, result.Recovery!.State);
        Assert.Contains("the restored one has a private one", Assert.Single(result.Notes), StringComparison.Ordinal);
        Assert.Equal(site.Restored, result.Place!.SocketFolder);
        await using (var connection = new Npgsql.NpgsqlConnection($"Host={site.Restored};Port={result.Place.Port};Username=postgres;Database=postgres;Pooling=false"))
        {
            await connection.OpenAsync(Token);
            await using var command = new Npgsql.NpgsqlCommand("select current_setting('max_connections') || current_setting('listen_addresses') || (select count(*) from t)", connection);
            Assert.Equal("301", await command.ExecuteScalarAsync(Token));
        }

        RestoreSite.Stop(site.Cluster.Server, site.Restored);
    }

    [Fact(Timeout = Limit)]
    public async Task Too_little_space_is_told_before_anything_is_written()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small disk takes root.");
        await using var site = await RestoreSite.StartAsync(TestServer.V17);
        await site.BackUpAsync();
        var disk = Path.Combine(site.Cluster.Folder, "disk");
        Directory.CreateDirectory(disk);
        Mount("mount", "-t", "tmpfs", "-o", "size=1m", "drtools-test", disk);
        try
        {
            var plan = await site.PlanAsync(site.Options with { DataDirectory = Path.Combine(disk, "data") });
            var obstacle = Assert.Single(plan.Obstacles);
            Assert.Equal(DrError.OutOfSpace, obstacle.Error);
            Assert.Contains($"are free at {disk}", obstacle.Message, StringComparison.Ordinal);
            Assert.Contains("-Delta", obstacle.Remedy, StringComparison.Ordinal);
            Assert.Equal(DrError.OutOfSpace, (await Assert.ThrowsAsync<DrException>(() => site.RestoreAsync(site.Options with { DataDirectory = Path.Combine(disk, "data") }))).Error);
            Assert.Empty(Directory.EnumerateFileSystemEntries(disk));
        }
        finally
        {
            Mount("umount", disk);
        }
    }

    private static void Mount(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
