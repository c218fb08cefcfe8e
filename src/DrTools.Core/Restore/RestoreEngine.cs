using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Manifests;
using DrTools.Thawing;

namespace DrTools.Restore;

/// <summary>
/// Restores backups into folders and files. Every file is compared with its SHA-256 (of paged files every frame with its
/// seal); what cannot be restored because the repository is damaged is named, and everything else is restored.
/// </summary>
public sealed class RestoreEngine(Repository repository)
{
    private const int IssuesInResult = 100;

    /// <summary>Says what a restore would do, changing nothing.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="target">A folder; for a backup of a single file (a database) also the file's new path.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/>, <see cref="DrError.IntegrityFailure"/> of the
    /// manifest, <see cref="DrError.ObjectArchived"/> when it must be thawed first, or <see cref="DrError.TargetNotEmpty"/> when a file is in the way of a folder or the reverse.</exception>
    public async Task<RestorePlan> PlanAsync(BackupInfo backup, string target, RestoreOptions options, CancellationToken cancellationToken)
    {
        var manifest = await repository.Manifests.ReadAsync(backup.Id, cancellationToken).ConfigureAwait(false);
        await new ThawEngine(repository).RequireReadableAsync(manifest, cancellationToken).ConfigureAwait(false);
        return await new RestorePlanner(repository, manifest, options)
            .PlanAsync(RestoreTarget.Find(repository, manifest, target), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Restores a backup.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="target">A folder; for a backup of a single file (a database) also the file's new path.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Takes how far it is.</param>
    /// <param name="cancellationToken">Stops it; the same restore can then be carried on.</param>
    /// <exception cref="DrException"><see cref="DrError.TargetNotEmpty"/> without <see cref="RestoreOptions.Force"/>,
    /// <see cref="DrError.OutOfSpace"/>, <see cref="DrError.UnsafePath"/>, <see cref="DrError.TargetFailure"/>, or what
    /// the store says. What was replaced is still in the target then.</exception>
    public async Task<RestoreResult> RestoreAsync(BackupInfo backup, string target, RestoreOptions options, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        var started = repository.Time.GetUtcNow();
        var run = new RunRecord
        {
            Operation = "restore",
            Outcome = RunOutcome.Failed,
            Started = started,
            Finished = started,
            BackupId = backup.Id,
            Source = backup.Source,
            Detail = $"into {target}",
        };
        try
        {
            var manifest = await repository.Manifests.ReadAsync(backup.Id, cancellationToken).ConfigureAwait(false);
            var place = RestoreTarget.Find(repository, manifest, target);
            run = run with { Detail = $"into {place.Path}" };
            CheckPreconditions(manifest.Info, place, options);
            await new ThawEngine(repository).RequireReadableAsync(manifest, cancellationToken).ConfigureAwait(false);
            var (result, storedBytes) = await RestoreAsync(manifest, place, options, progress, cancellationToken).ConfigureAwait(false);
            result = result with { Repository = repository.Location, Duration = repository.Time.GetUtcNow() - started };
            var note = await repository.Journal.TryAppendAsync(
                run with
                {
                    Outcome = result.Passed ? RunOutcome.Succeeded : RunOutcome.Partial,
                    Finished = repository.Time.GetUtcNow(),
                    Entries = result.Files + result.Directories + result.Others,
                    Bytes = result.Bytes,
                    StoredBytes = storedBytes,
                    IssueCount = result.IssueCount,
                }).ConfigureAwait(false);
            return note is null ? result : result with { Notes = [note] };
        }
        catch (Exception e)
        {
            await FailureRecord.TryAppendAsync(repository, run with { Finished = repository.Time.GetUtcNow() }, e).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<(RestoreResult Result, long StoredBytes)> RestoreAsync(ManifestRoot manifest, RestoreTarget target, RestoreOptions options, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        if (target.IsFile)
        {
            var single = new SingleFileRestore(repository, manifest, options);
            var kept = await single.RunAsync(target, progress, cancellationToken).ConfigureAwait(false);
            return (Describe(manifest, target, single.Tree) with { Checks = single.Checks, ReplacedFolder = kept }, single.Tree.Counters.StoredBytes);
        }

        var tree = new TreeRestore(repository, manifest, options);
        var replaced = await tree.RunAsync(target.Path, options.Force, new ResumeMarker(target.Path), progress, cancellationToken).ConfigureAwait(false);
        return (Describe(manifest, target, tree) with { ReplacedFolder = replaced }, tree.Counters.StoredBytes);
    }

    private static RestoreResult Describe(ManifestRoot manifest, RestoreTarget target, TreeRestore tree) => new()
    {
        Backup = manifest.Info,
        Target = target.Path,
        Files = tree.Counters.Files,
        Directories = tree.Counters.Directories,
        Others = tree.Counters.Others,
        Bytes = tree.Counters.Bytes,
        ReusedFiles = tree.Counters.ReusedFiles,
        PagedFiles = tree.Counters.PagedFiles,
        LossCount = tree.Issues.LossCount,
        IssueCount = tree.Issues.Count,
        Issues = [.. tree.Issues.ToList().OrderByDescending(i => i.IsLoss).Take(IssuesInResult)],
    };

    private static void CheckPreconditions(BackupInfo backup, RestoreTarget target, RestoreOptions options)
    {
        if (target.IsInUse && !target.Resumes && !options.Force && !options.Delta)
        {
            throw new DrException(
                DrError.TargetNotEmpty,
                target.IsFile ? $"{target.Path} exists already." : $"{target.Path} is not empty.",
                "Name another target, or allow it to be replaced (--force, -Force): what is replaced is kept until the restore has succeeded.")
            { Subject = target.Path };
        }

        var needed = backup.SourceBytes - backup.HoleBytes;
        if (options.Include.Count == 0 && !target.Resumes && !options.Delta && options.Mounts.Count == 0 && needed > target.FreeBytes)
        {
            throw new DrException(
                DrError.OutOfSpace,
                $"The restore needs {Figures.Bytes(needed)}, and {Figures.Bytes(target.FreeBytes)} are free at {target.Path}.",
                "Free some space, name a target on another disk, or restore only a part (--include, -Include).")
            { Subject = target.Path };
        }
    }
}
