using DrTools.Cli.Tests;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Faces;

/// <summary>A plan of a real cluster, from its first backup by the name of its service to its objectives.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class PlanTests
{
    [Fact]
    public async Task A_plan_of_a_cluster_is_carried_out_and_held_against_reality()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, initdb: ["--data-checksums", "--wal-segsize=1"], settings: ["archive_mode = on", "fsync = on"]);
        var (repository, key, plan) = (Path.Combine(cluster.Folder, "repo"), Path.Combine(cluster.Folder, "key"), Path.Combine(cluster.Folder, "dr.yaml"));
        TestServer.Run("sh", "-c", $"umask 077 && head -c 64 /dev/urandom > {key}");
        TestServer.Run(DrToolsProgram.Path, "init", repository, "--key-file", key);
        TestServer.Run(DrToolsProgram.Path, "upgrade", "--repo", repository, "--key-file", key);
        var source = $"postgresql:{cluster.SocketLocation}";
        await File.WriteAllTextAsync(
            plan,
            $$"""
            version: 1
            name: Cluster
            repositories: { local: { location: repo, keyFile: key } }
            services:
              orders:
                tier: critical
                sources:
                  - source: '{{source}}'
                    repositories: local
                    log: { method: archive, interval: 5m }
                    schedules: { type: full, every: 1d }
                    retention: { keep: daily=30, logWindow: 7d }
            """,
            TestContext.Current.CancellationToken);

        async Task<CliResult> RunAsync(int exitCode, params string[] args)
        {
            using var process = CliProcess.Start(DrToolsProgram.Path, cluster.Folder, args, new Dictionary<string, string> { ["DRTOOLS_PLAN"] = plan });
            return (await process.EndAsync(TimeSpan.FromMinutes(3))).Expect(exitCode);
        }

        Assert.Contains("There is no backup of it", (await RunAsync(1, "plan", "test")).Out, StringComparison.Ordinal);
        await RunAsync(0, "archive", "enable", source, "--program", DrToolsProgram.Path, "--archive-key-file", key, "--repo", repository, "--key-file", key);
        await cluster.ExecuteAsync("create table orders (id int primary key)", "insert into orders select generate_series(1, 100)");
        await RunAsync(0, "backup", "--service", "orders");
        await RunAsync(0, "archive", "switch", source, "--repo", repository, "--key-file", key);

        var tested = (await RunAsync(0, "plan", "test", "--json")).Document;
        JsonContract.AssertIs("plan-test", tested);
        var passed = tested.GetProperty("findings").EnumerateArray().Where(f => f.GetProperty("severity").GetString() == "passed").Select(f => f.GetProperty("check").GetString()).ToList();
        Assert.Superset(new HashSet<string?> { "opens", "source", "backup", "RPO by method", "retention", "log" }, passed.ToHashSet());

        // The loss is what the log leaves out; how long the way back takes nobody has measured.
        var measured = (await RunAsync(1, "objectives", "--json")).Document;
        JsonContract.AssertIs("objectives", measured);
        var orders = measured.GetProperty("services")[0];
        Assert.True(orders.GetProperty("rpoMet").GetBoolean());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, orders.GetProperty("rtoMet").ValueKind);
        Assert.InRange(orders.GetProperty("lostSeconds").GetDouble(), 0, 900);
        Assert.Contains("never measured", orders.GetProperty("improvement").GetString(), StringComparison.Ordinal);

        // The copy has the port of the original.
        await cluster.StopAsync();
        var copy = Path.Combine(cluster.Folder, "copy");
        await RunAsync(0, "restore", "latest", "--service", "orders", "--target", copy, "--archive-key-file", key, "--wait");
        TestServer.Run(Path.Combine(cluster.Server.Programs, "pg_ctl"), "stop", "-s", "-m", "immediate", "-D", copy);
        orders = (await RunAsync(0, "objectives", "--json")).Document.GetProperty("services")[0];
        Assert.True(orders.GetProperty("rtoMet").GetBoolean());
        Assert.Equal(0, orders.GetProperty("neverMeasured").GetInt32());
        await RunAsync(0, "expire", "--service", "orders", "--dry-run");
    }
}
