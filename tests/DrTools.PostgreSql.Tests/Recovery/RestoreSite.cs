using DrTools.Backup;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Tests.Recovery;

/// <summary>A cluster with a repository of its backups and its log.</summary>
internal sealed class RestoreSite : IAsyncDisposable
{
    /// <summary>How long anything is waited for, on a machine that may be busy.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private RestoreSite(TestCluster cluster, TestRepository repository) => (Cluster, Repository) = (cluster, repository);

    public TestCluster Cluster { get; }

    public TestRepository Repository { get; }

    public string Source => new PhysicalSource(Cluster.Address).Name;

    /// <summary>A data directory to restore into.</summary>
    public string Restored => Path.Combine(Cluster.Folder, "restored");

    public DatabaseRestoreOptions Options => new()
    {
        DataDirectory = Restored,
        RestoreCommand = $"cp {PhysicalCopy.Archive(Cluster)}/%f %p",
        ProgramFolder = Cluster.Server.Programs,
        Wait = true,
        WaitTimeout = Patience,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<RestoreSite> StartAsync(TestServer server, params string[] settings)
    {
        var cluster = await TestCluster.StartNewAsync(server, initdb: ["--data-checksums", "--wal-segsize=1"], settings: [.. PhysicalCopy.Archiving, .. settings]);
        PhysicalCopy.Archive(cluster);
        return new RestoreSite(cluster, await TestRepository.CreateAsync());
    }

    public async Task<BackupInfo> BackUpAsync(BackupType type = BackupType.Full, bool includeWal = false)
    {
        // Once a repository has log of a cluster, a backup waits until its own has arrived there.
        var taking = Repository.BackUpAsync(
            new PhysicalSource(Cluster.Address, new PhysicalSourceOptions { IncludeWal = includeWal, ArchiveTimeout = Patience }), type);
        while (!taking.IsCompleted)
        {
            Push();
            await Task.WhenAny(taking, Task.Delay(50, Token));
        }

        var backup = (await taking).Backup;
        await ArchiveAsync();
        return backup;
    }

    /// <summary>Switches the log, and has everything in the repository that the server has archived.</summary>
    public async Task ArchiveAsync()
    {
        await using (var connection = await Cluster.ConnectAsync())
        {
            await PhysicalCopy.SwitchAsync(Cluster, connection);
        }

        Push();
    }

    public void Push()
    {
        var archive = new LogArchive(Repository.Repository);
        foreach (var file in Directory.EnumerateFiles(PhysicalCopy.Archive(Cluster)).Order(StringComparer.Ordinal))
        {
            if (WalFileName.TryParse(Path.GetFileName(file), out var name))
            {
                using var content = LogContent.FromFile(file);
                archive.Put(WalCluster.LogOf(WalCluster.ReadIdentifier(Cluster.DataDirectory), name), content);
            }
        }
    }

    /// <summary>A moment between two transactions.</summary>
    public static async Task<DateTimeOffset> MomentAsync()
    {
        await Task.Delay(30, Token);
        var moment = DateTimeOffset.UtcNow;
        await Task.Delay(30, Token);
        return moment;
    }

    public async Task<DatabaseRestoreResult> RestoreAsync(DatabaseRestoreOptions options)
    {
        var restore = new DatabaseRestore(Repository.Repository);
        return await restore.RestoreAsync(await restore.PlanAsync(Source, options, Token), null, Token);
    }

    public Task<DatabaseRestorePlan> PlanAsync(DatabaseRestoreOptions options) => new DatabaseRestore(Repository.Repository).PlanAsync(Source, options, Token);

    /// <summary>Stops the server that a restore started.</summary>
    public static void Stop(TestServer server, string dataDirectory) => TestServer.Run(Path.Combine(server.Programs, "pg_ctl"), "stop", "-s", "-m", "fast", "-D", dataDirectory);

    public async ValueTask DisposeAsync()
    {
        foreach (var directory in Directory.EnumerateDirectories(Cluster.Folder).Where(d => d != Cluster.DataDirectory && File.Exists(Path.Combine(d, "postmaster.pid"))))
        {
            try
            {
                TestServer.Run(Path.Combine(Cluster.Server.Programs, "pg_ctl"), "stop", "-s", "-m", "immediate", "-D", directory);
            }
            catch (InvalidOperationException)
            {
                // It ended by itself.
            }
        }

        await Repository.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
