using DrTools.Backup;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Physical;

public sealed class PhysicalBackupTests
{
    private static readonly PhysicalSourceOptions WithWal = new() { IncludeWal = true };

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
        var source = new PhysicalSource(cluster.Address, WithWal);
        var backups = new List<(BackupInfo Backup, long Before, long After)>();
        await using (var load = LedgerLoad.Start(cluster, tablespace: "elsewhere"))
        {
            foreach (var type in new[] { BackupType.Full, BackupType.Incremental, BackupType.Incremental, BackupType.Differential })
            {
                await Task.Delay(300, TestContext.Current.CancellationToken);
                var before = load.Committed;
                var result = await repository.BackUpAsync(source, type);
                Assert.False(result.Backup.IsPartial, string.Join('\n', result.Issues));
                Assert.Equal(type, result.Backup.Type);
                Assert.DoesNotContain(result.Notes, n => n.Contains("summary", StringComparison.Ordinal));
                backups.Add((result.Backup, before, load.Committed + 1));
            }
        }

        foreach (var (backup, before, after) in backups)
        {
            await repository.AssertWholeAsync(backup);
            await using var copy = await repository.RestoreAsync(backup, server);
            Assert.False(File.Exists(Path.Combine(copy.DataDirectory, "postmaster.pid")));
            UseTablespacesInPlace(copy);
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

    [Theory]
    [InlineData(15, false)]
    [InlineData(17, false)]
    [InlineData(17, true)]
    [InlineData(18, true)]
    public async Task Changes_give_the_bytes_that_a_full_backup_gives(int version, bool summaries)
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
            "create unlogged table volatile as select g, repeat('x', 1000) t from generate_series(1, 500) g",
            "create table much as select g, repeat(md5(g::text), 30) t from generate_series(1, 20000) g",
            "create database twin oid 90000",
            "vacuum");
        var source = new PhysicalSource(cluster.Address, WithWal);
        await repository.BackUpAsync(source, BackupType.Full);

        await cluster.ExecuteAsync(
            "update accounts set balance = balance + 1 where id % 500 = 0",
            "delete from shrinks where g > 2000",
            "vacuum shrinks",
            "insert into shrinks select g, repeat('y', 1000) from generate_series(3000, 6000) g",
            "insert into grows select g, repeat('z', 1000) from generate_series(1, 5000) g",
            "vacuum full moves",
            "alter table volatile set logged",
            "select count(*) from stays",
            "create index on stays using gist (point(g, g))",
            "create index on stays using hash (g)",
            "vacuum freeze ledger",
            "drop database twin");

        // The template's pages are older than the first backup, under a path that the first backup knows.
        await cluster.ExecuteAsync("create database twin oid 90000 template template0 strategy file_copy");

        // Whoever reads a row first notes in its page that it is committed. All that is to be done before.
        await cluster.ExecuteAsync("vacuum", "select count(*) from pg_database", "checkpoint", "select count(*) from pg_database");
        var changes = (await repository.BackUpAsync(source, BackupType.Incremental)).Backup;
        var full = (await repository.BackUpAsync(source, BackupType.Full)).Backup;
        Assert.Equal(BackupType.Incremental, changes.Type);
        Assert.True(changes.NewBytes < full.NewBytes * 0.7, $"{changes.NewBytes} of {full.NewBytes}");

        await using var fromChanges = await repository.RestoreAsync(changes, server);
        await using var fromFull = await repository.RestoreAsync(full, server);
        DataFiles.AssertSame(fromFull.DataDirectory, fromChanges.DataDirectory);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task Tablespaces_and_the_log_may_lie_elsewhere_and_what_is_volatile_stays_behind(int version)
    {
        var server = TestServer.Find(version);
        var wal = TestCluster.NewFolder();
        await using var cluster = await TestCluster.StartNewAsync(server, initdb: ["--data-checksums", $"--waldir={wal}/wal"]);
        await using var repository = await TestRepository.CreateAsync();
        try
        {
            var space = Path.Combine(cluster.Folder, "space");
            TestServer.Run("mkdir", space);
            await cluster.ExecuteAsync(
                $"create tablespace elsewhere location '{space}'",
                "create table far (i int) tablespace elsewhere",
                "insert into far select generate_series(1, 1000)",
                "create unlogged table volatile (i int)",
                "insert into volatile select generate_series(1, 1000)");
            await using var session = await cluster.ConnectAsync();
            await new Npgsql.NpgsqlCommand("create temporary table mine as select generate_series(1, 1000) i", session).ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var unlogged = await cluster.QueryAsync<string>("select pg_relation_filepath('volatile')");
            var oid = await cluster.QueryAsync<uint>("select oid from pg_tablespace where spcname = 'elsewhere'");
            var backup = (await repository.BackUpAsync(new PhysicalSource(cluster.Address, WithWal), BackupType.Full)).Backup;
            Assert.Equal(space, backup.Facts.Details[$"tablespace.{oid}"]);
            Assert.False(backup.IsPartial);

            await using var copy = await repository.RestoreAsync(backup, server);
            var files = Directory.EnumerateFileSystemEntries(copy.DataDirectory, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(copy.DataDirectory, f)).ToHashSet();
            Assert.Contains(unlogged + "_init", files);
            Assert.DoesNotContain(unlogged, files);
            Assert.DoesNotContain(files, f => System.Text.RegularExpressions.Regex.IsMatch(f, "base/[0-9]+/t[0-9]+_"));
            Assert.DoesNotContain(files, f => f.StartsWith("pg_replslot/", StringComparison.Ordinal) || f.EndsWith("postmaster.pid", StringComparison.Ordinal) || f.EndsWith("pg_internal.init", StringComparison.Ordinal));
            foreach (var kept in new[] { "pg_replslot", "pg_notify", "pg_stat_tmp", "pg_subtrans", "pg_wal/archive_status", $"pg_tblspc/{oid}", "backup_label", "tablespace_map" })
            {
                Assert.Contains(kept, files);
            }

            UseTablespacesInPlace(copy);
            await copy.StartAsync();
            Assert.Equal(1000, await copy.QueryAsync<long>("select count(*) from far"));
            Assert.Equal(0, await copy.QueryAsync<long>("select count(*) from volatile"));
        }
        finally
        {
            await cluster.StopAsync();
            Directory.Delete(wal, recursive: true);
        }
    }

    /// <summary>Unless links are made, the folders below pg_tblspc serve as they are.</summary>
    private static void UseTablespacesInPlace(TestCluster copy)
    {
        File.Delete(Path.Combine(copy.DataDirectory, "tablespace_map"));
        copy.Configure("allow_in_place_tablespaces = on");
    }
}
