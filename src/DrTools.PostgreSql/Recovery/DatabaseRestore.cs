using System.Globalization;
using System.Text;
using DrTools.Platform.Posix;
using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Scratch;
using DrTools.Repositories;
using DrTools.Restore;

namespace DrTools.PostgreSql.Recovery;

/// <summary>
/// Restores clusters: files from the backup that leads to the target, recovery settings, and, if wished, the start of the
/// server and the wait for it.
/// </summary>
/// <remarks>The restored copy neither archives nor replicates unless asked for, for it would do so into production.</remarks>
public sealed class DatabaseRestore(Repository repository)
{
    internal const string RecoverOperation = "recover";

    private const string OwnerByDefault = "postgres";

    private static readonly TimeSpan StopPatience = TimeSpan.FromMinutes(2);

    /// <summary>Says what a restore would do, changing nothing.</summary>
    /// <param name="source">The source (<c>postgresql:…</c>).</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/>, <see cref="DrError.TargetUnreachable"/> naming the
    /// nearest moments that can be reached, or what the store says. What else stands in the way is in the plan.</exception>
    public Task<DatabaseRestorePlan> PlanAsync(string source, DatabaseRestoreOptions options, CancellationToken cancellationToken) =>
        new DatabaseRestorePlanner(repository, options).PlanAsync(source, cancellationToken);

    /// <summary>Restores as planned.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="progress">Takes how far it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">The first of the plan's obstacles; <see cref="DrError.ServerRunning"/>,
    /// <see cref="DrError.RecoveryFailed"/>, <see cref="DrError.TargetFailure"/>, or what the store says. As long as not all
    /// files were restored, what was replaced has been put back then, and the service started again; later it is kept beside, and
    /// the message says where.</exception>
    public async Task<DatabaseRestoreResult> RestoreAsync(DatabaseRestorePlan plan, IProgress<DatabaseRestoreProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Obstacles is [var obstacle, ..])
        {
            throw obstacle;
        }

        var options = plan.Options;
        var directory = options.DataDirectory;
        var started = repository.Time.GetUtcNow();
        var commands = new List<ServiceCommandResult>();
        var notes = new List<string>(plan.Notes);
        progress?.Report(new DatabaseRestoreProgress(DatabaseRestorePhase.Preparing, null, null));
        var account = FindOwner(plan);
        if (options.StopCommand is { } stop)
        {
            try
            {
                commands.Add(await ServiceCommand.RunAsync(stop, cancellationToken).ConfigureAwait(false));
            }
            catch (DrException e) when (e.Error == DrError.ServerFailure && ServerFiles.RunningServer(directory) is null)
            {
                // There was nothing to stop, which some commands take for a failure: after a start that failed, say.
                notes.Add($"{e.Message} No server runs on {directory}.");
            }
        }

