using DrTools.Backup;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Replication.BaseBackups;
using DrTools.PostgreSql.Tests.Physical;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Sources;

namespace DrTools.PostgreSql.Tests.Replication;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class StreamBackupTests
{
    private static readonly PhysicalSourceOptions WithWal = new() { IncludeWal = true };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_cluster_under_load_is_backed_up_in_full_and_by_its_changes(int version)
    {
        var server = TestServer.Find(version);
        await using var cluster = await TestCluster.StartNewAsync(server, settings: version >= 17 ? ["summarize_wal = on"] : []);
        await using var repository = await TestRepository.CreateAsync();
        var space = Path.Combine(cluster.Folder, "space");
        TestServer.Run("mkdir", space);
        await cluster.ExecuteAsync($"create tablespace elsewhere location '{space}'");
        await LedgerLoad.PrepareAsync(cluster);
        var source = new StreamSource(cluster.TcpAddress, WithWal with { LeastRowCountBudget = TimeSpan.FromMinutes(2), RowCountBudget = TimeSpan.FromMinutes(2) });
        var backups = new List<(BackupInfo Backup, long Before, long After)>();
        await using (var load = LedgerLoad.Start(cluster, tablespace: "elsewhere"))
        {
            foreach (var type in new[] { BackupType.Full, BackupType.Incremental, BackupType.Incremental, BackupType.Differential })
            {
                await Task.Delay(300, Stop);
                var before = load.Committed;
                var result = await repository.BackUpAsync(source, type);
                Assert.False(result.Backup.IsPartial, string.Join('\n', result.Issues));
                Assert.Equal(type, result.Backup.Type);
                Assert.DoesNotContain(result.Notes, n => n.Contains("The server", StringComparison.Ordinal));
                Assert.Equal("stream", result.Backup.Facts.Details["transport"]);
                Assert.True(
                    result.Backup.Facts.Tables.Any(t => t.Table.EndsWith(".accounts", StringComparison.Ordinal) && t.Rows == 20000),
                    string.Join('\n', result.Notes.Concat(result.Backup.Facts.Details.Select(d => $"{d.Key}: {d.Value}"))));
                backups.Add((result.Backup, before, load.Committed + 1));
            }
        }

        Assert.Equal(space, backups[0].Backup.Facts.Details.Single(d => d.Key.StartsWith("tablespace.", StringComparison.Ordinal)).Value);
        foreach (var (backup, before, after) in backups)
        {
            await repository.AssertWholeAsync(backup);
            await using var copy = await repository.RestoreAsync(backup, server);
            File.Delete(Path.Combine(copy.DataDirectory, "tablespace_map"));
            copy.Configure("allow_in_place_tablespaces = on");
            await copy.StartAsync();
            await LedgerLoad.AssertConsistentAsync(copy, before, after);
            if (version == 15)
            {
                TestServer.Run(Path.Combine(server.Programs, "pg_amcheck"), "-h", copy.Folder, "-p", $"{copy.Port}", "-U", "postgres", "--all", "--install-missing", "--heapallindexed");
            }

            await copy.StopAsync();
            DataFiles.AssertChecksums(copy.DataDirectory);
        }
    }

