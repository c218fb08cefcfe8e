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
    private readonly Option<bool> _force = new("--force") { Description = "Remove even the last backup of a source, or a damaged one by its whole id." };
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
        var ids = new List<string>();
        foreach (var reference in run.Get(_backups)!)
        {
            ids.Add(await FindAsync(catalog, reference, run.Cancellation).ConfigureAwait(false));
        }

        RemovalOutput.Print(
            run,
            await new ExpiryEngine(repository).RemoveByIdAsync(ids, run.Get(_force), run.Get(_dryRun), run.Cancellation).ConfigureAwait(false));
        return ExitCode.Done;
    }

    /// <summary>A backup whose manifest is damaged is known by its whole id alone; the engine says if there is none.</summary>
    private static async Task<string> FindAsync(BackupCatalog catalog, string reference, CancellationToken cancellationToken)
    {
        try
        {
            return (await catalog.FindAsync(reference, null, cancellationToken).ConfigureAwait(false)).Id;
        }
        catch (DrException e) when (e.Error == DrError.IntegrityFailure)
        {
            return reference;
        }
    }
}