        await WaitUntilStoppedAsync(directory, cancellationToken).ConfigureAwait(false);
        var replaced = new ReplacedFolders();
        var mayPutBack = true;
        try
        {
            SetAside(plan, replaced);
            foreach (var tablespace in plan.Tablespaces)
            {
                new TablespaceMarker(tablespace.Location).Write(repository, plan.Backup.Id, directory);
            }

            var files = await new RestoreEngine(repository).RestoreAsync(
                plan.Backup.Info,
                directory,
                new RestoreOptions
                {
                    Force = true,
                    Delta = options.Delta,
                    Parallelism = options.Parallelism,
                    Mounts = plan.Tablespaces.ToDictionary(t => $"pg_tblspc/{t.Oid.ToString(CultureInfo.InvariantCulture)}", t => t.Location, StringComparer.Ordinal),
                },
                progress is null ? null : new Progress<RestoreProgress>(p => progress.Report(new DatabaseRestoreProgress(DatabaseRestorePhase.Restoring, p, null))),
                cancellationToken).ConfigureAwait(false);
            if (!files.Passed)
            {
                throw new DrException(
                    DrError.RestoreMismatch,
                    $"{Figures.Count(files.LossCount, "file")} of the backup {plan.Backup.Id} could not be restored: {string.Join("; ", files.Issues.Where(i => i.IsLoss).Take(3).Select(i => $"{i.Path}: {i.Problem}"))}",
                    "Verify the backup, and restore another one.");
            }

            await new RestoredDirectory(repository, plan).FinishAsync(account, cancellationToken).ConfigureAwait(false);
            var result = new DatabaseRestoreResult { Plan = plan, Files = files };
            if (options.Wait)
            {
                // All files are there: from here on the restored server has a life of its own, and what it says is worth
                // keeping. Nor should what was there be put into service again because a start has failed.
                mayPutBack = false;
                if (options.StartCommand is { } start)
                {
                    commands.Add(await ServiceCommand.RunAsync(start, cancellationToken).ConfigureAwait(false));
                }
                else
                {
                    if (PrivateConfiguration.Complete(directory, account) is { } note)
                    {
                        notes.RemoveAll(n => n.Contains("holds no postgresql.conf", StringComparison.Ordinal));
                        notes.Add(note);
                    }

                    var place = await ServerStart.RunAsync(directory, ServerPrograms.Find(plan.Backup.MajorVersion, options.ProgramFolder), account, cancellationToken).ConfigureAwait(false);
                    result = result with { Place = place };
                    if (place.ConfiguredPort is { } taken)
                    {
                        notes.Add(
                            $"Another server of this host listens at port {taken}: the restored one was started at port {place.Port}, for this host only{(place.SocketFolder is null ? string.Empty : $" (psql -h {place.SocketFolder} -p {place.Port})")}. "
                            + $"When it is started again it takes port {taken} as configured: stop the other one before, or change port in its postgresql.conf.");
                    }
                }

                result = await new RestoredServer(repository, plan, account).WaitAsync(result, progress, cancellationToken).ConfigureAwait(false);
            }

            replaced.Remove();
            if (options is { Wait: false, StartCommand: { } last })
            {
                commands.Add(await ServiceCommand.RunAsync(last, cancellationToken).ConfigureAwait(false));
            }

            return result with { Commands = commands, Notes = [.. notes, .. result.Notes], Duration = repository.Time.GetUtcNow() - started };
        }
        catch (Exception e) when (mayPutBack && replaced.Kept.Count > 0)
        {
            await PutBackAsync(replaced, options, e).ConfigureAwait(false);
            throw;
        }
        catch (DrException e) when (replaced.Kept.Count > 0)
        {
            throw new DrException(e.Error, $"{e.Message}{Environment.NewLine}What was there before is in {string.Join(" and ", replaced.Kept)}.", e.Remedy, e) { Subject = e.Subject };
        }
    }

    private static async Task PutBackAsync(ReplacedFolders replaced, DatabaseRestoreOptions options, Exception cause)
    {
        try
        {
            replaced.PutBack();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(
                (cause as DrException)?.Error ?? DrError.TargetFailure,
                $"{cause.Message}{Environment.NewLine}What was there before could not be put back ({e.Message}); it is in {string.Join(" and ", replaced.Kept)}.",
                "Move it back by hand.",
                cause);
        }

        if (options.StopCommand is not null && options.StartCommand is { } start)
        {
            await ServiceCommand.RunAsync(start, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static void SetAside(DatabaseRestorePlan plan, ReplacedFolders replaced)
    {
        var directory = plan.Options.DataDirectory;
        foreach (var folder in plan.Tablespaces.Select(t => t.Location).Prepend(directory))
        {
            if (ReplacedFolders.LeftBeside(folder) is not null)
            {
                // An earlier restore was interrupted; what it set aside is what was there.
                replaced.Adopt(folder);
                if (!plan.Resumes)
                {
                    RemoveUnfinished(folder);
                }
            }
            else if (!plan.Options.Delta && !plan.Resumes)
            {
                replaced.SetAside(folder);
            }

            PrivateFiles.MakeFolder(folder);
        }

        foreach (var folder in plan.OtherTablespaces)
        {
            if (ReplacedFolders.LeftBeside(folder) is not null)
            {
                replaced.Adopt(folder);
            }
            else
            {
                replaced.SetAside(folder);
            }
        }
    }

    private static void RemoveUnfinished(string folder)
    {
        foreach (var entry in Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder).Where(e => Path.GetFileName(e) != ReplacedFolders.Suffix).ToList() : [])
        {
            if (new FileInfo(entry).LinkTarget is null && Directory.Exists(entry))
            {
                Directory.Delete(entry, recursive: true);
            }
            else
            {
                File.Delete(entry);
            }
        }
    }

    private static Account? FindOwner(DatabaseRestorePlan plan)
    {
        if (!Account.IsRoot)
        {
            return plan.Options.Owner is null || plan.Options.Owner == Environment.UserName ? null : throw new DrException(
                DrError.BadUsage, $"Only root can give files to {plan.Options.Owner}.", "Run as that user, or as root.");
        }

        var name = plan.Options.Owner;
        if (name is null && Directory.Exists(plan.Options.DataDirectory)
            && FileStatus.OfName(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(plan.Options.DataDirectory), out var status) == 0 && status.UserId != 0)
        {
            return Account.Find(status.UserId);
        }

        return Account.Find(name ?? OwnerByDefault) ?? throw new DrException(DrError.BadUsage, $"There is no user {name ?? OwnerByDefault} for the restored files to belong to.", "Name one (-Owner, --owner).");
    }

    private static async Task WaitUntilStoppedAsync(string directory, CancellationToken cancellationToken)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (ServerFiles.RunningServer(directory) is { } process)
        {
            if (clock.Elapsed > StopPatience)
            {
                throw new DrException(DrError.ServerRunning, $"A server still runs on {directory} (process {process}).", "Stop it first.") { Subject = directory };
            }

            await Task.Delay(200, cancellationToken).ConfigureAwait(false);
        }
    }
}
