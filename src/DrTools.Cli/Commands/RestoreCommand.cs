using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Recovery;
using DrTools.Repositories;
using DrTools.Restore;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools restore</c>: brings a backup back, or says what that would do.</summary>
internal sealed class RestoreCommand : RepositoryCommand
{
    private readonly Argument<string> _backup = BackupArgument.One();
    private readonly Option<string?> _source = SourceOption.Create("The source, where 'latest' would not say which.");
    private readonly Option<string> _target = new("--target") { Description = "A folder, for a SQLite database the new file, or for a logical backup of PostgreSQL the new database: postgresql://host:port/database.", HelpName = "PATH", Required = true };
    private readonly Option<string[]> _include = new("--include") { Description = "Restore only what matches; may be repeated.", HelpName = "GLOB" };
    private readonly Option<bool> _force = new("--force") { Description = "Replace what is in the target; it is kept until the restore has succeeded." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print the plan and change nothing." };

    private readonly LogicalRestoreCommandOptions _logical = new();
    private readonly ClusterRestoreOptions _cluster = new();

    public RestoreCommand()
        : base("restore", "Restore a backup into a folder, a file, or a database.")
    {
        Arguments.Add(_backup);
        foreach (var option in new Option[] { _source, _target, _include, _force, _dryRun })
        {
            Options.Add(option);
        }

        _logical.AddTo(this);
        _cluster.AddTo(this);
        TakeServices("The service of the plan that the backup is of; with --source where it has several. Its repository is the one that its backups are taken into, or --repo.");
    }

    protected override string WhenInterrupted => "The restore is not complete; the same command carries it on. What was to be replaced is still kept in the target.";

    protected override string? SourceName(CommandRun run) => run.GetSource(_source);

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var source = run.Selection?.OneSource().Source ?? run.GetSource(_source);
        var backup = await new BackupCatalog(repository).FindAsync(run.Get(_backup)!, source, run.Cancellation).ConfigureAwait(false);
        if (run.Get(_target)!.StartsWith("postgresql:", StringComparison.Ordinal))
        {
            return await IntoServerAsync(run, repository, backup).ConfigureAwait(false);
        }

        if (PhysicalBackup.TryFrom(backup) is not null && run.Get(_include)!.Length == 0)
        {
            return await ClusterAsync(run, repository, backup).ConfigureAwait(false);
        }

        if (_cluster.Target(run) is not null)
        {
            throw new DrException(DrError.BadUsage, $"{backup.Id} of {backup.Source} has no log to be recovered with: it shows only the moment at which it was taken.", "Leave the target out.");
        }

        var options = new RestoreOptions { Include = run.Get(_include)!, Force = run.Get(_force) };
        return run.Get(_dryRun)
            ? await PlanAsync(run, new RestoreEngine(repository), backup, options).ConfigureAwait(false)
            : await RestoreAsync(run, new RestoreEngine(repository), backup, options).ConfigureAwait(false);
    }

