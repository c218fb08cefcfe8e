using System.Diagnostics;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tests.Recovery;
using DrTools.PostgreSql.Tests.Servers;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Scratch;

public sealed class ScratchInstanceTests(Histories histories) : IClassFixture<Histories>
{
    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_backup_recovers_to_a_time_and_everything_is_gone_afterwards(int version)
    {
        var history = await histories.OfAsync(version);
        string folder;
        await using (var scratch = history.NewScratch())
        {
            folder = scratch.Folder;
            var recovery = await scratch.RecoverAsync(RecoveryTarget.At(history.Second), RecoveryTargetAction.Promote, history.Supply, null, Token);
            Assert.Contains("before commit of transaction", recovery.StopReason!, StringComparison.Ordinal);
            Assert.Equal(2L, await CountAsync(scratch));
            Assert.True(recovery.LastCommit <= history.Second);
            Assert.True(scratch.IsRunning);
            if (Environment.UserName == "root")
            {
                Assert.Equal("postgres", scratch.RunsAs);
            }

            Assert.Equal("700", TestServer.Run("stat", "-c", "%a", folder).Trim());
            Assert.Equal(string.Empty, await AskAsync<string>(scratch, "select current_setting('listen_addresses')"));
            Assert.Equal("off", await AskAsync<string>(scratch, "select current_setting('archive_mode')"));
            await using var connection = await scratch.OpenAsync(cancellationToken: Token);
            await using var insert = new NpgsqlCommand("insert into t values (9)", connection);
            Assert.Equal("25006", (await Assert.ThrowsAsync<PostgresException>(() => insert.ExecuteNonQueryAsync(Token))).SqlState);
        }

        Assert.False(Directory.Exists(folder));
        Assert.Empty(ProcessesIn(folder));
    }

    [Fact]
    public async Task A_paused_instance_goes_on_to_later_targets()
    {
        var history = await histories.OfAsync(15);
        await using var scratch = history.NewScratch();
        await scratch.RecoverAsync(RecoveryTarget.AtName("first"), RecoveryTargetAction.Pause, history.Supply, null, Token);
        Assert.Equal(1L, await CountAsync(scratch));
        var second = await scratch.RecoverAsync(RecoveryTarget.At(history.Second), RecoveryTargetAction.Pause, history.Supply, null, Token);
        Assert.Equal(2L, await CountAsync(scratch));
        Assert.NotNull(second.Position);
        await scratch.RecoverAsync(RecoveryTarget.At(history.End), RecoveryTargetAction.Shutdown, history.Supply, null, Token);
        Assert.False(scratch.IsRunning);
        await scratch.RecoverAsync(RecoveryTarget.Latest, RecoveryTargetAction.Promote, history.Supply, null, Token);
        Assert.Equal(3L, await CountAsync(scratch));
        await scratch.StopAsync();
        await scratch.StartAsync(Token);
        Assert.Equal(3L, await CountAsync(scratch));
    }

    [Fact]
    public async Task Position_transaction_and_edge_are_targets_too()
    {
        var history = await histories.OfAsync(15);
        foreach (var (target, rows) in ((RecoveryTarget, long)[])[
            (RecoveryTarget.Immediate, 0),
            (RecoveryTarget.AtTransaction(history.ThirdTransaction), 3),
            (RecoveryTarget.AtTransaction(history.ThirdTransaction) with { IsInclusive = false }, 2),
            (RecoveryTarget.At(history.AfterFirst), 1)])
        {
            await using var scratch = history.NewScratch();
            await scratch.RecoverAsync(target, RecoveryTargetAction.Promote, history.Supply, null, Token);
            Assert.Equal(rows, await CountAsync(scratch));
        }
    }

