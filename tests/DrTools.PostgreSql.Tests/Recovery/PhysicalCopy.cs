using DrTools.PostgreSql.Tests.Servers;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Recovery;

/// <summary>A base backup taken by hand: the low-level API and cp.</summary>
internal static class PhysicalCopy
{
    /// <summary>Settings of a cluster that archives into a folder beside its data.</summary>
    public static string[] Archiving => ["archive_mode = on", "archive_command = 'cp %p ../archive/.%f && mv ../archive/.%f ../archive/%f'", "archive_timeout = 0"];

    /// <summary>The folder that <see cref="Archiving"/> archives into.</summary>
    public static string Archive(TestCluster cluster)
    {
        var folder = Path.Combine(cluster.Folder, "archive");
        if (!Directory.Exists(folder))
        {
            TestServer.Run("mkdir", folder);
        }

        return folder;
    }

    /// <summary>Copies the data directory of a running cluster.</summary>
    public static async Task TakeAsync(TestCluster cluster, string destination, NpgsqlConnection connection)
    {
        await using (var start = new NpgsqlCommand("select pg_backup_start('test', true)", connection))
        {
            await start.ExecuteNonQueryAsync();
        }

        TestServer.Run("cp", "-a", cluster.DataDirectory, destination);
        foreach (var space in new DirectoryInfo(Path.Combine(destination, "pg_tblspc")).EnumerateDirectories().ToList())
        {
            // As DrTools stores them: as folders.
            var target = space.LinkTarget!;
            space.Delete();
            TestServer.Run("cp", "-a", target, space.FullName);
        }

        await using (var stop = new NpgsqlCommand("select labelfile, spcmapfile from pg_backup_stop(true)", connection))
        {
            await using var row = await stop.ExecuteReaderAsync();
            await row.ReadAsync();
            File.WriteAllText(Path.Combine(destination, "backup_label"), row.GetString(0));
            if (row.GetString(1) is { Length: > 0 } map)
            {
                File.WriteAllText(Path.Combine(destination, "tablespace_map"), map);
            }
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(destination, "pg_wal")))
        {
            File.Delete(file);
        }

        File.Delete(Path.Combine(destination, "postmaster.pid"));
    }

    /// <summary>Copies a backup that <see cref="TakeAsync"/> took, as a restore would.</summary>
    public static void Restore(string backup, string destination) => CopyFolder(backup, destination);

    /// <summary>Switches to a new segment, and waits until the last one is archived.</summary>
    /// <returns>The segment's name.</returns>
    public static async Task<string> SwitchAsync(TestCluster cluster, NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select pg_walfile_name(pg_switch_wal()) from pg_create_restore_point('something to switch for')", connection);
        var segment = (string)(await command.ExecuteScalarAsync())!;
        for (var attempt = 0; !File.Exists(Path.Combine(Archive(cluster), segment)); attempt++)
        {
            Assert.True(attempt < 2400, $"{segment} was not archived.");
            await Task.Delay(50);
        }

        return segment;
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
        }

        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
