using System.Globalization;
using System.Text;
using DrTools.PostgreSql.Platform;
using DrTools.Repositories;
using DrTools.Restore;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Makes of restored files a data directory that a server can be started on.</summary>
internal sealed class RestoredDirectory(Repository repository, DatabaseRestorePlan plan)
{
    private readonly string _directory = plan.Options.DataDirectory;

    /// <summary>Links of tablespaces, recovery settings, owner and permissions.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public async Task FinishAsync(Account? account, CancellationToken cancellationToken)
    {
        try
        {
            if (plan.Options.Delta)
            {
                await RemoveOthersAsync(cancellationToken).ConfigureAwait(false);
            }

            foreach (var tablespace in plan.Tablespaces)
            {
                var link = Path.Combine(_directory, "pg_tblspc", tablespace.Oid.ToString(CultureInfo.InvariantCulture));
                if (Directory.Exists(link) && new DirectoryInfo(link).LinkTarget is null)
                {
                    Directory.Delete(link);
                }
                else
                {
                    File.Delete(link);
                }

                File.CreateSymbolicLink(link, tablespace.Location);
                new TablespaceMarker(tablespace.Location).Remove();
            }

            // The map would make the old links again.
            File.Delete(Path.Combine(_directory, "tablespace_map"));
            File.Delete(Path.Combine(_directory, "postmaster.pid"));
            Directory.CreateDirectory(Path.Combine(_directory, "pg_wal", "archive_status"));
            DatabaseRestorePlanner.RecoverySettingsFor(repository, plan.Options, plan.Target).Write(_directory);
            foreach (var folder in plan.Tablespaces.Select(t => t.Location).Concat(plan.OtherTablespaces).Append(_directory))
            {
                PrivateFiles.Enclose(folder);
                account?.TakeOver(folder, cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.TargetFailure, $"The restored data directory {_directory} cannot be completed: {e.Message}", "Check its permissions and those of the tablespaces' folders.", e) { Subject = _directory };
        }
    }

    /// <summary>What a directory that was brought up to date has beyond the backup: files of relations that are no more,
    /// log of another history.</summary>
    private async Task RemoveOthersAsync(CancellationToken cancellationToken)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        var contents = await BackupContents.OpenAsync(repository, plan.Backup.Info, cancellationToken).ConfigureAwait(false);
        await foreach (var entry in contents.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            wanted.Add(Encoding.UTF8.GetString(entry.Path));
        }

        RemoveOthers(_directory, string.Empty, wanted, cancellationToken);
        foreach (var tablespace in plan.Tablespaces)
        {
            RemoveOthers(tablespace.Location, $"pg_tblspc/{tablespace.Oid.ToString(CultureInfo.InvariantCulture)}/", wanted, cancellationToken);
        }
    }

    private static void RemoveOthers(string folder, string prefix, HashSet<string> wanted, CancellationToken cancellationToken)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = prefix + entry.Name;
            var isFolder = entry is DirectoryInfo && entry.LinkTarget is null;
            if (!wanted.Contains(path))
            {
                if (isFolder)
                {
                    ((DirectoryInfo)entry).Delete(recursive: true);
                }
                else
                {
                    entry.Delete();
                }
            }
            else if (isFolder)
            {
                RemoveOthers(entry.FullName, path + "/", wanted, cancellationToken);
            }
        }
    }
}
