using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Expiry;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools remove</c>: removes named backups.</summary>
internal sealed class RemoveCommand : RepositoryCommand
{
    private readonly Argument<string[]> _backups = BackupArgument.Several();
    private readonly Option<bool> _force = new("--force") { Description = "Remove even the last backup of a source." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what would be removed and remove nothing." };

    public RemoveCommand()
        : base("remove", "Remove backups by name.")
    {
        Arguments.Add(_backups);
        Options.Add(_force);
        Options.Add(_dryRun);
    }

    protected override string WhenInterrupted => "What was removed stays removed, and the rest is whole; run it again to finish.";

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var catalog = new BackupCatalog(repository);
        var backups = new List<BackupInfo>();
        foreach (var reference in run.Get(_backups)!)
        {
            backups.Add(await catalog.FindAsync(reference, null, run.Cancellation).ConfigureAwait(false));
        }

        var engine = new ExpiryEngine(repository);
        var force = run.Get(_force);
        RemovalOutput.Print(run, run.Get(_dryRun)
            ? await engine.PlanRemovalAsync(backups, force, run.Cancellation).ConfigureAwait(false)
            : await engine.RemoveAsync(backups, force, run.Cancellation).ConfigureAwait(false));
        return ExitCode.Done;
    }
}