    /// <summary>The stream and the data directory, the server's own incremental mode and LSNs, may follow each other.</summary>
    [Theory]
    [InlineData(15, false)]
    [InlineData(17, true)]
    [InlineData(18, false)]
    [InlineData(18, true)]
    public async Task Changes_give_the_bytes_that_a_local_full_backup_gives(int version, bool summaries)
    {
        var server = TestServer.Find(version);
        await using var cluster = await TestCluster.StartNewAsync(server, settings: ["autovacuum = off", .. summaries ? ["summarize_wal = on"] : Array.Empty<string>()]);
        await using var repository = await TestRepository.CreateAsync();
        await LedgerLoad.PrepareAsync(cluster);
        await cluster.ExecuteAsync(
            "create table shrinks as select g, repeat('x', 1000) t from generate_series(1, 5000) g",
            "create table grows as select g, repeat('x', 1000) t from generate_series(1, 5000) g",
            "create table stays as select g, repeat(md5(g::text), 30) t from generate_series(1, 5000) g",
            "create table moves as select g, repeat('x', 1000) t from generate_series(1, 500) g",
            "create table much as select g, repeat(md5(g::text), 30) t from generate_series(1, 20000) g",
            "create database twin oid 90000",
            "vacuum");

        // Counting rows leaves hints in pages.
        var quiet = WithWal with { RowCountBudget = TimeSpan.Zero };
        ISource[] sources = [new StreamSource(cluster.Address, quiet), new PhysicalSource(cluster.Address, quiet)];
        await repository.BackUpAsync(sources[version % 2], BackupType.Full);
        for (var round = 0; round < 2; round++)
        {
            await cluster.ExecuteAsync(
                "update accounts set balance = balance + 1 where id % 500 = 0",
                "delete from shrinks where g > 2000",
                "vacuum shrinks",
                $"insert into shrinks select g, repeat('y', 1000) from generate_series(3000, {6000 - (round * 1000)}) g",
                "insert into grows select g, repeat('z', 1000) from generate_series(1, 2000) g",
                "vacuum full moves",
                "vacuum freeze ledger",
                $"create index i{round} on stays using hash (g)",
                "drop database twin");
            await cluster.ExecuteAsync("create database twin oid 90000 template template0 strategy file_copy");
            await cluster.ExecuteAsync("vacuum", "select count(*) from pg_database", "checkpoint", "select count(*) from pg_database");
            var result = await repository.BackUpAsync(sources[(version + round + 1) % 2]);
            Assert.Equal(BackupType.Incremental, result.Backup.Type);
            Assert.DoesNotContain(result.Notes, n => n.Contains("The server", StringComparison.Ordinal));
            if (summaries && result.Backup.Facts.Details["transport"] == "stream")
            {
                Assert.True(result.Backup.ReadBytes < result.Backup.SourceBytes * 0.7, $"{result.Backup.ReadBytes} of {result.Backup.SourceBytes}");
            }

            var full = (await repository.BackUpAsync(sources[1], BackupType.Full)).Backup;
            Assert.True(result.Backup.NewBytes < full.NewBytes * 0.7, $"{result.Backup.NewBytes} of {full.NewBytes}");
            await using var fromChanges = await repository.RestoreAsync(result.Backup, server);
            await using var fromFull = await repository.RestoreAsync(full, server);
            DataFiles.AssertSame(fromFull.DataDirectory, fromChanges.DataDirectory);

            // Folders and permissions too.
            Assert.Equal(Modes(fromFull.DataDirectory), Modes(fromChanges.DataDirectory));
        }

        static List<string> Modes(string folder) =>
        [
            .. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Where(f => !f.Contains("/pg_wal/0", StringComparison.Ordinal) && !f.Contains("/pg_wal/archive_status/", StringComparison.Ordinal))
                .Prepend(folder).Select(f => $"{Path.GetRelativePath(folder, f)} {File.GetUnixFileMode(f)}"),
        ];
    }