    [Fact]
    public async Task A_target_behind_the_log_is_unreachable_and_names_the_last_commit()
    {
        var history = await histories.OfAsync(15);
        await using var scratch = history.NewScratch();
        var error = await Assert.ThrowsAsync<DrException>(
            () => scratch.RecoverAsync(RecoveryTarget.At(DateTimeOffset.UtcNow.AddHours(1)), RecoveryTargetAction.Promote, history.Supply, null, Token));
        Assert.Equal(DrError.TargetUnreachable, error.Error);
        Assert.Contains(history.LastCommit.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_start_is_reported_with_its_last_words()
    {
        var history = await histories.OfAsync(15);
        await using var scratch = history.NewScratch();
        File.WriteAllText(Path.Combine(scratch.DataDirectory, "backup_label"), "nonsense");
        var error = await Assert.ThrowsAsync<DrException>(
            () => scratch.RecoverAsync(RecoveryTarget.Latest, RecoveryTargetAction.Promote, history.Supply, null, Token));
        Assert.Equal(DrError.RecoveryFailed, error.Error);
        Assert.Contains("invalid data in file \"backup_label\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_archive_ends_the_recovery_with_its_own_error()
    {
        var history = await histories.OfAsync(15);
        await using var scratch = history.NewScratch();
        var error = await Assert.ThrowsAsync<DrException>(
            () => scratch.RecoverAsync(RecoveryTarget.Latest, RecoveryTargetAction.Promote, new FailingSupply(), null, Token));
        Assert.Equal(DrError.IntegrityFailure, error.Error);
        Assert.Contains("is damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_rules_and_superusers_of_the_original_do_not_count()
    {
        await using var history = await History.MakeAsync(15, boss: "the boss", settings: ["max_connections = 55", "max_worker_processes = 21"]);
        await using var scratch = history.NewScratch();
        File.WriteAllText(Path.Combine(scratch.DataDirectory, "postgresql.conf"), "include_dir = '/nowhere'\nshared_preload_libraries = 'nothing'");
        File.WriteAllText(Path.Combine(scratch.DataDirectory, "postgresql.auto.conf"), "archive_command = 'touch /tmp/never'\narchive_mode = on\nlisten_addresses = '*'");
        File.WriteAllText(Path.Combine(scratch.DataDirectory, "pg_hba.conf"), "host all all 0.0.0.0/0 trust");
        await scratch.RecoverAsync(RecoveryTarget.At(history.Second), RecoveryTargetAction.Pause, history.Supply, null, Token);
        Assert.Equal("the boss", await AskAsync<string>(scratch, "select current_user::text"));
        Assert.Equal("55", await AskAsync<string>(scratch, "select current_setting('max_connections')"));
        Assert.Equal("21", await AskAsync<string>(scratch, "select current_setting('max_worker_processes')"));
        Assert.Equal("off", await AskAsync<string>(scratch, "select current_setting('archive_mode')"));
        Assert.Equal(string.Empty, await AskAsync<string>(scratch, "select current_setting('listen_addresses')"));
    }

    [Fact]
    public async Task More_connections_given_while_the_log_ran_are_followed()
    {
        await using var history = await History.MakeAsync(15, midway: async cluster =>
        {
            await cluster.StopAsync();
            cluster.Configure("max_connections = 222");
            await cluster.StartAsync();
        });
        await using var scratch = history.NewScratch();
        await scratch.RecoverAsync(RecoveryTarget.At(history.Second), RecoveryTargetAction.Pause, history.Supply, null, Token);
        Assert.Equal("222", await AskAsync<string>(scratch, "select current_setting('max_connections')"));
        Assert.Equal(2L, await CountAsync(scratch));
    }

    [Fact]
    public async Task Tablespaces_stay_within_the_scratch_folder()
    {
        await using var history = await History.MakeAsync(15, withTablespace: true);
        await using var scratch = history.NewScratch();
        await scratch.RecoverAsync(RecoveryTarget.Latest, RecoveryTargetAction.Promote, history.Supply, null, Token);
        Assert.Equal(3L, await CountAsync(scratch));
        Assert.StartsWith(scratch.Folder + "/", await AskAsync<string>(scratch, "select pg_tablespace_location(oid) from pg_tablespace where spcname = 'elsewhere'"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task Tablespaces_made_after_the_backup_do_not_touch_those_of_the_original(int version)
    {
        string location = string.Empty;
        await using var history = await History.MakeAsync(version, midway: async cluster =>
        {
            location = Path.Combine(cluster.Folder, "later");
            TestServer.Run("mkdir", location);
            await cluster.ExecuteAsync($"create tablespace later location '{location}'", "create table moved (i int) tablespace later", "insert into moved select generate_series(1, 1000)", "checkpoint");
        });
        string[] Originals() => [.. Directory.EnumerateFiles(location, "*", SearchOption.AllDirectories).Select(f => $"{f} {new FileInfo(f).LastWriteTimeUtc:o} {new FileInfo(f).Length}").Order(StringComparer.Ordinal)];
        var before = Originals();
        Assert.NotEmpty(before);
        await using var scratch = history.NewScratch();
        await scratch.RecoverAsync(RecoveryTarget.Latest, RecoveryTargetAction.Promote, history.Supply, null, Token);
        Assert.Equal(1000L, await AskAsync<long>(scratch, "select count(*) from moved"));
        Assert.Equal(before, Originals());
        Assert.Equal(3L, await CountAsync(scratch));
    }

    [Fact]
    public async Task A_link_into_the_original_is_refused()
    {
        var history = await histories.OfAsync(15);
        await using var scratch = history.NewScratch();
        Directory.Delete(Path.Combine(scratch.DataDirectory, "pg_wal"), recursive: true);
        File.CreateSymbolicLink(Path.Combine(scratch.DataDirectory, "pg_wal"), "/var/lib/postgresql/wal");
        var error = await Assert.ThrowsAsync<DrException>(
            () => scratch.RecoverAsync(RecoveryTarget.Latest, RecoveryTargetAction.Promote, history.Supply, null, Token));
        Assert.Equal(DrError.UnsafePath, error.Error);
    }

    [Fact]
    public void A_missing_version_is_named_with_where_was_looked()
    {
        var error = Assert.Throws<DrException>(() => ScratchInstance.Create(15, new ScratchOptions { Programs = TestServer.V17.Programs }));
        Assert.Equal(DrError.ToolMissing, error.Error);
        Assert.Contains("which has version 17", error.Message, StringComparison.Ordinal);
        Assert.Equal(DrError.ToolMissing, Assert.Throws<DrException>(() => ScratchInstance.Create(99, new ScratchOptions())).Error);
    }

    [Fact]
    public async Task A_long_path_still_gets_a_socket()
    {
        var history = await histories.OfAsync(15);
        var parent = Path.Combine(history.Cluster.Folder, new string('x', 90));
        TestServer.Run("mkdir", parent);
        string sockets;
        await using (var scratch = history.NewScratch(parent))
        {
            sockets = scratch.Address.Host;
            Assert.NotEqual(scratch.Folder, sockets);
            await scratch.RecoverAsync(RecoveryTarget.Immediate, RecoveryTargetAction.Promote, history.Supply, null, Token);
            Assert.Equal(0L, await CountAsync(scratch));
        }

        Assert.False(Directory.Exists(sockets));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killing_the_process_ends_the_server_and_removes_everything(bool whileRecovering)
    {
        var history = await histories.OfAsync(15);
        var (process, folder) = await ScratchChild.StartAsync(history, whileRecovering);
        using (process)
        {
            Assert.True(Directory.Exists(folder), folder);
            Assert.NotEmpty(ProcessesIn(folder));
            process.Kill();
            await process.WaitForExitAsync(Token);
        }

        for (var waited = 0; Directory.Exists(folder) || ProcessesIn(folder).Count > 0; waited++)
        {
            Assert.True(waited < 200, $"{folder} is still there after ten seconds, with the processes {string.Join(", ", ProcessesIn(folder))}.");
            await Task.Delay(50, Token);
        }
    }

    [Fact]
    public async Task What_even_the_watchdog_left_is_removed_by_the_next_instance()
    {
        var history = await histories.OfAsync(15);
        var (process, folder) = await ScratchChild.StartAsync(history, false);
        using (process)
        {
            // The shells in between work in the folder itself, the server in the data directory.
            foreach (var shell in ProcessesIn(folder).Where(p => new DirectoryInfo($"/proc/{p}/cwd").LinkTarget == folder))
            {
                using var killed = Process.GetProcessById(shell);
                killed.Kill();
            }

            process.Kill();
            await process.WaitForExitAsync(Token);
        }

        Assert.True(Directory.Exists(folder));
        Assert.NotEmpty(ProcessesIn(folder));
        await using var next = ScratchInstance.Create(15, new ScratchOptions { Parent = history.Cluster.Folder, Programs = history.Cluster.Server.Programs });
        Assert.False(Directory.Exists(folder));
        Assert.Empty(ProcessesIn(folder));
        Assert.True(Directory.Exists(next.Folder));
    }

    [Fact]
    public async Task Cancelling_leaves_nothing()
    {
        var history = await histories.OfAsync(15);
        string folder;

        // The supply may be asked once more before the instance is gone.
        using var stop = new CancellationTokenSource();
        await using (var scratch = history.NewScratch())
        {
            folder = scratch.Folder;
            var supply = new HookedSupply(history.Supply, () => stop.Cancel());
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => scratch.RecoverAsync(RecoveryTarget.Latest, RecoveryTargetAction.Promote, supply, null, stop.Token));
        }

        Assert.False(Directory.Exists(folder));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Processes that work in a folder.</summary>
    private static List<int> ProcessesIn(string folder)
    {
        static string? FolderOf(string process)
        {
            try
            {
                return new DirectoryInfo(Path.Combine(process, "cwd")).LinkTarget;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        return [.. Directory.EnumerateDirectories("/proc")
            .Where(p => int.TryParse(Path.GetFileName(p), out _) && FolderOf(p)?.StartsWith(folder, StringComparison.Ordinal) == true)
            .Select(p => int.Parse(Path.GetFileName(p), System.Globalization.CultureInfo.InvariantCulture))];
    }

    private static Task<long> CountAsync(ScratchInstance scratch) => AskAsync<long>(scratch, "select count(*) from t");

    private static async Task<T> AskAsync<T>(ScratchInstance scratch, string query)
    {
        await using var connection = await scratch.OpenAsync(cancellationToken: Token);
        await using var command = new NpgsqlCommand(query, connection);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }

    private sealed class FailingSupply : IWalSupply
    {
        public ValueTask<bool> TryFetchAsync(string name, string destination, CancellationToken cancellationToken) =>
            name.EndsWith(".history", StringComparison.Ordinal) ? ValueTask.FromResult(false) : throw new DrException(DrError.IntegrityFailure, $"{name} is damaged.", "Verify the repository.");
    }

    private sealed class HookedSupply(IWalSupply inner, Action hook) : IWalSupply
    {
        public ValueTask<bool> TryFetchAsync(string name, string destination, CancellationToken cancellationToken)
        {
            hook();
            return inner.TryFetchAsync(name, destination, CancellationToken.None);
        }
    }
}
