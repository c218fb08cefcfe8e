using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools unpin</c>: lets a backup be removed again.</summary>
internal sealed class UnpinCommand : RepositoryCommand
{
    private readonly Argument<string> _backup = BackupArgument.One();
    private readonly Option<string?> _source = SourceOption.Create("The source, where 'latest' would not say which.");

    public UnpinCommand()
        : base("unpin", "Let a backup be removed again.")
    {
        Arguments.Add(_backup);
        Options.Add(_source);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var catalog = new BackupCatalog(repository);
        var backup = await catalog.FindAsync(run.Get(_backup)!, run.GetSource(_source), run.Cancellation).ConfigureAwait(false);
        var changed = await catalog.UnpinAsync(backup, run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(
            new PinDocument(backup.Id, backup.Source, Pinned: false, changed),
            CliJson.Documents.PinDocument,
            text => text.WriteLine(changed ? $"Released {backup.Id} of {backup.Source}." : $"{backup.Id} of {backup.Source} was not pinned."));
        return ExitCode.Done;
    }
}