    [Fact]
    public async Task Without_summaries_of_the_whole_way_the_server_sends_all_files()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V17);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.ExecuteAsync("create table t as select g, repeat('x', 1000) t from generate_series(1, 5000) g", "vacuum", "checkpoint");
        var source = new StreamSource(cluster.Address, WithWal);
        await repository.BackUpAsync(source, BackupType.Full);
        await cluster.ExecuteAsync("insert into t select generate_series(1, 1000), 'x'", "checkpoint", "alter system set summarize_wal = on", "select pg_reload_conf()");
        var result = await repository.BackUpAsync(source);
        Assert.Contains(result.Notes, n => n.StartsWith("The server sends all files, because it cannot tell what changed: ", StringComparison.Ordinal));
        Assert.Equal(BackupType.Incremental, result.Backup.Type);
        await using var copy = await repository.RestoreAsync(result.Backup, cluster.Server);
        await copy.StartAsync();
        Assert.Equal(6000, await copy.QueryAsync<long>("select count(*) from t"));
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(18, true)]
    public async Task A_damaged_page_is_named_until_it_is_repaired(int version, bool summaries)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), settings: ["autovacuum = off", .. summaries ? ["summarize_wal = on"] : Array.Empty<string>()]);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.ExecuteAsync("create table t as select g, repeat('x', 500) t from generate_series(1, 5000) g", "vacuum t", "checkpoint");
        var file = await cluster.QueryAsync<string>("select pg_relation_filepath('t')");
        var source = new StreamSource(cluster.Address, WithWal);
        Assert.False((await repository.BackUpAsync(source, BackupType.Full)).Backup.IsPartial);
        Flip(cluster, file, (7 * 8192) + 4000);
        Flip(cluster, file, (12 * 8192) + 100);
        foreach (var type in new[] { BackupType.Full, BackupType.Incremental })
        {
            var result = await repository.BackUpAsync(source, type);
            Assert.True(result.Backup.IsPartial);
            var issue = Assert.Single(result.Issues);
            Assert.Equal(file, issue.Path);
            Assert.StartsWith($"Blocks 7, 12 of the relation file {file} are damaged on disk", issue.Problem, StringComparison.Ordinal);
            Assert.Equal((file, "2"), (result.Backup.Facts.Details["damaged"], result.Backup.Facts.Details["damagedPages"]));
        }

        Flip(cluster, file, (7 * 8192) + 4000);
        Flip(cluster, file, (12 * 8192) + 100);
        var repaired = await repository.BackUpAsync(source);
        Assert.False(repaired.Backup.IsPartial);
        await using var copy = await repository.RestoreAsync(repaired.Backup, cluster.Server);
        await copy.StartAsync();
        Assert.Equal(5000, await copy.QueryAsync<long>("select count(*) from t where length(t) = 500"));
    }

    [Fact]
    public async Task A_server_that_is_killed_leaves_no_backup()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.ExecuteAsync("create table t as select g, repeat(md5(g::text), 30) from generate_series(1, 100000) g");
        var source = new InterruptedSource(new StreamSource(cluster.Address, WithWal), 50, () => cluster.CrashAsync());
        var error = await Assert.ThrowsAsync<DrException>(() => repository.BackUpAsync(source, BackupType.Full));
        Assert.Equal(DrError.ServerFailure, error.Error);
        Assert.Contains($"The base backup of {cluster.Address} broke off", error.Message, StringComparison.Ordinal);
        Assert.Empty(await new BackupCatalog(repository.Repository).ListAsync(new BackupFilter(), Stop));
    }

    [Fact]
    public async Task Cancelling_ends_it_at_once_and_the_server_forgets_it()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.ExecuteAsync("create table t as select g, repeat(md5(g::text), 30) from generate_series(1, 50000) g");
        using var stop = new CancellationTokenSource();
        var clock = new System.Diagnostics.Stopwatch();
        var source = new InterruptedSource(new StreamSource(cluster.Address, WithWal), 50, () =>
        {
            clock.Start();
            stop.Cancel();
            return Task.CompletedTask;
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new BackupEngine(repository.Repository).RunAsync(
            source, new BackupOptions { Type = BackupType.Full, WorkFolder = repository.Folder }, null, stop.Token));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        for (var i = 0; await cluster.QueryAsync<long>("select count(*) from pg_replication_slots") > 0; i++)
        {
            Assert.True(i < 100, "The slot is still there.");
            await Task.Delay(100, Stop);
        }

        Assert.Equal(BackupType.Full, (await repository.BackUpAsync(new StreamSource(cluster.Address, WithWal))).Backup.Type);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task A_standby_is_backed_up_under_load_and_across_its_promotion(int version)
    {
        var server = TestServer.Find(version);
        await using var primary = await TestCluster.StartNewAsync(server, settings: version >= 17 ? ["summarize_wal = on"] : []);
        await using var repository = await TestRepository.CreateAsync();
        await LedgerLoad.PrepareAsync(primary);
        var origin = await repository.BackUpAsync(new StreamSource(primary.Address, WithWal), BackupType.Full);
        await using var standby = await repository.RestoreAsync(origin.Backup, server);
        TestServer.Run("touch", Path.Combine(standby.DataDirectory, "standby.signal"));
        standby.Configure($"primary_conninfo = 'host={primary.Folder} port={primary.Port} user=postgres'");
        await standby.StartAsync();
        var source = new StreamSource(standby.Address, WithWal);
        var backups = new List<(BackupInfo Backup, long Before, long After)>();
        async Task<long> LastAsync() => await standby.QueryAsync<long>("select coalesce(max(id), 0) from ledger");
        await using (var load = LedgerLoad.Start(primary))
        {
            foreach (var type in new[] { BackupType.Full, BackupType.Incremental })
            {
                await Task.Delay(300, Stop);
                var before = await LastAsync();
                var result = await repository.BackUpAsync(source, type);
                Assert.False(result.Backup.IsPartial, string.Join('\n', result.Issues));
                Assert.Equal(type, result.Backup.Type);
                Assert.Equal("true", result.Backup.Facts.Details["fromStandby"]);
                backups.Add((result.Backup, before, load.Committed + 1));
            }

            // Without what the primary would write meanwhile, and the standby replay first.
            async Task StopAndPromoteAsync()
            {
                await load.StopAsync();
                await PromoteAsync(standby);
            }

            var error = await Assert.ThrowsAsync<DrException>(() => repository.BackUpAsync(new InterruptedSource(source, 50, StopAndPromoteAsync)));
            Assert.Equal(DrError.SourceFailure, error.Error);
            Assert.Contains("promoted", error.Message, StringComparison.Ordinal);
            Assert.Contains("Take the backup again", error.Remedy, StringComparison.Ordinal);
        }

        var committed = await LastAsync();
        await standby.ExecuteAsync($"insert into ledger values ({committed + 1}, 1, 0)");
        var after = await repository.BackUpAsync(source);
        Assert.Equal((BackupType.Incremental, "2"), (after.Backup.Type, after.Backup.Facts.Details["timeline"]));
        backups.Add((after.Backup, committed + 1, committed + 1));
        foreach (var (backup, atLeast, atMost) in backups)
        {
            await using var copy = await repository.RestoreAsync(backup, server);
            copy.Configure("primary_conninfo = ''");
            await copy.StartAsync();
            await LedgerLoad.AssertConsistentAsync(copy, atLeast, atMost);
            await copy.StopAsync();
            DataFiles.AssertChecksums(copy.DataDirectory);
        }
    }

    [Fact]
    public async Task A_backup_counts_only_when_its_log_has_been_archived()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'false'"]);
        await using var repository = await TestRepository.CreateAsync();
        var impatient = new StreamSource(cluster.Address, new PhysicalSourceOptions { ArchiveTimeout = TimeSpan.FromMilliseconds(300) });
        var error = await Assert.ThrowsAsync<DrException>(() => repository.BackUpAsync(impatient, BackupType.Full));
        Assert.Equal(DrError.LogMissing, error.Error);
        Assert.Contains("did not archive the WAL that the backup needs within 300 ms", error.Message, StringComparison.Ordinal);

        var archive = Path.Combine(cluster.Folder, "archive");
        TestServer.Run("mkdir", archive);
        cluster.Configure($"archive_command = 'cp %p {archive}/%f'");
        await cluster.ExecuteAsync("select pg_reload_conf()");
        var backup = (await repository.BackUpAsync(new StreamSource(cluster.Address), BackupType.Full)).Backup;
        Assert.Equal("false", backup.Facts.Details["walIncluded"]);
        Assert.True(File.Exists(Path.Combine(archive, backup.Facts.Details["startWal"])));
        Assert.True(File.Exists(Path.Combine(archive, backup.Facts.Details["stopWal"])));
        await using var copy = await repository.RestoreAsync(backup, cluster.Server);
        copy.Configure($"restore_command = 'cp {archive}/%f %p'");
        TestServer.Run("touch", Path.Combine(copy.DataDirectory, "recovery.signal"));
        await copy.StartAsync();
    }

    [Fact]
    public async Task A_user_that_may_only_replicate_can_back_up()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V17, settings: ["summarize_wal = on"]);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.ExecuteAsync("create role streamer login replication", "create table t as select generate_series(1, 1000) g");
        var source = new StreamSource(cluster.Address with { User = "streamer" }, WithWal);
        await repository.BackUpAsync(source, BackupType.Full);
        await cluster.ExecuteAsync("insert into t select generate_series(1, 1000)");
        var backup = (await repository.BackUpAsync(source)).Backup;
        Assert.Equal(BackupType.Incremental, backup.Type);
        await using var copy = await repository.RestoreAsync(backup, cluster.Server);
        await copy.StartAsync();
        Assert.Equal(2000, await copy.QueryAsync<long>("select count(*) from t"));

        await cluster.ExecuteAsync("alter role streamer noreplication");
        var error = await Assert.ThrowsAsync<DrException>(() => repository.BackUpAsync(source));
        Assert.Equal(DrError.PrivilegeMissing, error.Error);
        Assert.Contains("ALTER ROLE \"streamer\" REPLICATION", error.Remedy, StringComparison.Ordinal);
    }

    /// <summary>Without waiting in one statement, which recovery would cancel.</summary>
    private static async Task PromoteAsync(TestCluster standby)
    {
        await standby.ExecuteAsync("select pg_promote(wait => false)");
        while (await standby.QueryAsync<bool>("select pg_is_in_recovery()"))
        {
            await Task.Delay(50, Stop);
        }
    }

    private static void Flip(TestCluster cluster, string file, int offset)
    {
        using var stream = new FileStream(Path.Combine(cluster.DataDirectory, file), FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        var value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 0xFF));
    }
}
