using System.Globalization;
using System.Text.Json;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Tests.Wal;

namespace DrTools.PostgreSql.Tests.Recovery;

/// <summary>The built program from the backup to the restored server, on the host of the original, which goes on running.</summary>
public sealed class RestoreProgramTests
{
    private const int Limit = 10 * 60 * 1000;

    [Theory(Timeout = Limit)]
    [InlineData(15)]
    [InlineData(18)]
    public async Task A_copy_recovers_through_wal_get_beside_its_original(int version)
    {
        await using var site = await ArchivingSite.StartAsync(TestServer.Find(version));
        var (space, moved, copy) = (Path.Combine(site.Cluster.Folder, "space"), Path.Combine(site.Cluster.Folder, "moved"), Path.Combine(site.Cluster.Folder, "copy"));
        TestServer.Run("mkdir", space);
        string[] repository = ["--repo", site.Repository, "--key-file", Path.Combine(site.Cluster.Folder, "key")];
        var source = $"postgresql:{site.Cluster.SocketLocation}";
        await site.Cluster.ExecuteAsync("create table t (i int)");
        TestServer.Run(DrToolsProgram.Path, ["backup", source, .. repository]);
        await site.Cluster.ExecuteAsync("insert into t values (1)");
        var moment = await RestoreSite.MomentAsync();
        await site.Cluster.ExecuteAsync("insert into t values (2)", $"create tablespace elsewhere location '{space}'", "create table far tablespace elsewhere as select generate_series(1, 1000) i", "checkpoint");
        await site.SwitchAndWaitAsync();
        string[] options = ["--source", source, "--pg-bin", site.Cluster.Server.Programs, "--archive-key-file", Path.Combine(site.Cluster.Folder, "key"), "--wait", "--json", .. repository];
        string Restore(string target, params string[] more) => TestServer.Run(DrToolsProgram.Path, ["restore", "latest", "--target", target, .. options, .. more]);
        try
        {
            // The original has its port: the copy starts at another one, and says so.
            using var restored = JsonDocument.Parse(Restore(copy, "--target-time", moment.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture)));
            Assert.Equal(site.Cluster.Port, restored.RootElement.GetProperty("configuredPort").GetInt32());
            var port = restored.RootElement.GetProperty("port").GetInt32();
            Assert.NotEqual(site.Cluster.Port, port);
            Assert.Equal(site.Cluster.Folder, restored.RootElement.GetProperty("socketFolder").GetString());
            Assert.Contains(restored.RootElement.GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains($"psql -h {site.Cluster.Folder} -p {port}", StringComparison.Ordinal));
            Assert.Equal("1", await AskAsync(site, port, "select string_agg(i::text, ',') from t"));
            Assert.Equal("localhost", await AskAsync(site, port, "show listen_addresses"));
            Assert.Equal("off", await AskAsync(site, port, "show archive_mode"));
            Assert.Contains("wal get", await AskAsync(site, port, "show restore_command"), StringComparison.Ordinal);
            Assert.Equal(2L, await site.Cluster.QueryAsync<long>("select count(*) from t"));
            RestoreSite.Stop(site.Cluster.Server, copy);

            // Its log makes a tablespace where the original has it: replaying that must not touch the original's.
            var before = Directory.GetFiles(space, "*", SearchOption.AllDirectories).ToDictionary(f => f, f => (File.GetLastWriteTimeUtc(f), Convert.ToHexString(File.ReadAllBytes(f))));
            var refused = Assert.Throws<InvalidOperationException>(() => Restore(copy + "2"));
            Assert.Contains($"--tablespace-mapping '{space}=/new/folder'", refused.Message, StringComparison.Ordinal);
            Assert.Equal(before, Directory.GetFiles(space, "*", SearchOption.AllDirectories).ToDictionary(f => f, f => (File.GetLastWriteTimeUtc(f), Convert.ToHexString(File.ReadAllBytes(f)))));

            // With the mapping in its restore_command it goes on from there.
            var settings = File.ReadLines(Path.Combine(copy + "2", "postgresql.auto.conf")).Last(l => l.StartsWith("restore_command", StringComparison.Ordinal));
            var rest = TestCluster.FreePort();
            TestServer.Run("sh", "-c", $"cat >> {copy}2/postgresql.auto.conf <<'end'\n{settings.TrimEnd('\'')} --tablespace-mapping {space}={moved}2'\nend");
            TestServer.Run(Path.Combine(site.Cluster.Server.Programs, "pg_ctl"), "start", "-W", "-s", "-D", copy + "2", "-l", copy + "2.log", "-o", $"-p {rest}");
            await WaitAsync(site, rest);
            Assert.Equal("1000", await AskAsync(site, rest, "select count(*)::text from far"));
            Assert.NotEmpty(Directory.EnumerateDirectories(moved + "2", "PG_*"));
            RestoreSite.Stop(site.Cluster.Server, copy + "2");

            using var mapped = JsonDocument.Parse(Restore(copy + "3", "--tablespace-mapping", $"{space}={moved}"));
            port = mapped.RootElement.GetProperty("port").GetInt32();
            Assert.Equal("1000", await AskAsync(site, port, "select count(*)::text from far"));
            Assert.Equal(moved, await AskAsync(site, port, "select pg_tablespace_location(oid) from pg_tablespace where spcname = 'elsewhere'"));
            Assert.NotEmpty(Directory.EnumerateDirectories(moved, "PG_*"));
            Assert.Equal(before.Keys.Order(), Directory.GetFiles(space, "*", SearchOption.AllDirectories).Order());
            Assert.Equal(1000L, await site.Cluster.QueryAsync<long>("select count(*) from far"));
            RestoreSite.Stop(site.Cluster.Server, copy + "3");
        }
        finally
        {
            foreach (var directory in Directory.EnumerateDirectories(site.Cluster.Folder, "copy*").Where(d => File.Exists(Path.Combine(d, "postmaster.pid"))))
            {
                RestoreSite.Stop(site.Cluster.Server, directory);
            }
        }
    }

    private static async Task WaitAsync(ArchivingSite site, int port)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await AskAsync(site, port, "select pg_is_in_recovery()::text") == "false")
                {
                    return;
                }
            }
            catch (Npgsql.NpgsqlException)
            {
                // It does not listen yet.
            }

            Assert.True(clock.Elapsed < RestoreSite.Patience, "It did not end its recovery.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<string> AskAsync(ArchivingSite site, int port, string query)
    {
        await using var connection = new Npgsql.NpgsqlConnection($"Host={site.Cluster.Folder};Port={port};Username=postgres;Database=postgres;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new Npgsql.NpgsqlCommand(query, connection);
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
