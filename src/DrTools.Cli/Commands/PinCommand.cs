using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools pin</c>: protects a backup from removal.</summary>
internal sealed class PinCommand : RepositoryCommand
{
    private readonly Argument<string> _backup = BackupArgument.One();
    private readonly Option<string?> _source = SourceOption.Create("The source, where 'latest' would not say which.");
    private readonly Option<string?> _reason = new("--reason") { Description = "Why; shown where the pin holds something back.", HelpName = "TEXT" };

    public PinCommand()
        : base("pin", "Protect a backup from removal.")
    {
        Arguments.Add(_backup);
        Options.Add(_source);
        Options.Add(_reason);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var catalog = new BackupCatalog(repository);
        var backup = await catalog.FindAsync(run.Get(_backup)!, run.GetSource(_source), run.Cancellation).ConfigureAwait(false);
        var changed = await catalog.PinAsync(backup, run.Get(_reason), run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(
            new PinDocument(backup.Id, backup.Source, Pinned: true, changed),
            CliJson.Documents.PinDocument,
            text => text.WriteLine(changed ? $"Pinned {backup.Id} of {backup.Source}." : $"{backup.Id} of {backup.Source} was pinned already; the first reason stands."));
        return ExitCode.Done;
    }
}
