using DrTools.Backup;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using DrTools.Restore;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Tests.Recovery;

public sealed class DatabaseRestoreTests
{
    /// <summary>After which a test is ended, milliseconds.</summary>
    private const int Limit = 10 * 60 * 1000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = Limit)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_cluster_is_restored_to_a_moment_from_the_backup_that_leads_there(int version)
    {
        await using var site = await RestoreSite.StartAsync(TestServer.Find(version));
        await site.Cluster.ExecuteAsync("create table t (i int)", "create subscription never connection 'host=/nowhere' publication p with (connect = false)");
        await site.BackUpAsync();
        await site.Cluster.ExecuteAsync("insert into t values (1)");
        var second = await site.BackUpAsync(BackupType.Incremental);
        await site.Cluster.ExecuteAsync("insert into t values (2)");
        var moment = await RestoreSite.MomentAsync();
        await site.Cluster.ExecuteAsync("drop table t");
        await site.ArchiveAsync();
        await site.BackUpAsync(BackupType.Incremental);
        var plan = await site.PlanAsync(site.Options with { Target = RecoveryTarget.At(moment) });
        Assert.Empty(plan.Obstacles);
        Assert.Equal(second.Id, plan.Backup.Id);
        Assert.Equal(2, plan.Chain.Count);
        Assert.True(plan.Bytes > 1_000_000);
        Assert.NotNull(plan.Segments);
        Assert.False(plan.IsInUse);

        // Beside the original its port is taken, and in its place it is not.
        Assert.Equal(new PlannedPort(site.Cluster.Port, IsTaken: true), plan.Port);
        Assert.EndsWith("a free one is taken then, for this host only", plan.Port!.Describe(starts: true), StringComparison.Ordinal);
        Assert.Equal(new PlannedPort(site.Cluster.Port, IsTaken: false), (await site.PlanAsync(site.Options with { DataDirectory = site.Cluster.DataDirectory })).Port);
        await site.Cluster.StopAsync();
        Assert.Equal($"{site.Cluster.Port}", (await site.PlanAsync(site.Options)).Port!.Describe(starts: true));
        var result = await site.RestoreAsync(site.Options with { Target = RecoveryTarget.At(moment) });
        Assert.True(result.Passed);
        Assert.Equal(RecoveryState.Finished, result.Recovery!.State);
        Assert.Equal(2L, await site.Cluster.QueryAsync<long>("select count(*) from t"));
        Assert.Equal("off", await site.Cluster.QueryAsync<string>("show archive_mode"));
        Assert.Equal(string.Empty, await site.Cluster.QueryAsync<string>("select current_setting('primary_conninfo')"));
        Assert.Null(result.Place!.ConfiguredPort);
        Assert.Equal(0L, await site.Cluster.QueryAsync<long>("select count(*) from pg_stat_activity where backend_type like 'logical replication%'"));
        Assert.Equal("700", TestServer.Run("stat", "-c", "%a", site.Restored).Trim());
        Assert.Contains(await site.Repository.Repository.Journal.ReadAsync(10, Token), r => r.Operation == "recover");
        RestoreSite.Stop(site.Cluster.Server, site.Restored);
        Assert.NotNull((await site.PlanAsync(site.Options with { Force = true })).ExpectedDuration);
    }

    [Fact(Timeout = Limit)]
    public async Task A_restored_copy_pauses_at_its_target_and_tells_how_far_it_is()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        await site.Cluster.ExecuteAsync("create table t (i int)");
        await site.BackUpAsync();
        await site.Cluster.ExecuteAsync("insert into t values (1)", "select pg_create_restore_point('before the end')", "insert into t values (2)");
        await site.ArchiveAsync();
        await site.Cluster.StopAsync();
        var result = await site.RestoreAsync(site.Options with { Target = RecoveryTarget.AtName("before the end"), Action = RecoveryTargetAction.Pause });
        Assert.Equal(RecoveryState.Paused, result.Recovery!.State);
        Assert.Equal("recovery_target_name = before the end", result.Recovery.Target);
        Assert.NotNull(result.Recovery.Position);
        Assert.NotNull(result.Recovery.LastCommit);
        Assert.Contains("Replay is paused", Assert.Single(result.Recovery.Warnings), StringComparison.Ordinal);
        Assert.Equal(1L, await site.Cluster.QueryAsync<long>("select count(*) from t"));
        var monitor = new RecoveryMonitor(site.Cluster.Address);
        Assert.Equal(RecoveryState.Paused, (await monitor.ReadAsync(Token)).State);
        await site.Cluster.QueryAsync<object>("select pg_wal_replay_resume()");
        RecoveryProgress now;
        do
        {
            now = await new RecoveryMonitor(site.Restored).ReadAsync(Token);
            await Task.Delay(50, Token);
        }
        while (now.State != RecoveryState.Finished);
        RestoreSite.Stop(site.Cluster.Server, site.Restored);
        Assert.Equal(RecoveryState.NotRunning, (await new RecoveryMonitor(site.Restored).ReadAsync(Token)).State);
        Assert.Equal(DrError.SourceMissing, (await Assert.ThrowsAsync<DrException>(() => new RecoveryMonitor("/nowhere").ReadAsync(Token))).Error);
    }

    [Fact(Timeout = Limit)]
    public async Task Targets_out_of_reach_name_the_nearest_moment()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15, "track_commit_timestamp = on");
        var early = DateTimeOffset.UtcNow;
        await site.Cluster.ExecuteAsync("create table t (i int)");
        var first = PhysicalBackup.TryFrom(await site.BackUpAsync())!;
        await site.Cluster.ExecuteAsync("insert into t values (1)");
        var last = new DateTimeOffset(await site.Cluster.QueryAsync<DateTime>("select timestamp from pg_last_committed_xact()"));
        await site.ArchiveAsync();
        async Task<DrException> Refused(RecoveryTarget target)
        {
            var error = await Assert.ThrowsAsync<DrException>(() => site.PlanAsync(site.Options with { Target = target }));
            Assert.Equal(DrError.TargetUnreachable, error.Error);
            return error;
        }

        Assert.Contains($"The nearest moment is {RecoveryTarget.At(first.StopTime)}, the end of the first backup", (await Refused(RecoveryTarget.At(early))).Message, StringComparison.Ordinal);
        Assert.Contains($"The nearest moment is {RecoveryTarget.At(last)}, the last transaction", (await Refused(RecoveryTarget.At(DateTimeOffset.UtcNow.AddHours(1)))).Message, StringComparison.Ordinal);
        Assert.Contains("the end of the first backup", (await Refused(RecoveryTarget.At(Lsn.Parse("0/1")))).Message, StringComparison.Ordinal);
        Assert.Contains("the end of the log", (await Refused(RecoveryTarget.At(Lsn.Parse("FF/0")))).Message, StringComparison.Ordinal);
        Assert.Contains("is not in the log", (await Refused(RecoveryTarget.AtName("nothing"))).Message, StringComparison.Ordinal);
        Assert.Contains("no backup", (await Refused(RecoveryTarget.Latest with { Timeline = RecoveryTimeline.Of(9) })).Message, StringComparison.OrdinalIgnoreCase);

        // The nearest moment itself can be reached. No server stops there by itself; nor may it go on to log that comes later.
        var end = (await site.PlanAsync(site.Options with { Target = RecoveryTarget.At(last) })).Target;
        Assert.Equal(RecoveryTargetKind.Lsn, end.Kind);
        Assert.True(end.Lsn > first.Stop);
        Assert.Equal(first.Id, (await site.PlanAsync(site.Options with { Target = RecoveryTarget.At(first.StopTime) })).Backup.Id);

        // A gap, and log behind it.
        await site.Cluster.ExecuteAsync("insert into t values (2)");
        var inGap = await RestoreSite.MomentAsync();
        await using (var connection = await site.Cluster.ConnectAsync())
        {
            var lost = await PhysicalCopy.SwitchAsync(site.Cluster, connection);
            File.Delete(Path.Combine(PhysicalCopy.Archive(site.Cluster), lost));
            await site.Cluster.ExecuteAsync("insert into t values (3)");
            await site.ArchiveAsync();
            var error = await Refused(RecoveryTarget.At(inGap));
            Assert.Contains($"The nearest moment is {RecoveryTarget.At(last)}", error.Message, StringComparison.Ordinal);
            var second = PhysicalBackup.TryFrom(await site.BackUpAsync(BackupType.Incremental))!;
            error = await Refused(RecoveryTarget.At(inGap));
            Assert.Contains($"{RecoveryTarget.At(last)} before it and {RecoveryTarget.At(second.StopTime)} after it", error.Message, StringComparison.Ordinal);
            var window = Assert.Single(await new RecoveryWindows(site.Repository.Repository).ListAsync(null, Token));
            Assert.Equal(lost, Assert.Single(window.Gaps).Last);
            Assert.Equal(2, window.Spans.Count);
            Assert.Equal(last, window.Spans[0].To);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task What_stands_in_the_way_is_told_before_anything_is_changed()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        await site.BackUpAsync();
        var running = await site.PlanAsync(site.Options with { DataDirectory = site.Cluster.DataDirectory });
        Assert.Equal([DrError.ServerRunning, DrError.TargetNotEmpty], running.Obstacles.Select(o => o.Error));
        Assert.Equal(DrError.ServerRunning, (await Assert.ThrowsAsync<DrException>(() => site.RestoreAsync(site.Options with { DataDirectory = site.Cluster.DataDirectory, Force = true }))).Error);
        TestServer.Run("mkdir", site.Restored);
        TestServer.Run("touch", Path.Combine(site.Restored, "precious"));
        Assert.Equal(DrError.TargetNotEmpty, Assert.Single((await site.PlanAsync(site.Options)).Obstacles).Error);
        var foreign = Assert.Single((await site.PlanAsync(site.Options with { Force = true })).Obstacles);
        Assert.Contains("no data directory either", foreign.Message, StringComparison.Ordinal);
        var unknown = await site.PlanAsync(site.Options with { DataDirectory = site.Restored + "2", TablespaceMapping = new Dictionary<string, string> { ["/a"] = "/b" } });
        Assert.Contains("no tablespace in /a", Assert.Single(unknown.Obstacles).Message, StringComparison.Ordinal);
        var wrong = await site.PlanAsync(site.Options with { DataDirectory = site.Restored + "2", ProgramFolder = TestServer.V17.Programs });
        Assert.Equal(DrError.ToolMissing, Assert.Single(wrong.Obstacles).Error);
        Assert.Contains("(which has version 17", wrong.Obstacles[0].Message, StringComparison.Ordinal);
        Assert.Contains("postgresql-15", wrong.Obstacles[0].Remedy, StringComparison.Ordinal);
        var paused = await site.PlanAsync(site.Options with { DataDirectory = site.Restored + "2", Action = RecoveryTargetAction.Pause });
        Assert.Equal(DrError.BadUsage, Assert.Single(paused.Obstacles).Error);
        Assert.Equal(DrError.BackupMissing, (await Assert.ThrowsAsync<DrException>(() => new DatabaseRestore(site.Repository.Repository).PlanAsync("postgresql:/nowhere:1", site.Options, Token))).Error);
        Assert.Equal(1L, await site.Cluster.QueryAsync<long>("select 1::bigint"));
    }

    [Fact(Timeout = Limit)]
    public async Task A_data_directory_is_replaced_with_its_service_stopped_and_started()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        await site.Cluster.ExecuteAsync("create table t (i int)", "insert into t values (1)");
        await site.BackUpAsync();
        await site.Cluster.ExecuteAsync("insert into t values (2)");
        await site.ArchiveAsync();
        await site.Cluster.StopAsync();
        var control = Path.Combine(site.Cluster.Server.Programs, "pg_ctl");
        var data = site.Cluster.DataDirectory;
        var asServer = Environment.UserName == "root" ? "setpriv --reuid=postgres --regid=postgres --init-groups -- " : string.Empty;
        var start = $"{asServer}{control} start -W -s -l {site.Cluster.Folder}/service.log -D {data}";
        await ServiceCommand.RunAsync(start, Token);
        File.WriteAllText(Path.Combine(data, "only here"), "kept until success");
        var options = site.Options with { DataDirectory = data, Force = true, StopCommand = $"{asServer}{control} stop -s -D {data}", StartCommand = start };

        // A restore that fails puts everything back, and the service runs again.
        var broken = site.Options with { DataDirectory = data, Force = true, StopCommand = options.StopCommand, StartCommand = start, ProgramFolder = null };
        var plan = await site.PlanAsync(broken);

        // In their place: the store holds some of them open.
        var packs = Directory.GetFiles(Path.Combine(site.Repository.Folder, "repository", "packs"), "*", SearchOption.AllDirectories).ToDictionary(p => p, File.ReadAllBytes);
        foreach (var pack in packs.Keys)
        {
            File.WriteAllBytes(pack, []);
        }

        await Assert.ThrowsAsync<DrException>(() => new DatabaseRestore(site.Repository.Repository).RestoreAsync(plan, null, Token));
        foreach (var (pack, content) in packs)
        {
            File.WriteAllBytes(pack, content);
        }

        Assert.True(File.Exists(Path.Combine(data, "only here")));
        Assert.Equal(["data"], Directory.EnumerateDirectories(site.Cluster.Folder, "data*").Select(d => Path.GetFileName(d)));
        await WaitForReadsAsync(site);
        Assert.Equal(2L, await site.Cluster.QueryAsync<long>("select count(*) from t"));

        // When all files are there and only the start fails, both are kept.
        var failed = await Assert.ThrowsAsync<DrException>(() => site.RestoreAsync(options with { Target = RecoveryTarget.Immediate, StartCommand = "echo no such service >&2; exit 3" }));
        Assert.Equal(DrError.ServerFailure, failed.Error);
        Assert.Contains("ended with 3: no such service", failed.Message, StringComparison.Ordinal);
        Assert.Contains($"What was there before is in {data}.drtools-before", failed.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(data + ".drtools-before", "only here")));
        Assert.True(File.Exists(Path.Combine(data, "recovery.signal")));

        // The next one takes over what was kept. There is no server to stop now, which pg_ctl takes for a failure.
        Assert.Contains((await site.PlanAsync(options)).Notes, n => n.Contains("-KeepArchiving", StringComparison.Ordinal));
        var next = await site.RestoreAsync(options with { Target = RecoveryTarget.Immediate });
        Assert.Equal(start, Assert.Single(next.Commands).Command);
        Assert.Contains(next.Notes, n => n.EndsWith($"No server runs on {data}.", StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(data, "only here")));

        var result = await site.RestoreAsync(options with { Target = RecoveryTarget.Immediate });
        Assert.Equal([options.StopCommand, start], result.Commands.Select(c => c.Command));
        Assert.False(File.Exists(Path.Combine(data, "only here")));
        Assert.Equal(["data"], Directory.EnumerateDirectories(site.Cluster.Folder, "data*").Select(d => Path.GetFileName(d)));
        Assert.Equal(1L, await site.Cluster.QueryAsync<long>("select count(*) from t"));
        RestoreSite.Stop(site.Cluster.Server, data);
    }

    [Fact(Timeout = Limit)]
    public async Task Delta_writes_only_what_differs_and_gives_the_same_bytes()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        await site.Cluster.ExecuteAsync("create table t as select g, repeat('x', 500) x from generate_series(1, 20000) g", "create table gone as select 1", "vacuum freeze");
        await site.BackUpAsync(includeWal: true);
        var whole = Path.Combine(site.Cluster.Folder, "whole");
        var options = site.Options with { Wait = false, Target = RecoveryTarget.Immediate };
        await site.RestoreAsync(options with { DataDirectory = whole });
        await site.Cluster.ExecuteAsync("update t set x = 'y' where g % 5000 = 0", "create table later as select generate_series(1, 1000)", "drop table gone", "checkpoint");
        await site.Cluster.StopAsync();
        TestServer.Run("cp", "-a", site.Cluster.DataDirectory, site.Restored);
        var differing = Differing(whole, site.Restored);
        var result = await site.RestoreAsync(options with { Delta = true });
        Assert.InRange(result.Files.Bytes, 1, differing);
        Assert.True(differing < 3_000_000, $"{differing}");
        Assert.True(result.Files.ReusedFiles > result.Files.Files / 2);
        Assert.Equal(string.Empty, TestServer.Run("sh", "-c", $"diff -r {whole} {site.Restored} || true"));
        var again = await site.RestoreAsync(options with { Delta = true });
        Assert.InRange(again.Files.Bytes, 1, 16_384);
        Assert.Equal(string.Empty, TestServer.Run("sh", "-c", $"diff -r {whole} {site.Restored} || true"));
    }

    /// <summary>What has to be written to make a data directory another: of relation files the pages that differ, and other
    /// files that differ as a whole. The recovery settings, which both have already, come on top.</summary>
    private static long Differing(string wanted, string present)
    {
        const int page = 8192;
        long bytes = 16_384;
        foreach (var file in Directory.EnumerateFiles(wanted, "*", SearchOption.AllDirectories))
        {
            var other = Path.Combine(present, Path.GetRelativePath(wanted, file));
            var content = File.ReadAllBytes(file);
            var existing = File.Exists(other) ? File.ReadAllBytes(other) : [];
            if (content.AsSpan().SequenceEqual(existing))
            {
                continue;
            }

            // A map of free space or visibility is made of pages too, but has no LSN to be told by: it comes as a whole.
            var isRelation = char.IsAsciiDigit(Path.GetFileName(file)[0]) && !Path.GetFileName(file).Contains('_') && !file.Contains("/pg_", StringComparison.Ordinal);
            bytes += !isRelation ? content.Length : Enumerable.Range(0, content.Length / page)
                .Count(i => existing.Length < (i + 1) * page || !content.AsSpan(i * page, page).SequenceEqual(existing.AsSpan(i * page, page))) * (long)page;
        }

        return bytes;
    }

    [Fact(Timeout = Limit)]
    public async Task Tablespaces_are_moved_to_where_they_are_mapped()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        var (before, after) = (Path.Combine(site.Cluster.Folder, "space"), Path.Combine(site.Cluster.Folder, "moved"));
        TestServer.Run("mkdir", before, after);
        await site.Cluster.ExecuteAsync($"create tablespace elsewhere location '{before}'", "create table t tablespace elsewhere as select generate_series(1, 1000) i");
        await site.BackUpAsync();
        var refused = Assert.Single((await site.PlanAsync(site.Options)).Obstacles);
        Assert.Equal(DrError.TargetNotEmpty, refused.Error);
        Assert.Contains($"--tablespace-mapping '{before}=", refused.Remedy, StringComparison.Ordinal);
        var twice = await site.PlanAsync(site.Options with { TablespaceMapping = new Dictionary<string, string> { [before] = site.Restored } });
        Assert.Contains("something else of the cluster", Assert.Single(twice.Obstacles).Message, StringComparison.Ordinal);
        await site.Cluster.StopAsync();

        // The links of a copied data directory lead to the original's tablespaces.
        TestServer.Run("cp", "-a", site.Cluster.DataDirectory, site.Restored);
        foreach (var options in (DatabaseRestoreOptions[])[site.Options with { Delta = true }, site.Options with { Force = true }])
        {
            Assert.Equal(DrError.TargetNotEmpty, Assert.Single((await site.PlanAsync(options)).Obstacles).Error);
        }

        var files = Directory.GetFiles(before, "*", SearchOption.AllDirectories).ToDictionary(f => f, File.ReadAllBytes);
        var result = await site.RestoreAsync(site.Options with { Delta = true, TablespaceMapping = new Dictionary<string, string> { [before] = after } });
        Assert.All(files, f => Assert.Equal(f.Value, File.ReadAllBytes(f.Key)));
        Assert.Equal(after, Assert.Single(result.Plan.Tablespaces).Location);
        Assert.Equal(1000L, await site.Cluster.QueryAsync<long>("select count(*) from t"));
        Assert.Equal(after, await site.Cluster.QueryAsync<string>("select pg_tablespace_location(oid) from pg_tablespace where spcname = 'elsewhere'"));
        Assert.NotEmpty(Directory.EnumerateDirectories(before));
        RestoreSite.Stop(site.Cluster.Server, site.Restored);
    }

    [Fact(Timeout = Limit)]
    public async Task An_interrupted_restore_into_the_tablespaces_old_folders_is_carried_on()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        var space = Path.Combine(site.Cluster.Folder, "space");
        TestServer.Run("mkdir", space);
        await site.Cluster.ExecuteAsync($"create tablespace elsewhere location '{space}'", "create table t tablespace elsewhere as select generate_series(1, 100000) i");
        var backup = await site.BackUpAsync();
        await site.Cluster.StopAsync();

        // Another host: the folder is there, and nothing is in it. The restore is stopped as soon as it has begun there.
        Directory.Delete(space, recursive: true);
        Directory.CreateDirectory(space);
        using var interrupted = new CancellationTokenSource();
        var restore = new DatabaseRestore(site.Repository.Repository);
        var progress = new SynchronousProgress(p =>
        {
            if (p.Phase == DatabaseRestorePhase.Preparing)
            {
                interrupted.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await restore.RestoreAsync(await restore.PlanAsync(site.Source, site.Options, Token), progress, interrupted.Token));
        Assert.NotEmpty(Directory.EnumerateFileSystemEntries(space));

        // Into another data directory it would be two restores in one folder.
        var other = Assert.Single((await site.PlanAsync(site.Options with { DataDirectory = site.Restored + "2" })).Obstacles);
        Assert.Equal(DrError.TargetNotEmpty, other.Error);
        Assert.Contains($"an unfinished restore into {site.Restored} left it", other.Message, StringComparison.Ordinal);
        Assert.StartsWith("Run that restore again, which carries it on; or empty the folder", other.Remedy, StringComparison.Ordinal);

        // And one that was killed half-way: both folders say so, and something is missing.
        await site.RestoreAsync(site.Options with { Wait = false });
        Assert.Single(Directory.EnumerateFileSystemEntries(space));
        new ResumeMarker(site.Restored).Write(site.Repository.Repository, backup.Id, []);
        new TablespaceMarker(space).Write(site.Repository.Repository, backup.Id, site.Restored);
        File.Delete(Path.Combine(site.Restored, "PG_VERSION"));
        Directory.Delete(Path.Combine(site.Restored, "pg_tblspc"), recursive: true);
        File.Delete(Directory.EnumerateFiles(space, "*", SearchOption.AllDirectories).First(f => new FileInfo(f).Length > 1_000_000));
        var plan = await site.PlanAsync(site.Options);
        Assert.Empty(plan.Obstacles);
        Assert.True(plan.Resumes);
        var result = await site.RestoreAsync(site.Options);
        Assert.True(result.Files.ReusedFiles > result.Files.Files / 2, $"{result.Files.ReusedFiles} of {result.Files.Files} files were there already.");
        Assert.Equal(100_000L, await site.Cluster.QueryAsync<long>("select count(*) from t"));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(space), e => Path.GetFileName(e).StartsWith('.'));
        RestoreSite.Stop(site.Cluster.Server, site.Restored);
    }

    private sealed class SynchronousProgress(Action<DatabaseRestoreProgress> report) : IProgress<DatabaseRestoreProgress>
    {
        public void Report(DatabaseRestoreProgress value) => report(value);
    }

    [Fact(Timeout = Limit)]
    public async Task Tablespaces_that_are_newer_than_the_backup_are_replaced_with_their_cluster()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        var space = Path.Combine(site.Cluster.Folder, "space");
        TestServer.Run("mkdir", space);
        await site.BackUpAsync();
        await site.Cluster.ExecuteAsync($"create tablespace elsewhere location '{space}'", "create table t tablespace elsewhere as select generate_series(1, 1000) i", "update t set i = -i");
        await site.ArchiveAsync();

        // Beside the original, its folder may not be touched; a command of the user's guards nothing, and cannot map.
        var beside = Assert.Single((await site.PlanAsync(site.Options)).Obstacles);
        Assert.Equal(DrError.UnsafePath, beside.Error);
        Assert.Contains($"--tablespace-mapping '{space}=", beside.Remedy, StringComparison.Ordinal);
        var mapping = new Dictionary<string, string> { [space] = space + "2" };
        Assert.Contains("with a restore command of your own it cannot be mapped", Assert.Single((await site.PlanAsync(site.Options with { TablespaceMapping = mapping })).Obstacles).Message, StringComparison.Ordinal);
        var guarded = await site.PlanAsync(site.Options with { TablespaceMapping = mapping, RestoreCommand = null });
        Assert.Empty(guarded.Obstacles);
        Assert.Contains($" --guard-tablespaces --tablespace-mapping {space}={space}2", guarded.Settings.Single(v => v.Key == "restore_command").Value, StringComparison.Ordinal);

        // In the original's place it is set aside with the rest: pages that are newer than the log would not be replayed over.
        await site.Cluster.StopAsync();
        var options = site.Options with { DataDirectory = site.Cluster.DataDirectory, Force = true };
        Assert.Equal([space], (await site.PlanAsync(options)).OtherTablespaces);
        await site.RestoreAsync(options);
        Assert.Equal(1000L, await site.Cluster.QueryAsync<long>("select count(*) from t where i < 0"));
        Assert.Equal(["space"], Directory.EnumerateDirectories(site.Cluster.Folder, "space*").Select(d => Path.GetFileName(d)));
        RestoreSite.Stop(site.Cluster.Server, site.Cluster.DataDirectory);
        await site.RestoreAsync(options with { Target = RecoveryTarget.Immediate });
        Assert.Equal(0L, await site.Cluster.QueryAsync<long>("select count(*) from pg_tablespace where spcname = 'elsewhere'"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(space));
        RestoreSite.Stop(site.Cluster.Server, site.Cluster.DataDirectory);
    }

    [Fact(Timeout = Limit)]
    public async Task Timelines_are_followed_as_they_are_named()
    {
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        await site.Cluster.ExecuteAsync("create table t (i int)");
        await site.BackUpAsync();
        await site.Cluster.ExecuteAsync("insert into t values (1)");
        var branch = await RestoreSite.MomentAsync();
        await site.Cluster.ExecuteAsync("insert into t values (2)", "insert into t values (3)");
        await site.ArchiveAsync();
        await site.Cluster.StopAsync();

        // The copy goes on as timeline 2, and archives into the same place.
        await site.RestoreAsync(site.Options with { Target = RecoveryTarget.At(branch), KeepArchiving = true });
        await site.Cluster.ExecuteAsync("insert into t values (10)", "insert into t values (11)");
        await site.ArchiveAsync();
        RestoreSite.Stop(site.Cluster.Server, site.Restored);
        site.Push();
        var window = Assert.Single(await new RecoveryWindows(site.Repository.Repository).ListAsync(site.Source, Token));
        Assert.Equal([1u, 2u], window.Spans.Select(s => s.Timeline));
        Assert.Equal((2u, 1u), (window.Timelines[1].Timeline, window.Timelines[1].Parent!.Value));
        foreach (var (timeline, rows) in ((string, string)[])[("latest", "1,10,11"), ("1", "1,2,3"), ("current", "1,2,3"), ("2", "1,10,11")])
        {
            var directory = Path.Combine(site.Cluster.Folder, "on-" + timeline);
            await site.RestoreAsync(site.Options with { DataDirectory = directory, Target = RecoveryTarget.Latest with { Timeline = RecoveryTimeline.Parse(timeline) } });
            Assert.Equal(rows, await site.Cluster.QueryAsync<string>("select string_agg(i::text, ',' order by i) from t"));
            RestoreSite.Stop(site.Cluster.Server, directory);
        }
    }

    private static async Task WaitForReadsAsync(RestoreSite site)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await site.Cluster.QueryAsync<long>("select 1::bigint");
                return;
            }
            catch (Exception e) when (e is DrException or Npgsql.NpgsqlException && attempt < 200)
            {
                await Task.Delay(50, Token);
            }
        }
    }
}
