using System.Buffers.Binary;
using DrTools.Aws.Tests.Servers;
using DrTools.Cli.Tests;

namespace DrTools.Aws.Tests.Repositories;

/// <summary>A repository in S3, from the command line.</summary>
public sealed class CommandLineTests(RadosGateway gateway)
{
    [Fact]
    public async Task Everything_works_in_a_bucket()
    {
        using var workspace = new Workspace();
        workspace.Environment["DRTOOLS_REPOSITORY"] = gateway.LocationOf(await gateway.NewBucketAsync());
        (await workspace.RunAsync("init", workspace.Environment["DRTOOLS_REPOSITORY"])).Expect(0);
        var taken = (await workspace.RunAsync("backup", "files:src", "--json")).Expect(0);
        JsonContract.AssertIs("backup-document", taken.Document);
        var traffic = taken.Document.GetProperty("backups")[0].GetProperty("traffic");
        Assert.InRange(traffic.GetProperty("puts").GetInt32(), 5, 30);
        Assert.True(traffic.GetProperty("bytesUp").GetInt64() > 100_000);

        await File.WriteAllTextAsync(workspace.PathOf("src/new.txt"), "gamma", TestContext.Current.CancellationToken);
        Assert.Contains(" puts, ", (await workspace.RunAsync("backup", "files:src", "--type", "incremental")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Equal(2, (await workspace.RunAsync("list", "--json")).Expect(0).Document.GetProperty("backups").GetArrayLength());
        (await workspace.RunAsync("verify", "--level", "restore")).Expect(0);
        (await workspace.RunAsync("check")).Expect(0);
        (await workspace.RunAsync("restore", "latest", "--target", "out")).Expect(0);
        SourceTree.AssertSame(workspace.PathOf("src"), workspace.PathOf("out"));

        (await workspace.RunAsync("pin", "latest", "--reason", "audit")).Expect(0);
        (await workspace.RunAsync("key", "add", "--new-key-file", "key")).Expect(0);
        (await workspace.RunAsync("list", "--key-file", "key")).Expect(0);
        (await workspace.RunAsync("kit", "--output", "kit")).Expect(0);
        Assert.NotEmpty(Directory.GetFiles(workspace.PathOf("kit")));
        (await workspace.RunAsync("expire", "--keep", "last=1")).Expect(0);
        var runs = (await workspace.RunAsync("runs", "--json")).Expect(0).Document.GetProperty("runs");
        Assert.All(runs.EnumerateArray(), run => JsonContract.AssertIs("run", run));
        Assert.Contains(runs.EnumerateArray(), run => run.GetProperty("operation").GetString() == "backup" && run.GetProperty("traffic").GetProperty("puts").GetInt32() > 0);
    }

    [Fact]
    public async Task What_is_not_there_has_its_exit_code()
    {
        using var workspace = new Workspace();
        var bucket = await gateway.NewBucketAsync();
        workspace.Environment["DRTOOLS_REPOSITORY"] = gateway.LocationOf(bucket);
        (await workspace.RunAsync("list")).Expect(10);
        Assert.Contains("[BadUsage]", (await workspace.RunAsync("list", "--repo", $"s3://{bucket}?regoin=x")).Expect(64).Error, StringComparison.Ordinal);
        workspace.Environment["DRTOOLS_REPOSITORY"] = gateway.LocationOf("no" + bucket);
        var missing = (await workspace.RunAsync("init", workspace.Environment["DRTOOLS_REPOSITORY"])).Expect(1).Error;
        Assert.Contains("[StoreMissing]", missing, StringComparison.Ordinal);
        Assert.Contains("aws s3 mb", missing.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_of_PostgreSQL_is_archived_and_fetched()
    {
        using var workspace = new Workspace();
        workspace.Environment["DRTOOLS_REPOSITORY"] = gateway.LocationOf(await gateway.NewBucketAsync());
        (await workspace.RunAsync("init", workspace.Environment["DRTOOLS_REPOSITORY"])).Expect(0);
        const string name = "000000010000000000000001";
        var segment = Segment();
        var folder = Directory.CreateDirectory(workspace.PathOf("data/pg_wal")).FullName;
        Directory.CreateDirectory(workspace.PathOf("data/global"));
        var control = new byte[8192];
        segment.AsSpan(24, 8).CopyTo(control);
        await File.WriteAllBytesAsync(workspace.PathOf("data/global/pg_control"), control, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(folder, name), segment, TestContext.Current.CancellationToken);
        (await workspace.RunAsync("wal", "push", workspace.PathOf($"data/pg_wal/{name}"))).Expect(0);

        // The same once more is success, another is not.
        (await workspace.RunAsync("wal", "push", workspace.PathOf($"data/pg_wal/{name}"))).Expect(0);
        (await workspace.RunAsync("wal", "get", name, workspace.PathOf("data/pg_wal/RECOVERYXLOG"))).Expect(0);
        var fetched = await File.ReadAllBytesAsync(Path.Combine(folder, "RECOVERYXLOG"), TestContext.Current.CancellationToken);
        Assert.True(segment.AsSpan().SequenceEqual(fetched));
        (await workspace.RunAsync("wal", "get", "000000010000000000000002", workspace.PathOf("data/pg_wal/RECOVERYXLOG"))).Expect(1);
        segment[^1] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(folder, name), segment, TestContext.Current.CancellationToken);
        Assert.Contains("[LogConflict]", (await workspace.RunAsync("wal", "push", workspace.PathOf($"data/pg_wal/{name}"))).Expect(1).Error, StringComparison.Ordinal);
    }

    /// <summary>A segment that looks like PostgreSQL's as far as an archive can tell, and cannot be compressed.</summary>
    private static byte[] Segment()
    {
        const int size = 16 << 20;
        var content = new byte[size];
        new Random(1).NextBytes(content);
        BinaryPrimitives.WriteUInt16LittleEndian(content, 0xD110);
        BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(2), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(8), size);
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(24), 7_345_678_901_234_567_890);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(32), size);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(36), 8192);
        return content;
    }
}
