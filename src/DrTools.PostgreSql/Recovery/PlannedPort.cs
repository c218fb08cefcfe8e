using DrTools.Backup;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Scratch;
using DrTools.Restore;

namespace DrTools.PostgreSql.Recovery;

/// <summary>The port that a restored server will listen at.</summary>
/// <param name="Port">The port that its configuration names.</param>
/// <param name="IsTaken">Whether another server of this host has it now: as the original has, beside which a copy is
/// restored.</param>
public sealed record PlannedPort(int Port, bool IsTaken)
{
    private const string SettingsFile = "postgresql.conf";

    // Files of settings are small; what is called like one and is not is left alone.
    private const long LongestFile = 1 << 20;
    private const int MostFiles = 20;

    /// <summary>Whether an entry of a backup is a file that settings may be in.</summary>
    internal static bool IsSettings(string path, long size) =>
        path.EndsWith(".conf", StringComparison.Ordinal) && size <= LongestFile && !path.StartsWith("base/", StringComparison.Ordinal) && !path.StartsWith("pg_", StringComparison.Ordinal);

    /// <summary>Has the server's own program read the settings that are in the backup.</summary>
    /// <param name="contents">The backup.</param>
    /// <param name="files">Its files of settings.</param>
    /// <param name="majorVersion">Version of the server.</param>
    /// <param name="options">How it is to be restored.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns><see langword="null"/> when it cannot be told: the configuration is not in the backup, or the server's program
    /// is not here.</returns>
    internal static async Task<PlannedPort?> FindAsync(
        BackupContents contents, IReadOnlyList<string> files, int majorVersion, DatabaseRestoreOptions options, CancellationToken cancellationToken)
    {
        var writesPrivate = options is { Wait: true, StartCommand: null } && !files.Contains(SettingsFile);
        if (files.Count > MostFiles || (!files.Contains(SettingsFile) && !writesPrivate))
        {
            return null;
        }

        var folder = Directory.CreateTempSubdirectory("drtools-plan-");
        try
        {
            foreach (var file in files)
            {
                var path = Path.Combine(folder.FullName, file);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await using var output = File.Create(path);
                await contents.CopyAsync(file, output, null, cancellationToken).ConfigureAwait(false);
            }

            if (writesPrivate)
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, SettingsFile), PrivateConfiguration.Place(options.DataDirectory), cancellationToken).ConfigureAwait(false);
            }

            var place = await ServerPlace.FindAsync(folder.FullName, options.DataDirectory, ServerPrograms.Find(majorVersion, options.ProgramFolder), null, cancellationToken).ConfigureAwait(false);
            var port = place.ConfiguredPort ?? place.Port;

            // The server that is replaced is stopped before.
            return new PlannedPort(port, place.ConfiguredPort is not null && ServerFiles.RunningPort(options.DataDirectory) != port);
        }
        catch (DrException e) when (e.Error is DrError.ToolMissing or DrError.RecoveryFailed)
        {
            // Without the program, or with settings that include files of another host, nobody can tell before the restore.
            return null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>In words.</summary>
    /// <param name="starts">Whether the restore starts the server.</param>
    public string Describe(bool starts) => !IsTaken ? $"{Port}" : starts
        ? $"{Port}, which another server of this host has now: a free one is taken then, for this host only"
        : $"{Port}, which another server of this host has now: stop that one, or change port in postgresql.conf, before the restored one is started";
}
