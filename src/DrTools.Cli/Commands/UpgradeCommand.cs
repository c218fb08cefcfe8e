using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools upgrade</c>: raises the format of a repository to the newest version.</summary>
internal sealed class UpgradeCommand : RepositoryCommand
{
    public UpgradeCommand()
        : base("upgrade", "Raise the format of a repository to the newest version; programs that do not know it then refuse it.")
    {
    }

    protected override string WhenInterrupted => "The repository has either its old format or the new one, and works with both.";

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var before = repository.FormatVersion;
        var upgraded = await RepositoryFactory.UpgradeAsync(repository, run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(
            RepositoryDocument.Of(repository),
            CliJson.Documents.RepositoryDocument,
            text => text.WriteLine(upgraded
                ? $"{repository.Location} now has format {repository.FormatVersion} (it had {before}). Its backups are as they were. Export a new recovery kit (drtools kit)."
                : $"{repository.Location} has format {before} already, the newest that this program knows."));
        return ExitCode.Done;
    }
}
