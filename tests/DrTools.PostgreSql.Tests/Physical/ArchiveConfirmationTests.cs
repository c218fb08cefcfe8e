using DrTools.Backup;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Tests.Physical;

public sealed class ArchiveConfirmationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_does_not_count_while_its_wal_is_not_in_the_repository_whatever_the_server_says()
    {
        // The server believes that everything is archived; the repository, which has got WAL of it before, does not have it.
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'true'"]);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.ExecuteAsync("create table t as select 1", "select pg_switch_wal()");
        var first = Directory.GetFiles(Path.Combine(cluster.DataDirectory, "pg_wal"), "0*").Order(StringComparer.Ordinal).First();
        await Task.Run(() => WalPush.Run([new LogArchive(repository.Repository)], first), Cancel);

        var source = new PhysicalSource(cluster.Address, new PhysicalSourceOptions { ArchiveTimeout = TimeSpan.FromSeconds(2) });
        var error = await Assert.ThrowsAsync<DrException>(() => repository.BackUpAsync(source));

        Assert.Equal(DrError.LogMissing, error.Error);
        Assert.Contains($"did not arrive in the repository {repository.Repository.Location} within", error.Message, StringComparison.Ordinal);
        Assert.Empty(await new BackupCatalog(repository.Repository).ListAsync(new BackupFilter(), Cancel));
    }

    [Fact]
    public async Task A_backup_says_when_its_wal_goes_elsewhere()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'true'"]);
        await using var repository = await TestRepository.CreateAsync();
        var result = await repository.BackUpAsync(new PhysicalSource(cluster.Address));
        Assert.Contains(result.Notes, note => note.Contains("not archived in this repository", StringComparison.Ordinal));
    }
}
