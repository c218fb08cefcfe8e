using System.Text.Json;
using DrTools.Cli.Tests;
using DrTools.PostgreSql.Tests.Replication;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Faces;

/// <summary>Compares what the commands about PostgreSQL print with the tables of docs/json.md, along one story: archiving, a
/// backup, a mistake, and several ways back.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class JsonContractTests
{
    private TestCluster _cluster = null!;

    private string Source => $"postgresql:{_cluster.SocketLocation}";

    private string KeyFile => Path.Combine(_cluster.Folder, "key");

    private string Repository => Path.Combine(_cluster.Folder, "repo");

    private string[] Opening => ["--repo", Repository, "--key-file", KeyFile];

    [Fact]
    public async Task Every_document_is_as_declared()
    {
        await using var cluster = _cluster = await TestCluster.StartNewAsync(TestServer.V15, initdb: ["--data-checksums", "--wal-segsize=1"], settings: ["archive_mode = on", "fsync = on"]);
        TestServer.Run("sh", "-c", $"umask 077 && head -c 64 /dev/urandom > {KeyFile}");
        TestServer.Run(DrToolsProgram.Path, "init", Repository, "--key-file", KeyFile);
        await AssertAsync("repository", ["upgrade", .. Opening]);
        await AssertAsync("keys", ["key", "list", .. Opening]);

        var plan = await AssertAsync("archiving", ["archive", "enable", Source, "--program", DrToolsProgram.Path, "--archive-key-file", KeyFile, "--dry-run", .. Opening]);
        Assert.True(plan.GetProperty("dryRun").GetBoolean());
        Assert.Equal(JsonValueKind.Null, plan.GetProperty("proof").ValueKind);
        var enabled = await AssertAsync("archiving", ["archive", "enable", Source, "--program", DrToolsProgram.Path, "--archive-key-file", KeyFile, .. Opening]);
        Assert.NotEmpty(enabled.GetProperty("changes").EnumerateArray());
        Assert.NotEqual(JsonValueKind.Null, enabled.GetProperty("proof").ValueKind);
        await AssertAsync("diagnosis", ["check-source", Source, .. Opening]);
        await AssertAsync("server-restart", ["restart", Source, "--dry-run"]);

        await cluster.ExecuteAsync("create table orders (id int primary key)", "insert into orders select generate_series(1, 100)");
        await AssertAsync("backup-document", ["backup", Source, .. Opening]);
        await cluster.ExecuteAsync("insert into orders values (101)");
        var marked = await AssertAsync("log-switch", ["archive", "switch", Source, .. Opening]);
        await cluster.ExecuteAsync("delete from orders where id <= 50");
        await AssertAsync("log-switch", ["archive", "switch", Source, .. Opening]);

        var stream = await AssertAsync("log-stream", ["wal", "receive", Source, "--until-lsn", marked.GetProperty("lsn").GetString()!, "--spool", Path.Combine(cluster.Folder, "received"), .. Opening]);
        Assert.Equal("positionReached", stream.GetProperty("ended").GetString());
        var segment = Directory.EnumerateFiles(Path.Combine(cluster.DataDirectory, "pg_wal"), "0*").Order(StringComparer.Ordinal).First();
        await AssertAsync("log-push", ["wal", "push", segment, .. Opening]);

        var windows = await AssertAsync("windows-document", ["window", .. Opening]);
        Assert.Single(windows.GetProperty("windows").EnumerateArray());
        var point = await AssertAsync("restore-point", ["find-point", "select count(*) > 90 from orders", "--database", "postgres", "--source", Source, .. Opening]);
        Assert.True(point.GetProperty("found").GetBoolean());
        var table = await AssertAsync("table-restore", ["restore-table", "orders", "--source", Source, "--database", "postgres", "--target-lsn", point.GetProperty("targetLsn").GetString()!, .. Opening]);
        Assert.Equal(101, table.GetProperty("rows").GetInt64());

        var copy = Path.Combine(cluster.Folder, "copy");
        string[] restore = ["restore", "latest", "--source", Source, "--target", copy, "--archive-key-file", KeyFile, .. Opening];
        await AssertAsync("cluster-plan", [.. restore, "--dry-run"]);
        await AssertAsync("recovery-progress", ["progress", Source]);
        await cluster.StopAsync();
        var restored = await AssertAsync("cluster-restore", [.. restore, "--wait"]);
        try
        {
            Assert.Equal("finished", restored.GetProperty("recovery").GetProperty("state").GetString());
            await AssertAsync("recovery-progress", ["progress", copy]);
            Assert.Equal(51L, await cluster.QueryAsync<long>("select count(*) from orders"));
            await AssertAsync("backup-document", ["backup", $"{Source} dbname=postgres", .. Opening]);
        }
        finally
        {
            TestServer.Run(Path.Combine(cluster.Server.Programs, "pg_ctl"), "stop", "-s", "-m", "immediate", "-D", copy);
        }

        var expiry = await AssertAsync("expiry", ["expire", "--keep", "last=1", "--log-window", "7d", "--dry-run", .. Opening]);
        Assert.NotEmpty(expiry.GetProperty("logs").EnumerateArray());
    }

    private static async Task<JsonElement> AssertAsync(string section, string[] arguments)
    {
        var document = await ReceiverProgram.RunAsync(arguments);
        JsonContract.AssertIs(section, document);
        return document;
    }
}
