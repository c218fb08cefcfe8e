using System.Diagnostics;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tests.Recovery;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Scratch;

public sealed class ScratchInstanceTests
{
    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_backup_recovers_to_a_time_and_everything_is_gone_afterwards(int version)
    {
        await using var history = await History.MakeAsync(version);
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
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), p => new DirectoryInfo(Path.Combine(p, "cwd")) is { } cwd && Links(cwd, folder));
    }

    [Fact]
    public async Task A_paused_instance_goes_on_to_later_targets()
    {
        await using var history = await History.MakeAsync(15);
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
        await using var history = await History.MakeAsync(15);
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
        await using var history = await History.MakeAsync(15);
        await using var scratch = history.NewScratch();
        var error = await Assert.ThrowsAsync<DrException>(
            () => scratch.RecoverAsync(RecoveryTarget.At(DateTimeOffset.UtcNow.AddHours(1)), RecoveryTargetAction.Promote, history.Supply, null, Token));
        Assert.Equal(DrError.TargetUnreachable, error.Error);
        Assert.Contains(history.LastCommit.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_start_is_reported_with_its_last_words()
    {
        await using var history = await History.MakeAsync(15);
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
        await using var history = await History.MakeAsync(15);
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

    [Fact]
    public async Task A_link_into_the_original_is_refused()
    {
        await using var history = await History.MakeAsync(15);
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
        await using var history = await History.MakeAsync(15);
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

    [Fact]
    public async Task Cancelling_leaves_nothing()
    {
        await using var history = await History.MakeAsync(15);
        string folder;
        await using (var scratch = history.NewScratch())
        {
            folder = scratch.Folder;
            using var stop = new CancellationTokenSource();
            var supply = new HookedSupply(history.Supply, () => stop.Cancel());
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => scratch.RecoverAsync(RecoveryTarget.Latest, RecoveryTargetAction.Promote, supply, null, stop.Token));
        }

        Assert.False(Directory.Exists(folder));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static bool Links(DirectoryInfo link, string folder)
    {
        try
        {
            return link.LinkTarget?.StartsWith(folder, StringComparison.Ordinal) == true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
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

    /// <summary>A cluster with a backup, after which one row each was inserted three times.</summary>
    private sealed class History : IAsyncDisposable
    {
        private History(TestCluster cluster) => Cluster = cluster;

        public TestCluster Cluster { get; }

        public string Backup => Path.Combine(Cluster.Folder, "backup");

        public IWalSupply Supply => new FolderWalSupply(PhysicalCopy.Archive(Cluster));

        public Lsn AfterFirst { get; private set; }

        /// <summary>Between the second and the third commit.</summary>
        public DateTimeOffset Second { get; private set; }

        public ulong ThirdTransaction { get; private set; }

        public DateTimeOffset LastCommit { get; private set; }

        /// <summary>Behind the third commit, before the last one.</summary>
        public DateTimeOffset End { get; private set; }

        public static async Task<History> MakeAsync(
            int version, string? boss = null, string[]? settings = null, bool withTablespace = false, Func<TestCluster, Task>? midway = null)
        {
            var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), settings: [.. PhysicalCopy.Archiving, "track_commit_timestamp = on", .. settings ?? []]);
            var history = new History(cluster);
            PhysicalCopy.Archive(cluster);
            if (boss is not null)
            {
                await cluster.ExecuteAsync("create role other superuser login");
                await using var other = new NpgsqlConnection($"Host={cluster.Folder};Port={cluster.Port};Username=other;Database=postgres;Pooling=false");
                await other.OpenAsync(Token);
                await using var rename = new NpgsqlCommand($"alter role postgres rename to \"{boss}\"; checkpoint", other);
                await rename.ExecuteNonQueryAsync(Token);
            }

            await using var connection = new NpgsqlConnection($"Host={cluster.Folder};Port={cluster.Port};Username={boss ?? "postgres"};Database=postgres;Pooling=false");
            await connection.OpenAsync(Token);
            return await history.FillAsync(connection, withTablespace, midway);
        }

        public ScratchInstance NewScratch(string? parent = null)
        {
            var scratch = ScratchInstance.Create(Cluster.Server.Version, new ScratchOptions { Parent = parent, Programs = Cluster.Server.Programs });
            PhysicalCopy.Restore(Backup, scratch.DataDirectory);
            return scratch;
        }

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();

        private async Task<History> FillAsync(NpgsqlConnection connection, bool withTablespace, Func<TestCluster, Task>? midway)
        {
            async Task<T> Ask<T>(string query)
            {
                if (connection.State != System.Data.ConnectionState.Open)
                {
                    await connection.OpenAsync(Token);
                }

                await using var command = new NpgsqlCommand(query, connection);
                return (T)(await command.ExecuteScalarAsync(Token) ?? default(T))!;
            }

            if (withTablespace)
            {
                TestServer.Run("mkdir", Path.Combine(Cluster.Folder, "space"));
                await Ask<object>($"create tablespace elsewhere location '{Cluster.Folder}/space'");
            }

            await Ask<object>($"create table t (i int) {(withTablespace ? "tablespace elsewhere" : string.Empty)}");
            await PhysicalCopy.TakeAsync(Cluster, Backup, connection);
            await Ask<object>("insert into t values (1)");
            AfterFirst = Lsn.Parse(await Ask<string>("select pg_current_wal_insert_lsn()::text"));
            await Ask<object>("select pg_create_restore_point('first')");
            if (midway is not null)
            {
                await connection.CloseAsync();
                await midway(Cluster);
            }

            await Ask<object>("insert into t values (2)");
            await Task.Delay(20, Token);
            Second = DateTimeOffset.UtcNow;
            await Task.Delay(20, Token);
            ThirdTransaction = ulong.Parse(await Ask<string>("with i as (insert into t values (3) returning 1) select pg_current_xact_id()::text from i"), System.Globalization.CultureInfo.InvariantCulture);
            await Task.Delay(20, Token);
            End = DateTimeOffset.UtcNow;
            await Task.Delay(20, Token);
            await Ask<object>("create table last_one ()");
            await Ask<object>("drop table last_one");
            LastCommit = await Ask<DateTime>("select timestamp from pg_last_committed_xact()");
            await PhysicalCopy.SwitchAsync(Cluster, connection);
            return this;
        }
    }
}
