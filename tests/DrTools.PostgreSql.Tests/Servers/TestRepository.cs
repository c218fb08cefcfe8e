using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Verification;

namespace DrTools.PostgreSql.Tests.Servers;

/// <summary>A repository in a folder of its own, removed with it.</summary>
internal sealed class TestRepository : IAsyncDisposable
{
    private TestRepository(string folder, Repository repository) => (Folder, Repository) = (folder, repository);

    public string Folder { get; }

    public Repository Repository { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TestRepository> CreateAsync()
    {
        var folder = Directory.CreateTempSubdirectory("drtools-test-repository-").FullName;
        using var credential = RepositoryCredential.FromPassphrase("horse battery");
        return new TestRepository(folder, await new RepositoryFactory(TimeProvider.System, 1000, RepositoryTuning.Default).CreateAsync(Path.Combine(folder, "repository"), credential, Cancel));
    }

    public Task<BackupResult> BackUpAsync(ISource source, BackupType type = BackupType.Incremental) =>
        new BackupEngine(Repository).RunAsync(source, new BackupOptions { Type = type, Parallelism = 2, WorkFolder = Folder }, null, Cancel);

    /// <summary>Restores into the data directory of a folder for a server, with archiving off.</summary>
    public async Task<TestCluster> RestoreAsync(BackupInfo backup, TestServer server)
    {
        var cluster = TestCluster.At(server, TestCluster.NewFolder());
        var result = await new RestoreEngine(Repository).RestoreAsync(backup, cluster.DataDirectory, new RestoreOptions { Parallelism = 2 }, null, Cancel);
        Assert.True(result.Passed, string.Join('\n', result.Issues.Select(i => i.ToString()).Concat(result.Checks.Select(c => c.ToString()))));
        cluster.Configure("archive_mode = off", "restore_command = ''");
        return cluster;
    }

    public async Task AssertWholeAsync(BackupInfo backup)
    {
        var result = await new VerificationEngine(Repository, new VerifyOptions { Level = VerifyLevel.Content, Parallelism = 2 }).VerifyAsync(backup.Id, null, Cancel);
        Assert.True(result.Passed, string.Join('\n', result.Findings));
    }

    public async ValueTask DisposeAsync()
    {
        await Repository.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
