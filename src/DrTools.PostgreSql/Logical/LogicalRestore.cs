using System.Globalization;
using System.Text;
using DrTools.Backup;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Programs;
using DrTools.PostgreSql.Tables;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.PostgreSql.Logical;

/// <summary>Restores a database from a logical backup into a server: a new database, or an existing empty one.</summary>
public sealed class LogicalRestore(Repository repository, TimeProvider? time = null)
{
    /// <summary>Smaller dumps are loaded by one connection, straight from the repository.</summary>
    private const long ParallelFrom = 64L << 20;

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Whether a backup is a logical one of PostgreSQL.</summary>
    public static bool IsLogical(BackupInfo backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        return LogicalDumps.IsLogical(backup.Facts);
    }

    /// <summary>Reads where a logical backup is to go: a source name, whose database is the one to be made.</summary>
    /// <param name="text">For example <c>postgresql://db1:5432/shop_restored</c>.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>, or <see cref="DrError.SourceUnknown"/> for an address
    /// that makes no sense.</exception>
    public static ServerAddress ParseTarget(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(ServerAddress.Scheme + ":", StringComparison.Ordinal)
            ? ServerAddress.Parse(text[(ServerAddress.Scheme.Length + 1)..])
            : throw new DrException(
                DrError.BadUsage,
                $"A logical backup is restored into a server, and '{text}' is none.",
                "Write the server and the new database: postgresql://host:port/database, or postgresql:/socket/folder:port/database. To have the dumps as files, restore it as files.");
    }

