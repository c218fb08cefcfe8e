using DrTools.Backup;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Replication.BaseBackups;
using DrTools.PostgreSql.Tests.Replication;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Physical;

/// <summary>A database that is moved to another tablespace while a backup is taken would be empty in every copy: the backup is
/// refused, with its name.</summary>
public sealed class MovedDatabaseTests
{
    [Theory]
    [InlineData(15, false)]
    [InlineData(15, true)]
    [InlineData(18, false)]
    [InlineData(18, true)]
    public async Task A_backup_during_which_a_database_is_moved_is_void_and_the_next_one_is_whole(int version, bool stream)
    {
        var server = TestServer.Find(version);
        await using var cluster = await TestCluster.StartNewAsync(server);
        await using var repository = await TestRepository.CreateAsync();
        TestServer.Run("mkdir", Path.Combine(cluster.Folder, "space"));
        await cluster.ExecuteAsync($"create tablespace space location '{cluster.Folder}/space'", "create database \"far away\"");
        await ExecuteAsync(cluster, "create table t as select generate_series(1, 700) i");
        ISource source = stream ? new StreamSource(cluster.Address, new PhysicalSourceOptions { IncludeWal = true }) : new PhysicalSource(cluster.Address, new PhysicalSourceOptions { IncludeWal = true });
        async Task VoidAsync(params string[] statements)
        {
            var error = await Assert.ThrowsAsync<DrException>(() => repository.BackUpAsync(new InterruptedSource(source, 50, () => cluster.ExecuteAsync(statements)), BackupType.Full));
            Assert.Equal(DrError.SourceFailure, error.Error);
            Assert.Equal("The backup is void: the database far away was moved to another tablespace while it was taken, and a recovery would repeat the move from files that are gone.", error.Message);
            Assert.Contains("Take the backup again", error.Remedy, StringComparison.Ordinal);
        }

        await VoidAsync("alter database \"far away\" set tablespace space");

        // There and back again leaves no trace but who wrote the row.
        await VoidAsync("alter database \"far away\" set tablespace pg_default", "alter database \"far away\" set tablespace space");

        // What leaves the files where they are does not count.
        var happens = new InterruptedSource(source, 50, () => cluster.ExecuteAsync("vacuum (freeze) pg_database", "alter database \"far away\" connection limit 7", "alter database \"far away\" set work_mem = '5MB'"));
        var backup = (await repository.BackUpAsync(happens, BackupType.Full)).Backup;
        Assert.False(backup.IsPartial);
        if (!stream)
        {
            await cluster.StopAsync();
            await using var copy = await repository.RestoreAsync(backup, server);
            PlaceTablespaces(copy);
            await copy.StartAsync();
            Assert.Equal(700L, await copy.QueryAsync<long>("select count(*) from t", "far away"));
        }
    }

    private static async Task ExecuteAsync(TestCluster cluster, string statement)
    {
        await using var connection = await cluster.ConnectAsync("far away");
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>They come as folders, and servers want links.</summary>
    private static void PlaceTablespaces(TestCluster copy)
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.Combine(copy.DataDirectory, "pg_tblspc")))
        {
            var place = Path.Combine(copy.Folder, "space-" + Path.GetFileName(folder));
            TestServer.Run("sh", "-c", $"mv {folder} {place} && ln -s {place} {folder} && rm -f {copy.DataDirectory}/tablespace_map");
        }
    }
}
