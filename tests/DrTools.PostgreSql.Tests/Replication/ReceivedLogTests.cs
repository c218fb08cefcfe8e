using System.Text.Json;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Replication;

/// <summary><c>drtools wal receive</c>, as it runs beside a server.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ReceivedLogTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What "a loss of seconds at most" means, measured: the host is lost, with all that is on it, in the midst of
    /// commits. Everything that the receiver had is restored.</summary>
    [Theory]
    [InlineData(15, false)]
    [InlineData(17, false)]
    [InlineData(18, false)]
    [InlineData(17, true)]
    public async Task A_lost_host_takes_with_it_no_more_than_what_had_not_been_received(int version, bool isSynchronous)
    {
        await using var site = await Site.StartAsync(version);
        var cluster = site.Cluster;
        await cluster.ExecuteAsync("create table ledger (id bigint primary key, filler text)");
        using var receiver = site.Receive(["--slot", "drtools", "--create-slot", "--json", .. isSynchronous ? (string[])["--acknowledge", "spooled"] : []]);
        await receiver.UntilAsync("it receives", () => cluster.QueryAsync<bool>("select count(*) = 1 from pg_stat_replication where state = 'streaming'"));
        await ReceiverProgram.RunAsync(["backup", site.Source, "--include-wal", .. site.Opening]);

        if (isSynchronous)
        {
            await cluster.ExecuteAsync("alter system set synchronous_standby_names = 'drtools'", "select pg_reload_conf()");
            await receiver.UntilAsync("it is waited for", () => cluster.QueryAsync<bool>("select count(*) = 1 from pg_stat_replication where sync_state = 'sync'"));
        }

        // One commit after another; each tells where the log ended behind it.
        var commits = new List<(long Id, Lsn End, DateTimeOffset Begun)>();
        var load = Task.Run(async () =>
        {
            try
            {
                await using var connection = await cluster.ConnectAsync();
                for (var id = 1L; ; id++)
                {
                    var begun = DateTimeOffset.UtcNow;
                    await using (var insert = new NpgsqlCommand($"insert into ledger values ({id}, repeat(md5('{id}'), 60))", connection))
                    {
                        await insert.ExecuteNonQueryAsync(Token);
                    }

                    await using var position = new NpgsqlCommand("select pg_current_wal_flush_lsn()::text", connection);
                    var end = Lsn.Parse((string)(await position.ExecuteScalarAsync(Token))!);
                    lock (commits)
                    {
                        commits.Add((id, end, begun));
                    }
                }
            }
            catch (NpgsqlException)
            {
                // The server is gone, which is the point.
            }
        }, Token);
        long Count()
        {
            lock (commits)
            {
                return commits.Count;
            }
        }

        await receiver.UntilAsync("there are commits", () => Task.FromResult(load.IsCompleted || Count() > (isSynchronous ? 30 : 1500)));
        var killed = DateTimeOffset.UtcNow;
        await cluster.CrashAsync();
        Directory.Move(cluster.DataDirectory, cluster.Folder + "-lost");
        try
        {
            await load.WaitAsync(TimeSpan.FromMinutes(1), Token);

            // It archives what it has of the last segment without being told, for the server may never come back.
            await receiver.UntilAsync("the unfinished segment is archived", () => Task.FromResult(site.StoredLogs().Any(n => n.EndsWith(".partial", StringComparison.Ordinal))));
            receiver.Signal("TERM");
            var (code, text, error) = await receiver.EndAsync();
            Assert.True(code == 0, error);
            var result = JsonDocument.Parse(text).RootElement;
            var received = Lsn.Parse(result.GetProperty("to").GetString()!);
            Assert.Equal("stopped", result.GetProperty("ended").GetString());
            Assert.Equal(0, result.GetProperty("waiting").GetInt32());
            Assert.True(isSynchronous || result.GetProperty("segments").GetInt64() >= 3, text);
            Assert.Contains("broke off", error, StringComparison.Ordinal);

            var window = (await ReceiverProgram.RunAsync(["window", .. site.Opening])).GetProperty("windows")[0];
            Assert.Empty(window.GetProperty("gaps").EnumerateArray());
            await ReceiverProgram.RunAsync(
                ["restore", "latest", "--source", site.Source, "--target", cluster.DataDirectory, "--wait", "--pg-bin", cluster.Server.Programs, "--archive-key-file", site.KeyFile, .. site.Opening]);
            try
            {
                var restored = await cluster.QueryAsync<long>("select coalesce(max(id), 0) from ledger");
                Assert.Equal(restored, await cluster.QueryAsync<long>("select count(*) from ledger"));
                var safe = commits.Where(c => c.End <= received).DefaultIfEmpty().MaxBy(c => c.Id);
                Assert.True(restored >= safe.Id, $"{restored} commits were restored; {safe.Id} had been received, up to {received}.");
                Assert.True(window.GetProperty("newestAt").GetDateTimeOffset() >= safe.Begun, $"{window} does not reach {safe.Begun:O}.");

                // What was confirmed is there, where that waits for the receiver.
                Assert.True(!isSynchronous || restored >= commits[^1].Id, $"{commits[^1].Id} commits were confirmed, {restored} restored.");

                // The one more is a commit of which its session never heard.
                Assert.InRange(restored, 1, commits[^1].Id + 1);
                var lost = commits.Where(c => c.Id > restored).ToList();
                output.WriteLine($"PostgreSQL {version}{(isSynchronous ? ", synchronous" : string.Empty)}: {commits.Count} commits in {(commits[^1].Begun - commits[0].Begun).TotalSeconds:0.0} s, {restored} restored, {lost.Count} lost{(lost.Count == 0 ? string.Empty : $", all begun within {(killed - lost[0].Begun).TotalMilliseconds:0} ms of the kill")}");
            }
            finally
            {
                TestServer.Run(Path.Combine(cluster.Server.Programs, "pg_ctl"), "stop", "-s", "-m", "immediate", "-D", cluster.DataDirectory);
            }
        }
        finally
        {
            Directory.Delete(cluster.Folder + "-lost", recursive: true);
        }
    }

    [Fact]
    public async Task It_goes_on_when_the_server_was_restarted_and_stores_in_every_repository()
    {
        await using var site = await Site.StartAsync(15);
        var cluster = site.Cluster;
        var second = Path.Combine(cluster.Folder, "second");
        TestServer.Run(DrToolsProgram.Path, "init", second, "--key-file", site.KeyFile);
        using var receiver = site.Receive("--repo", second, "--slot", "drtools", "--create-slot");
        await receiver.UntilAsync("it receives", () => cluster.QueryAsync<bool>("select count(*) = 1 from pg_stat_replication where state = 'streaming'"));
        await cluster.ExecuteAsync("create table t as select generate_series(1, 1000) g", "select pg_switch_wal()");
        await cluster.StopAsync();
        await cluster.StartAsync();
        await cluster.ExecuteAsync("insert into t values (1)", "select pg_switch_wal()", "insert into t values (2)");
        var last = await cluster.QueryAsync<string>("select pg_walfile_name(pg_current_wal_lsn() - 1048576)");
        await receiver.UntilAsync("the segments from before and after are archived", () => Task.FromResult(site.StoredLogs().Contains(last)));
        receiver.Signal("INT");
        var (code, text, error) = await receiver.EndAsync();
        Assert.True(code == 0, error);
        Assert.Contains("Receiving from", text, StringComparison.Ordinal);
        Assert.Contains("It goes on from", text, StringComparison.Ordinal);
        Assert.Contains("stopped, 0 B behind the server; the connection was lost", text, StringComparison.Ordinal);
        Assert.Contains("Receiving WAL broke off", error, StringComparison.Ordinal);
        Assert.Equal(site.StoredLogs().Order(StringComparer.Ordinal), Site.StoredLogs(second).Order(StringComparer.Ordinal));
        foreach (var repository in (string[])[site.Repository, second])
        {
            var runs = (await ReceiverProgram.RunAsync("runs", "--repo", repository, "--key-file", site.KeyFile)).GetProperty("runs");
            Assert.Contains(runs.EnumerateArray(), r => r.GetProperty("operation").GetString() == "receive" && r.GetProperty("outcome").GetString() == "succeeded");
        }
    }

    [Fact]
    public async Task It_ends_by_itself_where_it_was_told_to_and_the_server_keeps_what_is_not_safe()
    {
        await using var site = await Site.StartAsync(18);
        var cluster = site.Cluster;
        await cluster.ExecuteAsync("select pg_create_physical_replication_slot('mine', true)", "select pg_create_physical_replication_slot('theirs', true)", "create table t (i int)", "select pg_switch_wal()", "insert into t values (1)", "select pg_switch_wal()", "insert into t values (2)");
        var one = JsonDocument.Parse((await EndAsync(site.Receive("--slot", "mine", "--stop-after", "1", "--json"))).Out).RootElement;
        Assert.Equal("segmentsArchived", one.GetProperty("ended").GetString());
        Assert.True(one.GetProperty("segments").GetInt64() >= 1);
        var safe = Lsn.Parse(one.GetProperty("to").GetString()!);
        Assert.True(Lsn.Parse(await cluster.QueryAsync<string>("select restart_lsn::text from pg_replication_slots where slot_name = 'mine'")) <= safe);

        await cluster.ExecuteAsync("insert into t values (3)");
        var end = await cluster.QueryAsync<string>("select pg_current_wal_flush_lsn()::text");
        var two = JsonDocument.Parse((await EndAsync(site.Receive("--slot", "mine", "--until-lsn", end, "--json"))).Out).RootElement;
        Assert.Equal("positionReached", two.GetProperty("ended").GetString());
        Assert.True(Lsn.Parse(two.GetProperty("to").GetString()!) >= Lsn.Parse(end), two.ToString());
        Assert.Equal(0, two.GetProperty("lagBytes").GetInt64());

        // What is safe already ends it at once.
        await EndAsync(site.Receive("--slot", "mine", "--until-lsn", "0/100000"));
        Assert.Equal("mine theirs", await cluster.QueryAsync<string>("select string_agg(slot_name, ' ' order by slot_name) from pg_replication_slots"));
    }

    private static async Task<(int Code, string Out, string Error)> EndAsync(ReceiverProgram program)
    {
        using (program)
        {
            var result = await program.EndAsync();
            Assert.True(result.Code == 0, result.Error);
            return result;
        }
    }

    /// <summary>A server and a repository for its log, both of the server's user.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private Site(TestCluster cluster) => Cluster = cluster;

        public TestCluster Cluster { get; }

        public string Repository => Path.Combine(Cluster.Folder, "repo");

        public string KeyFile => Path.Combine(Cluster.Folder, "key");

        public string[] Opening => ["--repo", Repository, "--key-file", KeyFile];

        public string Source => $"postgresql:{Cluster.SocketLocation}";

        public static async Task<Site> StartAsync(int version)
        {
            var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), initdb: ["--data-checksums", "--wal-segsize=1"]);
            var site = new Site(cluster);
            try
            {
                TestServer.Run("sh", "-c", $"umask 077 && head -c 64 /dev/urandom > {site.KeyFile}");
                TestServer.Run(DrToolsProgram.Path, "init", site.Repository, "--key-file", site.KeyFile);
                return site;
            }
            catch
            {
                await cluster.DisposeAsync();
                throw;
            }
        }

        public static List<string> StoredLogs(string repository) => Directory.Exists(Path.Combine(repository, "logs"))
            ? [.. Directory.EnumerateFiles(Path.Combine(repository, "logs"), "0*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f))]
            : [];

        public List<string> StoredLogs() => StoredLogs(Repository);

        public ReceiverProgram Receive(params string[] options) =>
            ReceiverProgram.Start(["wal", "receive", Source, "--spool", Path.Combine(Cluster.Folder, "received"), .. Opening, .. options]);

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