    /// <summary>Restores.</summary>
    /// <param name="backup">A logical backup.</param>
    /// <param name="options">Where to, and how.</param>
    /// <param name="progress">Takes how much of the dumps has been read.</param>
    /// <param name="cancellationToken">Stops it; a database that was made is dropped again.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> for a backup that is not logical,
    /// <see cref="DrError.TargetNotEmpty"/>, <see cref="DrError.ToolMissing"/>, <see cref="DrError.TargetFailure"/> with what
    /// <c>pg_restore</c> said. A database that was made is dropped again; one that existed is left as it was when its dump is
    /// loaded by one connection, and otherwise named in the message.</exception>
    public async Task<LogicalRestoreResult> RunAsync(BackupInfo backup, LogicalRestoreOptions options, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backup);
        ArgumentNullException.ThrowIfNull(options);
        var started = _time.GetUtcNow();
        var run = new RunRecord
        {
            Operation = "restore",
            Outcome = RunOutcome.Failed,
            Started = started,
            Finished = started,
            BackupId = backup.Id,
            Source = backup.Source,
            Mode = "logical",
            Detail = $"into {options.Target.SourceName}",
        };
        try
        {
            var result = await RestoreAsync(backup, options, progress, cancellationToken).ConfigureAwait(false);
            result = result with { Duration = _time.GetUtcNow() - started };
            var note = await repository.Journal.TryAppendAsync(run with
            {
                Outcome = result.Passed ? RunOutcome.Succeeded : RunOutcome.Partial,
                Finished = _time.GetUtcNow(),
                Detail = $"into {result.Target}",
                Entries = result.Tables,
                Bytes = result.Bytes,
                IssueCount = result.Checks.Count(c => !c.Passed),
            }).ConfigureAwait(false);
            return note is null ? result : result with { Notes = [.. result.Notes, note] };
        }
        catch (Exception e)
        {
            await FailureRecord.TryAppendAsync(repository, run with { Finished = _time.GetUtcNow() }, e).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<LogicalRestoreResult> RestoreAsync(BackupInfo backup, LogicalRestoreOptions options, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        var contents = await BackupContents.OpenAsync(repository, backup, cancellationToken).ConfigureAwait(false);
        var dumps = await LogicalDumps.ReadAsync(contents, backup, options.Database, cancellationToken).ConfigureAwait(false);
        using var work = WorkFolder.Create(options.WorkFolder);
        var password = options.Password ?? options.Target.ServicePassword;
        using var passwords = password is null ? null : PrivatePasswordFile.Create(work.Path, password);
        var restore = ClientPrograms.Find("pg_restore", dumps.DumpMajor, options.ProgramFolder);
        var target = new TargetDatabase(options.Target, password, options.Target.Database ?? dumps.Database);
        var notes = new List<string>();
        if (options.Roles == RoleHandling.Create)
        {
            notes.AddRange(await MakeRolesAsync(contents, target, cancellationToken).ConfigureAwait(false));
        }

        var loader = new DumpLoader(options.Target, target.Name, restore, passwords)
        {
            WithOwners = options.Roles != RoleHandling.Ignore,
            WithTablespaces = !options.IgnoreTablespaces,
            ListFolder = work.Path,
        };
        try
        {
            await target.PrepareAsync(dumps.Definition, options.Roles != RoleHandling.Ignore, cancellationToken).ConfigureAwait(false);
            notes.AddRange(await LoadAsync(contents, dumps, loader, target, options, work.Path, Progress(dumps, progress), cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await target.AbandonAsync().ConfigureAwait(false);
            throw;
        }

        if (options.Analyze)
        {
            await target.ExecuteAsync(target.Name, ["analyze"], cancellationToken).ConfigureAwait(false);
        }

        var (checks, rows) = options.Check ? await target.CheckRowsAsync(dumps.Tables, _time, cancellationToken).ConfigureAwait(false) : ([], 0L);
        return new LogicalRestoreResult
        {
            Backup = backup,
            Target = (options.Target with { Database = target.Name }).SourceName,
            Database = target.Name,
            Created = target.Created,
            Bytes = dumps.Entries.Sum(e => e.Size),
            Tables = checks.Count,
            Rows = rows,
            Checks = checks,
            Notes = notes,
        };
    }

    private static async Task<IReadOnlyList<string>> LoadAsync(BackupContents contents, LogicalDumps dumps, DumpLoader loader, TargetDatabase target, LogicalRestoreOptions options, string work, IProgress<(string Path, long Bytes)> progress, CancellationToken cancellationToken)
    {
        if (dumps.IsWhole)
        {
            var entry = dumps.Entries[0];
            var path = entry.DisplayPath;
            if (options.Workers == 1 || entry.Size < ParallelFrom || new DriveInfo(work).AvailableFreeSpace < entry.Size)
            {
                await loader.LoadAsync(
                    (output, cancel) => contents.CopyAsync(path, output, Of(path, progress), cancel),
                    inOneTransaction: !target.Created,
                    cancellationToken).ConfigureAwait(false);
                return [];
            }

            await loader.LoadAsync(await WriteAsync(contents, entry, work, progress, cancellationToken).ConfigureAwait(false), options.Workers, null, cancellationToken).ConfigureAwait(false);
            return [];
        }

        var files = new List<string>();
        foreach (var entry in dumps.Entries)
        {
            files.Add(await WriteAsync(contents, entry, work, progress, cancellationToken).ConfigureAwait(false));
        }

        return await loader.LoadPartsAsync(files, dumps.TableSchemas, target, options.Workers, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string> WriteAsync(BackupContents contents, TreeEntry entry, string work, IProgress<(string Path, long Bytes)> progress, CancellationToken cancellationToken)
    {
        var file = Path.Combine(work, Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture));
        try
        {
            var output = File.Create(file);
            await using (output.ConfigureAwait(false))
            {
                await contents.CopyAsync(entry.DisplayPath, output, Of(entry.DisplayPath, progress), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IOException e)
        {
            throw new DrException(DrError.OutOfSpace, $"The dump cannot be written to {work}: {e.Message}", "Name a work folder with more space, or restore with one job, which needs none.", e) { Subject = work };
        }

        return file;
    }

    private static async Task<IReadOnlyList<string>> MakeRolesAsync(BackupContents contents, TargetDatabase target, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await contents.CopyAsync(LogicalEntries.Globals, buffer, null, cancellationToken).ConfigureAwait(false);
        var made = await target.MakeRolesAsync(RoleScript.Parse(Encoding.UTF8.GetString(buffer.ToArray())), cancellationToken).ConfigureAwait(false);
        return made.Count == 0 ? [] : [$"{Figures.Count(made.Count, "role")} made: {string.Join(", ", made)}."];
    }

    private static Progress<long>? Of(string path, IProgress<(string Path, long Bytes)> progress) => new(bytes => progress.Report((path, bytes)));

    private static Progress<(string Path, long Bytes)> Progress(LogicalDumps dumps, IProgress<RestoreProgress>? progress)
    {
        var total = dumps.Entries.Sum(e => e.Size);
        return new(p =>
        {
            var before = dumps.Entries.TakeWhile(e => e.DisplayPath != p.Path).ToList();
            progress?.Report(new RestoreProgress(before.Count, dumps.Entries.Count, before.Sum(e => e.Size) + p.Bytes, total, p.Path));
        });
    }
}
