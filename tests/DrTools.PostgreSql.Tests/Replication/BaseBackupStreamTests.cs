using System.Security.Cryptography;
using System.Text;
using DrTools.PostgreSql.Replication;
using DrTools.PostgreSql.Replication.BaseBackups;
using DrTools.PostgreSql.Replication.Protocol;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Trees;

namespace DrTools.PostgreSql.Tests.Replication;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class BaseBackupStreamTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gives_the_same_files_as_pg_basebackup()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        var space = Path.Combine(cluster.Folder, "space");
        TestServer.Run("mkdir", space);
        await cluster.ExecuteAsync(
            $"create tablespace fast location '{space}'",
            "create table a as select g, repeat('x', 100) from generate_series(1, 20000) g",
            "create table b tablespace fast as select g, md5(g::text) from generate_series(1, 20000) g",
            "create unlogged table u as select g from generate_series(1, 1000) g",
            "checkpoint");
        var reference = Path.Combine(cluster.Folder, "reference");
        TestServer.Run(
            "/usr/lib/postgresql/15/bin/pg_basebackup", "-h", cluster.Folder, "-p", $"{cluster.Port}", "-U", "postgres",
            "-D", reference, "-X", "none", "-c", "fast", "--no-manifest", "-T", $"{space}={reference}-space");
        var members = await ReadAsync(cluster, new BaseBackupOptions());
        var oid = await cluster.QueryAsync<uint>("select oid from pg_tablespace where spcname = 'fast'");

        var expected = new SortedSet<string>(Names(reference, string.Empty).Concat(Names(reference + "-space", $"pg_tblspc/{oid}/")), StringComparer.Ordinal);

        // Links to tablespaces are in the map instead, which pg_basebackup does not ask for.
        Assert.True(expected.Remove($"pg_tblspc/{oid}"));
        Assert.True(expected.Add("tablespace_map"));
        Assert.Equal(expected, members.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, (member, hash)) in members.Where(m => m.Value.Member.Kind == EntryKind.File))
        {
            // These say when the backup was made, and where the log is.
            if (name is not ("backup_label" or "tablespace_map" or "global/pg_control" or "pg_xact/0000"))
            {
                var file = name.StartsWith($"pg_tblspc/{oid}/", StringComparison.Ordinal)
                    ? Path.Combine(reference + "-space", name[$"pg_tblspc/{oid}/".Length..])
                    : Path.Combine(reference, name);
                Assert.True(Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(file, Stop))) == hash, name);
                Assert.Equal((uint)File.GetUnixFileMode(file), member.Mode);
            }
        }

        static IEnumerable<string> Names(string folder, string prefix) => Directory
            .EnumerateFileSystemEntries(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(n => !n.Contains("/pg_tblspc/", StringComparison.Ordinal) || n.Count(c => c == '/') == folder.Count(c => c == '/') + 2)
            .Select(n => prefix + Path.GetRelativePath(folder, n));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_copy_with_its_log_starts_and_is_equal(int version)
    {
        var server = TestServer.Find(version);
        await using var cluster = await TestCluster.StartNewAsync(server);
        await cluster.ExecuteAsync("create table a as select g, repeat('x', 100) from generate_series(1, 50000) g");
        var folder = TestCluster.NewFolder();
        await using var copy = TestCluster.At(server, folder);
        await ExtractAsync(cluster, new BaseBackupOptions { IncludeWal = true, Manifest = true, EstimateSize = true }, copy.DataDirectory);
        Assert.Contains("\"Manifest-Checksum\"", await File.ReadAllTextAsync(Path.Combine(copy.DataDirectory, "backup_manifest"), Stop), StringComparison.Ordinal);
        if (version == 15)
        {
            TestServer.Run("/usr/lib/postgresql/15/bin/pg_verifybackup", copy.DataDirectory);
        }

        copy.Configure($"port = {copy.Port}", $"unix_socket_directories = '{folder}'");
        await copy.StartAsync();
        Assert.Equal(50000L, await copy.QueryAsync<long>("select count(*) from a"));
    }

    [Fact]
    public async Task A_server_that_is_killed_breaks_the_stream()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await cluster.ExecuteAsync("create table a as select g, repeat('x', 1000) from generate_series(1, 30000) g");
        using var connection = await ReplicationConnection.OpenAsync(cluster.Address, null, Stop);
        var stream = BaseBackupStream.Start(connection, new BaseBackupOptions());
        Assert.NotNull(stream.ReadMember());
        await cluster.CrashAsync();
        var error = Assert.ThrowsAny<Exception>(() =>
        {
            while (stream.ReadMember() is not null)
            {
            }
        });
        var mapped = ReplicationErrors.Broken(cluster.Address, "The base backup", error);
        Assert.Equal(DrError.ServerFailure, mapped.Error);
        Assert.StartsWith("The base backup broke off: ", mapped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Large_sizes_and_long_names_are_read()
    {
        var header = new byte[512];
        Encoding.ASCII.GetBytes("base/5/16384").CopyTo(header, 0);
        Encoding.ASCII.GetBytes("0000600\00001750\00001751\0").CopyTo(header, 100);
        header[124] = 0x80;
        header[131] = 0x02;
        header[135] = 0x10;
        Encoding.ASCII.GetBytes("14717345571\0").CopyTo(header, 136);
        header[156] = (byte)'0';
        Encoding.ASCII.GetBytes("ustar\000").CopyTo(header, 257);
        var longer = new Dictionary<string, string>();
        Assert.Equal(0x2_0000_0010, TarHeader.Parse(header, longer).Size);
        Assert.Equal(new TarMember("base/5/16384", EntryKind.File, 0x2_0000_0010, 0x180, 1000, 1001, 1732103033, null), TarHeader.Parse(header, longer));
        TarHeader.ReadPax("27 path=a name with spaces\n20 size=12345678901\n"u8, longer);
        Assert.Equal(("a name with spaces", 12345678901), (TarHeader.Parse(header, longer).Name, TarHeader.Parse(header, longer).Size));
        Assert.Throws<InvalidDataException>(() => TarHeader.ReadPax("99 path=x\n"u8, longer));
        Assert.Throws<InvalidDataException>(() => TarHeader.Verify(header));
    }

    private static async Task<SortedDictionary<string, (TarMember Member, string Hash)>> ReadAsync(TestCluster cluster, BaseBackupOptions options)
    {
        using var connection = await ReplicationConnection.OpenAsync(cluster.Address, null, Stop);
        var stream = BaseBackupStream.Start(connection, options);
        var members = new SortedDictionary<string, (TarMember, string)>(StringComparer.Ordinal);
        var buffer = new byte[10000];
        while (stream.ReadMember() is { } member)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            while (stream.Read(buffer) is > 0 and var count)
            {
                hash.AppendData(buffer, 0, count);
            }

            members.Add((stream.CurrentTablespace == 0 ? string.Empty : $"pg_tblspc/{stream.CurrentTablespace}/") + member.Name, (member, Convert.ToHexString(hash.GetHashAndReset())));
        }

        Assert.True(stream.StopLsn >= stream.StartLsn);
        return members;
    }

    internal static async Task ExtractAsync(TestCluster cluster, BaseBackupOptions options, string folder)
    {
        TestServer.Run("mkdir", "-m", "0700", folder);
        using var connection = await ReplicationConnection.OpenAsync(cluster.Address, null, Stop);
        var stream = BaseBackupStream.Start(connection, options);
        var buffer = new byte[50000];
        while (stream.ReadMember() is { } member)
        {
            var path = Path.Combine(folder, member.Name);
            if (member.Kind == EntryKind.Directory)
            {
                Directory.CreateDirectory(path, (UnixFileMode)member.Mode);
                continue;
            }

            await using var file = File.Create(path);
            while (stream.Read(buffer) is > 0 and var count)
            {
                file.Write(buffer.AsSpan(0, count));
            }
        }

        if (Environment.UserName == "root")
        {
            using var chown = System.Diagnostics.Process.Start("chown", ["-R", "postgres:postgres", folder]);
            await chown.WaitForExitAsync(Stop);
        }
    }
}