    private async Task<ExitCode> PlanAsync(CommandRun run, RestoreEngine engine, BackupInfo backup, RestoreOptions options)
    {
        var plan = await engine.PlanAsync(backup, run.Get(_target)!, options, run.Cancellation).ConfigureAwait(false);
        run.Output.Result(RestorePlanDocument.Of(plan), CliJson.Documents.RestorePlanDocument, text => RestorePlanLines.Write(text, run.Output.Palette, plan));
        return plan.Obstacles.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private async Task<ExitCode> RestoreAsync(CommandRun run, RestoreEngine engine, BackupInfo backup, RestoreOptions options)
    {
        RestoreResult result;
        run.Output.Step($"Restoring {backup.Id} of {backup.Source}.");
        using (var progress = run.Output.StartProgress(backup.Id))
        {
            result = await engine.RestoreAsync(
                backup,
                run.Get(_target)!,
                options,
                progress.Of<RestoreProgress>(p => new ProgressState(p.Bytes, p.TotalBytes, p.CurrentPath)),
                run.Cancellation).ConfigureAwait(false);
        }

        run.Output.Result(RestoreDocument.Of(result), CliJson.Documents.RestoreDocument, _ => { });
        run.Output.Text(important: !result.Passed, text => Write(text, run.Output.Palette, result));
        foreach (var note in result.Notes)
        {
            run.Output.Warn(note);
        }

        IssueLines.Warn(run.Output, result.Issues, result.IssueCount, result.Passed ? null : $"The restore of {backup.Source} did not pass.");
        return result.Passed ? ExitCode.Done : ExitCode.IntegrityFailure;
    }

    /// <summary>With a target, 'latest' means the backup that leads to it.</summary>
    private async Task<ExitCode> ClusterAsync(CommandRun run, Repository repository, BackupInfo backup)
    {
        var isChosen = run.Get(_backup) == "latest" && _cluster.Target(run) is not null;
        var options = _cluster.Read(run, run.Get(_target)!, isChosen ? null : backup.Id, run.Get(_force), _logical.Programs(run));
        var restore = new DatabaseRestore(repository);
        var plan = await restore.PlanAsync(backup.Source, options, run.Cancellation).ConfigureAwait(false);
        if (run.Get(_dryRun))
        {
            run.Output.Result(ClusterPlanDocument.Of(plan), CliJson.Documents.ClusterPlanDocument, text => ClusterRestoreLines.Write(text, run.Output.Palette, plan));
            return plan.Obstacles.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        }

        DatabaseRestoreResult result;
        using (var progress = run.Output.StartProgress(plan.Backup.Id))
        {
            result = await restore.RestoreAsync(
                plan,
                progress.Of<DatabaseRestoreProgress>(p => p.Files is { } files && p.Phase == DatabaseRestorePhase.Restoring
                    ? new ProgressState(files.Bytes, files.TotalBytes, files.CurrentPath)
                    : new ProgressState(0, 0, p.Recovery?.Position is { } position ? $"recovering, at {position}" : p.Phase.ToString())),
                run.Cancellation).ConfigureAwait(false);
        }

        run.Output.Result(ClusterRestoreDocument.Of(result), CliJson.Documents.ClusterRestoreDocument, _ => { });
        run.Output.Text(important: !result.Passed, text => ClusterRestoreLines.Write(text, run.Output.Palette, result));
        foreach (var note in result.Notes)
        {
            run.Output.Warn(note);
        }

        IssueLines.Warn(run.Output, result.Files.Issues, result.Files.IssueCount, result.Passed ? null : $"The restore of {backup.Source} did not pass.");
        return result.Passed ? ExitCode.Done : ExitCode.IntegrityFailure;
    }

    private async Task<ExitCode> IntoServerAsync(CommandRun run, Repository repository, BackupInfo backup)
    {
        if (!LogicalRestore.IsLogical(backup))
        {
            throw new DrException(DrError.BadUsage, $"{backup.Id} of {backup.Source} is no logical backup of PostgreSQL, which alone can be restored into a server.", "Name a folder or file as the target.");
        }

        if (run.Get(_dryRun))
        {
            throw new DrException(DrError.BadUsage, "A restore into a database server has no plan to be shown.", "Leave --dry-run out: nothing that exists is replaced, only a new or an empty database is filled.");
        }

        LogicalRestoreResult result;
        var options = _logical.Read(run, LogicalRestore.ParseTarget(run.Get(_target)!));
        using (var progress = run.Output.StartProgress(backup.Id))
        {
            result = await new LogicalRestore(repository).RunAsync(
                backup,
                options,
                progress.Of<RestoreProgress>(p => new ProgressState(p.Bytes, p.TotalBytes, p.CurrentPath)),
                run.Cancellation).ConfigureAwait(false);
        }

        run.Output.Result(LogicalRestoreDocument.Of(result), CliJson.Documents.LogicalRestoreDocument, _ => { });
        run.Output.Text(important: !result.Passed, text => LogicalRestoreLines.Write(text, run.Output.Palette, result));
        foreach (var note in result.Notes)
        {
            run.Output.Warn(note);
        }

        return result.Passed ? ExitCode.Done : ExitCode.IntegrityFailure;
    }

    private static void Write(TextWriter text, Palette palette, RestoreResult result)
    {
        var verdict = result.Passed ? palette.Paint("restored", Tone.Good) : palette.Paint("RESTORED IN PART", Tone.Bad);
        text.WriteLine($"{result.Backup.Id}  {verdict}  {result.Backup.Source}");
        text.WriteLine($"  into {result.Target}");
        text.WriteLine($"  {RestorePlanLines.Counts(result.Files, result.Directories, result.Others)}, {Figures.Bytes(result.Bytes)} written in {Figures.Duration(result.Duration)}; {Compared(result)}");
        if (result.ReusedFiles > 0)
        {
            text.WriteLine($"  {Figures.Count(result.ReusedFiles, "file")} of an interrupted restore found whole");
        }

        if (result.LossCount > 0)
        {
            text.WriteLine($"  {Figures.Count(result.LossCount, "entry", "entries")} missing or incomplete");
        }

        if (result.ReplacedFolder is not null)
        {
            text.WriteLine($"  what was replaced lies in {result.ReplacedFolder}");
        }

        FindingLines.Write(text, palette, result.Checks);
    }

    private static string Compared(RestoreResult result) => result.PagedFiles == 0
        ? "every file compared with its SHA-256"
        : $"files compared with their SHA-256, {result.PagedFiles} paged ones frame by frame with their seals";
}
