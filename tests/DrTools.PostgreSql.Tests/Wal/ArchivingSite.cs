using System.Diagnostics;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Wal;

/// <summary>A server that archives into a repository through the program, and copies of it that recover from there.</summary>
internal sealed class ArchivingSite : IAsyncDisposable
{
    private readonly string _options;

    private ArchivingSite(TestCluster cluster, string options) => (Cluster, _options) = (cluster, options);

    public TestCluster Cluster { get; }

    public string Repository => Path.Combine(Cluster.Folder, "repo");

    private string Options => $"--repo {Repository} --key-file {Path.Combine(Cluster.Folder, "key")}{_options}";

    public string ArchiveCommand => $"{DrToolsProgram.Path} wal push %p {Options}";

    public string RestoreCommand => $"{DrToolsProgram.Path} wal get %f %p {Options}";

    public static async Task<ArchivingSite> StartAsync(TestServer server, bool spool = false)
    {
        var cluster = await TestCluster.StartNewAsync(server, freshIdentity: false, initdb: ["--data-checksums", "--wal-segsize=1"], "archive_mode = on", "archive_timeout = 0");
        var site = new ArchivingSite(cluster, spool ? $" --async --spool {cluster.Folder}/spool" : string.Empty);
        try
        {
            TestServer.Run("sh", "-c", $"umask 077 && head -c 64 /dev/urandom > {cluster.Folder}/key");
            TestServer.Run(DrToolsProgram.Path, "init", site.Repository, "--key-file", $"{cluster.Folder}/key");
            await cluster.ExecuteAsync($"alter system set archive_command = '{site.ArchiveCommand}'", "select pg_reload_conf()");
            return site;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A base backup by the low-level interface, without its log.</summary>
    public async Task CopyAsync(string name)
    {
        await using var connection = await Cluster.ConnectAsync();
        var (start, stop) = ("pg_backup_start('test', true)", "pg_backup_stop(true)");
        await using (var command = new Npgsql.NpgsqlCommand($"select {start}", connection))
        {
            await command.ExecuteNonQueryAsync();
        }

        var folder = Path.Combine(Cluster.Folder, name);
        TestServer.Run("mkdir", "-m", "0700", folder);
        TestServer.Run("sh", "-c", $"cp -a {Cluster.DataDirectory} {folder}/data && rm -rf {folder}/data/pg_wal {folder}/data/postmaster.* && mkdir -p {folder}/data/pg_wal/archive_status");
        await using (var command = new Npgsql.NpgsqlCommand($"select labelfile from {stop}", connection))
        {
            WriteAsServer(Path.Combine(folder, "data", "backup_label"), (string)(await command.ExecuteScalarAsync())!);
        }
    }

    /// <summary>Starts a copy in recovery; it goes on as a server of its own when the archive has no more.</summary>
    public async Task<TestCluster> StartCopyAsync(string name, bool archives = false, string before = "")
    {
        var copy = TestCluster.At(Cluster.Server, Path.Combine(Cluster.Folder, name));
        WriteAsServer(Path.Combine(copy.DataDirectory, "recovery.signal"), string.Empty);
        File.Delete(Path.Combine(copy.DataDirectory, "postgresql.auto.conf"));
        copy.Configure($"port = {copy.Port}", $"unix_socket_directories = '{copy.Folder}'", $"restore_command = '{RestoreCommand}'", archives ? $"archive_command = '{ArchiveCommand}'" : "archive_mode = off", before);
        await copy.StartAsync();
        if (before.Length == 0)
        {
            await WaitAsync(copy, "select not pg_is_in_recovery()");
        }

        return copy;
    }

    /// <summary>Switches the log and waits until the archive has what was written.</summary>
    public async Task SwitchAndWaitAsync()
    {
        var last = await Cluster.QueryAsync<string>("select pg_walfile_name(pg_switch_wal())");
        await WaitAsync(Cluster, $"select last_archived_wal >= '{last}' from pg_stat_archiver");
    }

    public static async Task WaitAsync(TestCluster cluster, string condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await cluster.QueryAsync<bool>($"select coalesce(({condition}), false)"))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"It did not come to this: {condition}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The server syncs these files, for which it must own them.</summary>
    private static void WriteAsServer(string path, string text)
    {
        var draft = Path.GetTempFileName();
        File.WriteAllText(draft, text);
        File.SetUnixFileMode(draft, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        TestServer.Run("cp", draft, path);
        File.Delete(draft);
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
