using System.Diagnostics;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Replication.Streaming;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Replication;

/// <summary>What keeps a receiver from starting, or from going on, and what is to be done about it.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LogStreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slot_that_is_missing_in_use_or_logical_is_told_and_none_is_touched()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["wal_level = logical"]);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.ExecuteAsync("select pg_create_logical_replication_slot('logical', 'pgoutput')");
        var missing = await FailAsync(repository, Options(cluster, "missing"));
        Assert.Equal(DrError.ServerSetting, missing.Error);
        Assert.Contains("There is no replication slot 'missing'", missing.Message, StringComparison.Ordinal);
        Assert.Contains("--create-slot, -CreateSlot", missing.Remedy, StringComparison.Ordinal);
        var logical = await FailAsync(repository, Options(cluster, "logical"));
        Assert.Equal(DrError.ServerSetting, logical.Error);
        Assert.Contains("Name another slot", logical.Remedy, StringComparison.Ordinal);
        var bad = await FailAsync(repository, Options(cluster, "Not A Name") with { CreateSlot = true });
        Assert.Equal(DrError.ServerSetting, bad.Error);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var first = new LogStream([repository.Repository], Options(cluster, "used") with { CreateSlot = true });
        var running = first.RunAsync(null, stop.Token);
        await UntilAsync(() => first.HasBegun, running);
        var second = await FailAsync(repository, Options(cluster, "used"));
        Assert.Equal(DrError.LeaseHeld, second.Error);
        Assert.Contains("'used'", second.Message, StringComparison.Ordinal);
        Assert.Contains("a slot of its own", second.Remedy, StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.Equal(WalReceiverEnd.Stopped, (await running).Ended);
        Assert.Equal("logical used", await cluster.QueryAsync<string>("select string_agg(slot_name, ' ' order by slot_name) from pg_replication_slots"));
    }

    [Fact]
    public async Task A_user_who_may_not_replicate_is_told_what_to_grant()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V17);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.ExecuteAsync("create role weak login");
        var e = await FailAsync(repository, Options(cluster) with { Address = cluster.Address with { User = "weak" } });
        Assert.Equal(DrError.PrivilegeMissing, e.Error);
        Assert.Equal("As a superuser: ALTER ROLE \"weak\" REPLICATION;", e.Remedy);
    }

    [Fact]
    public async Task Another_cluster_under_the_same_address_is_refused()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, freshIdentity: true);
        await using var repository = await TestRepository.CreateAsync();
        var backup = (await repository.BackUpAsync(new PhysicalSource(cluster.Address, new PhysicalSourceOptions { IncludeWal = true }))).Backup;
        var options = Options(cluster);
        var stream = await ReceiveAsync(repository, options, () => cluster.ExecuteAsync("create table t as select generate_series(1, 1000) g"));
        Assert.Equal(0, stream.LagBytes);

        // What a killed receiver leaves in its folder.
        var leftover = Path.Combine(options.SpoolFolder, stream.UnfinishedSegment![..24] + ".partial");
        await cluster.StopAsync();
        File.Copy(Path.Combine(cluster.DataDirectory, "pg_wal", stream.UnfinishedSegment[..24]), leftover);
        await ReplaceAsync(cluster);
        var byBackup = await FailAsync(repository, Options(cluster));
        Assert.Equal(DrError.ServerFailure, byBackup.Error);
        Assert.Contains($"is another cluster than the last backup of it, {backup.Id}", byBackup.Message, StringComparison.Ordinal);
        Assert.Contains("--force (-Force)", byBackup.Remedy, StringComparison.Ordinal);
        var bySpool = await FailAsync(repository, options, anyCluster: true);
        Assert.Equal(DrError.TargetFailure, bySpool.Error);
        Assert.Contains("of another cluster", bySpool.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(leftover));

        // Whoever means it may.
        Assert.Equal(WalReceiverEnd.Stopped, (await ReceiveAsync(repository, Options(cluster), () => Task.CompletedTask, anyCluster: true)).Ended);
    }

    [Fact]
    public async Task A_server_that_was_put_back_is_refused()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V17);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.StopAsync();
        var copy = Path.Combine(cluster.Folder, "copy");
        TestServer.Run("cp", "-a", cluster.DataDirectory, copy);
        await cluster.StartAsync();
        await ReceiveAsync(repository, Options(cluster), () => cluster.ExecuteAsync("create table t as select generate_series(1, 1000) g", "select pg_switch_wal()", "insert into t values (1)", "select pg_switch_wal()", "insert into t values (2)"));
        await cluster.StopAsync();
        Directory.Delete(cluster.DataDirectory, recursive: true);
        TestServer.Run("mv", copy, cluster.DataDirectory);
        await cluster.StartAsync();
        var e = await FailAsync(repository, Options(cluster));
        Assert.Equal(DrError.ServerFailure, e.Error);
        Assert.Contains("is behind what was received of its cluster", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_server_does_not_come_back_in_time_it_gives_up_and_says_what_is_safe()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await using var repository = await TestRepository.CreateAsync();
        var stream = new LogStream([repository.Repository], Options(cluster) with { GiveUpAfter = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromMilliseconds(200) });
        var running = stream.RunAsync(null, Token);
        await UntilAsync(() => stream.HasBegun, running);
        await cluster.ExecuteAsync("create table t as select generate_series(1, 1000) g");
        await cluster.StopAsync();
        var e = await Assert.ThrowsAsync<DrException>(() => running.WaitAsync(TimeSpan.FromMinutes(1), Token));
        Assert.Equal(DrError.ServerUnreachable, e.Error);
        Assert.Equal(WalReceiverEnd.Failed, stream.Result!.Ended);
        Assert.True(stream.Result.To > stream.Result.From);
        Assert.EndsWith(".partial", stream.Result.UnfinishedSegment, StringComparison.Ordinal);
        var run = (await repository.Repository.Journal.ReadAsync(1, Token)).Single();
        Assert.Equal(("receive", "ServerUnreachable"), (run.Operation, run.ErrorId));
    }

    private static WalReceiverOptions Options(TestCluster cluster, string? slot = null) => new()
    {
        Address = cluster.Address,
        SpoolFolder = Path.Combine(cluster.Folder, "spool-" + Guid.NewGuid().ToString("N")[..8]),
        Slot = slot,
    };

    private static async Task<DrException> FailAsync(TestRepository repository, WalReceiverOptions options, bool anyCluster = false)
    {
        var stream = new LogStream([repository.Repository], options) { AnyCluster = anyCluster };
        var e = await Assert.ThrowsAsync<DrException>(() => stream.RunAsync(null, Token).WaitAsync(TimeSpan.FromMinutes(1), Token));
        Assert.Null(stream.Result);
        Assert.NotEmpty(e.Remedy);
        return e;
    }

    /// <summary>Receives while something is done, until all of it is received.</summary>
    private static async Task<LogStreamResult> ReceiveAsync(TestRepository repository, WalReceiverOptions options, Func<Task> work, bool anyCluster = false)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var progress = new Latest();
        var stream = new LogStream([repository.Repository], options) { AnyCluster = anyCluster };
        var running = stream.RunAsync(progress, stop.Token);
        await UntilAsync(() => stream.HasBegun, running);
        await work();
        var end = Lsn.Parse(await EndAsync(options));
        await UntilAsync(() => progress.Status?.Flushed >= end, running);
        await stop.CancelAsync();
        return await running.WaitAsync(TimeSpan.FromMinutes(1), Token);
    }

    private static async Task<string> EndAsync(WalReceiverOptions options)
    {
        await using var connection = await ServerConnection.OpenAsync(options.Address, null, "postgres", Token);
        await using var command = new NpgsqlCommand("select pg_current_wal_flush_lsn()::text", connection);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }

    private static async Task UntilAsync(Func<bool> condition, Task running)
    {
        for (var clock = Stopwatch.StartNew(); !condition(); await Task.Delay(20, Token))
        {
            if (running.IsCompleted)
            {
                await running;
                Assert.Fail("It ended.");
            }

            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1));
        }
    }

    /// <summary>Puts a new cluster in the place of one that is stopped.</summary>
    private static async Task ReplaceAsync(TestCluster cluster)
    {
        var old = Path.Combine(cluster.Folder, "old");
        Directory.Move(cluster.DataDirectory, old);
        cluster.Server.Initialize(cluster.DataDirectory, freshIdentity: true, "--data-checksums");
        foreach (var file in (string[])["postgresql.conf", "pg_hba.conf"])
        {
            TestServer.Run("cp", Path.Combine(old, file), Path.Combine(cluster.DataDirectory, file));
        }

        await cluster.StartAsync();
    }

    private sealed class Latest : IProgress<WalReceiverStatus>
    {
        private volatile WalReceiverStatus? _status;

        public WalReceiverStatus? Status => _status;

        public void Report(WalReceiverStatus value) => _status = value;
    }
}
