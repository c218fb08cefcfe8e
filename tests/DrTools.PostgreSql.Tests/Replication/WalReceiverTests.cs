using System.Diagnostics;
using DrTools.PostgreSql.Replication.Streaming;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Tests.Wal;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Tests.Replication;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class WalReceiverTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task Archives_segments_as_the_server_wrote_them_and_the_last_one_when_it_stops(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version));
        await using var receiver = Receiver.Start(cluster, o => o with { Slot = "drtools", CreateSlot = true });
        await receiver.StreamingAsync();
        var first = await cluster.QueryAsync<string>("select pg_walfile_name(pg_current_wal_lsn())");
        await cluster.ExecuteAsync("create table a as select g, repeat('x', 500) from generate_series(1, 60000) g", "select pg_switch_wal()", "insert into a values (0, 'last')");
        var end = Lsn.Parse(await cluster.QueryAsync<string>("select pg_current_wal_flush_lsn()::text"));
        await receiver.UntilAsync(s => s.Flushed >= end && s.Waiting == 0);
        Assert.Equal("f", await cluster.QueryAsync<string>("select temporary::text::char(1) from pg_replication_slots where slot_name = 'drtools'"));

        // What the server hears is what is archived.
        Assert.True(Lsn.Parse(await cluster.QueryAsync<string>("select flush_lsn::text from pg_stat_replication")) <= receiver.Status.Archived);
        var result = await receiver.StopAsync();
        Assert.Null(result.Problem);
        Assert.True(result.Archived >= end);
        Assert.Equal(await cluster.QueryAsync<string>("select system_identifier::text from pg_control_system()"), receiver.Sink.SystemIdentifier);

        var segments = receiver.Sink.Names.Where(n => n.Length == 24).ToList();
        Assert.Equal(first, segments[0]);
        Assert.True(segments.Count >= 3, string.Join(' ', segments));
        foreach (var segment in segments)
        {
            AssertSame(cluster, receiver.Sink, segment);
        }

        var partial = Assert.Single(receiver.Sink.Names, n => n.EndsWith(".partial", StringComparison.Ordinal));
        Assert.Equal(16 << 20, new FileInfo(Path.Combine(receiver.Sink.Folder, partial)).Length);
        Assert.True(string.CompareOrdinal(partial, segments[^1]) > 0);
        Assert.Equal(["receiver.lock"], Directory.EnumerateFiles(receiver.Spool).Select(f => Path.GetFileName(f)));

        // The next run begins behind the archive's end, and the unfinished segment is completed.
        await using var second = Receiver.Start(cluster, o => o with { Slot = "drtools" }, receiver);
        await second.StreamingAsync();
        await cluster.ExecuteAsync("select pg_switch_wal()", "insert into a values (1, 'x')");
        await second.UntilAsync(s => s.ArchivedSegments > 0);
        await second.StopAsync();
        AssertSame(cluster, receiver.Sink, partial[..24]);
    }

    [Fact]
    public async Task After_a_kill_the_last_record_is_recovered()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await cluster.ExecuteAsync("create table ledger (id bigint)");
        var folder = TestCluster.NewFolder();
        await using var copy = TestCluster.At(TestServer.V15, folder);
        await using var receiver = Receiver.Start(cluster, o => o with { Slot = "drtools", CreateSlot = true, StatusInterval = TimeSpan.FromMilliseconds(100) });
        await receiver.StreamingAsync();
        await BaseBackupStreamTests.ExtractAsync(cluster, new(), copy.DataDirectory);
        await cluster.ExecuteAsync("insert into ledger select generate_series(1, 200000)", "select pg_switch_wal()");
        for (var i = 0; i < 20; i++)
        {
            await cluster.ExecuteAsync($"insert into ledger values ({200001 + i})");
        }

        var end = Lsn.Parse(await cluster.QueryAsync<string>("select pg_current_wal_flush_lsn()::text"));
        await receiver.UntilAsync(s => s.Received >= end);
        using (var kill = Process.Start("kill", ["-KILL", $"{cluster.ProcessId}"]))
        {
            await kill.WaitForExitAsync(Stop);
        }

        // It has lost its server, says so, and has archived what it had without being stopped.
        await receiver.UntilAsync(s => s.Reconnects > 0 && s.Archived >= end && s.Waiting == 0);
        Assert.Contains("Receiving WAL broke off", receiver.Status.Problem, StringComparison.Ordinal);
        await receiver.StopAsync();

        copy.Configure(
            $"port = {copy.Port}", $"unix_socket_directories = '{folder}'",
            $"restore_command = 'cp {receiver.Sink.Folder}/%f %p || cp $(ls {receiver.Sink.Folder}/%f.*.partial | tail -1) %p'");
        TestServer.Run("touch", Path.Combine(copy.DataDirectory, "recovery.signal"));
        await copy.StartAsync();
        while (await copy.QueryAsync<bool>("select pg_is_in_recovery()"))
        {
            await Task.Delay(50, Stop);
        }

        Assert.Equal(200020L, await copy.QueryAsync<long>("select count(*) from ledger"));
    }

    [Fact]
    public async Task A_repository_recovers_to_the_last_record_that_was_received()
    {
        await using var site = await ArchivingSite.StartAsync(TestServer.V15);
        var cluster = site.Cluster;
        using var credential = RepositoryCredential.FromKeyFile(Path.Combine(cluster.Folder, "key"));
        await using var repository = await new RepositoryFactory().OpenAsync(site.Repository, credential, Stop);

        // From here on the receiver alone archives. (What root writes the server's user could not add to.)
        await cluster.ExecuteAsync("alter system set archive_command = 'true'", "select pg_reload_conf()", "create table ledger (id bigint)");
        await site.CopyAsync("copy");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var receiver = new WalReceiver(
            new WalReceiverOptions { Address = cluster.Address, SpoolFolder = Path.Combine(cluster.Folder, "received"), Slot = "drtools", CreateSlot = true },
            new RepositoryWalSink([new LogArchive(repository)]));
        var running = receiver.RunAsync(null, stop.Token);
        async Task UntilAsync(Func<WalReceiverStatus, bool> condition)
        {
            for (var clock = Stopwatch.StartNew(); !condition(receiver.Status); await Task.Delay(20, Stop))
            {
                Assert.False(running.IsCompleted, running.Exception?.ToString());
                Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), receiver.Status.ToString());
            }
        }

        await UntilAsync(s => s.State == WalReceiverState.Streaming);
        await cluster.ExecuteAsync("insert into ledger select generate_series(1, 50000)");
        await cluster.ExecuteAsync("select pg_switch_wal()", "insert into ledger select generate_series(50001, 50100)");
        var end = Lsn.Parse(await cluster.QueryAsync<string>("select pg_current_wal_flush_lsn()::text"));
        await UntilAsync(s => s.Received >= end);
        using (var kill = Process.Start("kill", ["-KILL", $"{cluster.ProcessId}"]))
        {
            await kill.WaitForExitAsync(Stop);
        }

        await UntilAsync(s => s.Reconnects > 0 && s.Archived >= end && s.Waiting == 0);
        await stop.CancelAsync();
        await running;
        if (Environment.UserName == "root")
        {
            using var chown = Process.Start("chown", ["-R", "postgres:postgres", site.Repository]);
            await chown.WaitForExitAsync(Stop);
        }

        await using var copy = await site.StartCopyAsync("copy");
        Assert.Equal(50100L, await copy.QueryAsync<long>("select count(*) from ledger"));
    }

    [Fact]
    public async Task Follows_the_server_to_a_new_timeline()
    {
        await using var primary = await TestCluster.StartNewAsync(TestServer.V17);
        await primary.ExecuteAsync("create table a (id int)");
        var folder = TestCluster.NewFolder();
        await using var standby = TestCluster.At(TestServer.V17, folder);
        await BaseBackupStreamTests.ExtractAsync(primary, new() { IncludeWal = true }, standby.DataDirectory);
        standby.Configure($"port = {standby.Port}", $"unix_socket_directories = '{folder}'", $"primary_conninfo = 'host={primary.Folder} port={primary.Port} user=postgres'");
        TestServer.Run("touch", Path.Combine(standby.DataDirectory, "standby.signal"));
        await standby.StartAsync();
        await using var receiver = Receiver.Start(standby);
        await receiver.StreamingAsync();
        await primary.ExecuteAsync("insert into a select generate_series(1, 1000)");
        await standby.ExecuteAsync("select pg_promote()");
        await standby.ExecuteAsync("insert into a select generate_series(1, 1000)", "select pg_switch_wal()", "insert into a values (1)");
        await receiver.UntilAsync(s => s.Timeline == 2 && s.ArchivedSegments > 0);
        await receiver.StopAsync();
        var names = receiver.Sink.Names.ToList();
        Assert.Contains("00000002.history", names);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(standby.DataDirectory, "pg_wal/00000002.history"), Stop),
            await File.ReadAllBytesAsync(Path.Combine(receiver.Sink.Folder, "00000002.history"), Stop));
        Assert.Contains(names, n => n.StartsWith("00000001", StringComparison.Ordinal) && n.EndsWith(".partial", StringComparison.Ordinal));
        AssertSame(standby, receiver.Sink, names.First(n => n.Length == 24 && n.StartsWith("00000002", StringComparison.Ordinal)));
        Assert.True(receiver.Sink.Stored.ToList().IndexOf("00000002.history") < receiver.Sink.Stored.ToList().FindIndex(n => n.Length == 24 && n[7] == '2'));

        // The old primary went on by itself: its log is no successor of what is archived, but the archive's past is its
        // own up to the fork, and nothing of timeline 2 is touched.
        await using var old = Receiver.Start(primary, null, receiver);
        await primary.ExecuteAsync("insert into a select generate_series(1, 1000)", "select pg_switch_wal()", "insert into a values (1)");
        await old.UntilAsync(s => s.Timeline == 1 && s.ArchivedSegments > 0);
        await old.StopAsync();
    }

    [Fact]
    public async Task Goes_on_when_the_server_is_back()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V18);
        await using var receiver = Receiver.Start(cluster, o => o with { Slot = "drtools", CreateSlot = true });
        await receiver.StreamingAsync();
        await cluster.ExecuteAsync("create table a as select generate_series(1, 1000) g");
        await cluster.StopAsync();
        await receiver.UntilAsync(s => s.State == WalReceiverState.Waiting);
        await cluster.StartAsync();
        await cluster.ExecuteAsync("insert into a select generate_series(1, 1000)", "select pg_switch_wal()", "insert into a values (1)");
        await receiver.UntilAsync(s => s.ArchivedSegments > 0 && s.State == WalReceiverState.Streaming);
        Assert.Null(receiver.Status.Problem);
        await receiver.StopAsync();
        AssertSame(cluster, receiver.Sink, receiver.Sink.Names.First(n => n.Length == 24));
    }

    [Fact]
    public async Task A_server_can_shut_down_though_the_archive_is_away()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await using var receiver = Receiver.Start(cluster, o => o with { Slot = "drtools", CreateSlot = true, StopTimeout = TimeSpan.FromSeconds(1) });
        receiver.Sink.Fail = _ => new DrException(DrError.StoreFailure, "The store is away.", "Wait.");
        await receiver.StreamingAsync();
        await cluster.ExecuteAsync("create table a as select generate_series(1, 1000) g");
        var clock = Stopwatch.StartNew();
        await cluster.StopAsync();
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(45));
        await receiver.StopAsync();
        Assert.NotEmpty(Directory.EnumerateFiles(receiver.Spool, "*.partial"));
    }

    [Fact]
    public async Task Keeps_in_the_spool_what_the_archive_does_not_take()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await using var receiver = Receiver.Start(cluster, o => o with { Slot = "drtools", CreateSlot = true, StopTimeout = TimeSpan.FromSeconds(1) });
        receiver.Sink.Fail = _ => new DrException(DrError.StoreFailure, "The store is away.", "Wait.");
        await receiver.StreamingAsync();
        var before = receiver.Status.Archived;
        await cluster.ExecuteAsync("create table a as select generate_series(1, 1000) g", "select pg_switch_wal()", "insert into a values (1)");
        await receiver.UntilAsync(s => s.Problem is not null);
        Assert.Contains("could not be archived and stays in", receiver.Status.Problem, StringComparison.Ordinal);
        Assert.Contains("The store is away. Wait.", receiver.Status.Problem, StringComparison.Ordinal);
        Assert.Equal(before, receiver.Status.Archived);
        Assert.True(Lsn.Parse(await cluster.QueryAsync<string>("select flush_lsn::text from pg_stat_replication")) <= before);
        var result = await receiver.StopAsync();
        Assert.Contains("wait in", result.Problem, StringComparison.Ordinal);
        Assert.Empty(receiver.Sink.Names);

        await using var second = Receiver.Start(cluster, o => o with { Slot = "drtools" }, receiver);
        second.Sink.Fail = _ => null;
        await second.UntilAsync(s => s.ArchivedSegments > 0 && s.Waiting == 0);
        await second.StopAsync();
        AssertSame(cluster, receiver.Sink, receiver.Sink.Names.First(n => n.Length == 24));
    }

    [Fact]
    public async Task Ends_where_it_may_not_go_on()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["wal_keep_size = 0", "min_wal_size = 32MB", "max_wal_size = 32MB"]);
        // Slots keep checkpoints from removing a segment before it has been sent as a whole.
        static WalReceiverOptions Kept(WalReceiverOptions options) => options with { Slot = "kept" + Guid.NewGuid().ToString("N")[..8], CreateSlot = true, TemporarySlot = true };
        await using (var conflict = Receiver.Start(cluster, Kept))
        {
            await conflict.StreamingAsync();
            var name = await cluster.QueryAsync<string>("select pg_walfile_name(pg_current_wal_lsn())");
            await File.WriteAllTextAsync(Path.Combine(conflict.Sink.Folder, name), "something else", Stop);
            await cluster.ExecuteAsync("select pg_switch_wal()", "create table b (id int)");
            var error = await Assert.ThrowsAsync<DrException>(() => conflict.Task);
            Assert.Equal(DrError.LogConflict, error.Error);
            Assert.Equal("something else", await File.ReadAllTextAsync(Path.Combine(conflict.Sink.Folder, name), Stop));
        }

        await using (var held = Receiver.Start(cluster))
        {
            await held.StreamingAsync();
            await using var twin = Receiver.Start(cluster, null, held);
            Assert.Equal(DrError.LeaseHeld, (await Assert.ThrowsAsync<DrException>(() => twin.Task)).Error);
            await held.StopAsync();
        }

        await using (var slot = Receiver.Start(cluster, o => o with { Slot = "missing" }))
        {
            var error = await Assert.ThrowsAsync<DrException>(() => slot.Task);
            Assert.Equal(DrError.ServerSetting, error.Error);
            Assert.Contains("pg_create_physical_replication_slot('missing', true)", error.Remedy, StringComparison.Ordinal);
        }

        await using var gap = Receiver.Start(cluster, Kept);
        await gap.StreamingAsync();
        await cluster.ExecuteAsync("select pg_switch_wal()", "create table c (id int)");
        await gap.UntilAsync(s => s.ArchivedSegments > 0);
        await gap.StopAsync();
        for (var i = 0; i < 6; i++)
        {
            await cluster.ExecuteAsync("select pg_switch_wal()", "insert into c values (1)", "checkpoint");
        }

        await using var late = Receiver.Start(cluster, null, gap);
        var missing = await Assert.ThrowsAsync<DrException>(() => late.Task);
        Assert.Equal(DrError.LogMissing, missing.Error);
        Assert.Contains("no longer has its log from", missing.Message, StringComparison.Ordinal);
        await using var onward = Receiver.Start(cluster, o => o with { ContinueAfterGap = true }, gap);
        await onward.StreamingAsync();
        await onward.StopAsync();
    }

    private static void AssertSame(TestCluster cluster, FolderSink sink, string segment) => Assert.True(
        File.ReadAllBytes(Path.Combine(cluster.DataDirectory, "pg_wal", segment)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(sink.Folder, segment))), segment);

    private sealed class Receiver : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(WalReceiverTests.Stop);
        private readonly WalReceiver _receiver;
        private readonly string _folder;
        private readonly bool _owned;

        private Receiver(TestCluster cluster, Func<WalReceiverOptions, WalReceiverOptions>? configure, Receiver? like)
        {
            _owned = like is null;
            _folder = like?._folder ?? Directory.CreateTempSubdirectory("drtools-test-wal-").FullName;
            File.SetUnixFileMode(_folder, (UnixFileMode)0x1ED);
            Sink = like?.Sink ?? new FolderSink(Path.Combine(_folder, "archive"));
            Spool = Path.Combine(_folder, "spool");
            var options = new WalReceiverOptions { Address = cluster.Address, SpoolFolder = Spool, LongestPause = TimeSpan.FromSeconds(1) };
            _receiver = new WalReceiver(configure?.Invoke(options) ?? options, Sink);
            Task = _receiver.RunAsync(null, _stop.Token);
        }

        public FolderSink Sink { get; }

        public string Spool { get; }

        public Task<WalReceiverStatus> Task { get; }

        public WalReceiverStatus Status => _receiver.Status;

        public static Receiver Start(TestCluster cluster, Func<WalReceiverOptions, WalReceiverOptions>? configure = null, Receiver? like = null) => new(cluster, configure, like);

        public Task StreamingAsync() => UntilAsync(s => s.State == WalReceiverState.Streaming);

        public async Task UntilAsync(Func<WalReceiverStatus, bool> condition)
        {
            var clock = Stopwatch.StartNew();
            while (!condition(Status))
            {
                if (Task.IsCompleted)
                {
                    await Task;
                    throw new InvalidOperationException("The receiver ended: " + Status);
                }

                if (clock.Elapsed > TimeSpan.FromMinutes(2))
                {
                    throw new TimeoutException($"{DateTime.UtcNow:T}: {Status}");
                }

                await System.Threading.Tasks.Task.Delay(20, WalReceiverTests.Stop);
            }
        }

        public async Task<WalReceiverStatus> StopAsync()
        {
            await _stop.CancelAsync();
            return await Task;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            try
            {
                await Task;
            }
            catch (DrException)
            {
                // The tests assert those that they expect.
            }

            _stop.Dispose();
            if (_owned)
            {
                Directory.Delete(_folder, recursive: true);
            }
        }
    }
}
