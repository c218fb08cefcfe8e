using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools key remove</c>: lets a secret open the repository no longer.</summary>
internal sealed class KeyRemoveCommand : RepositoryCommand
{
    private readonly Argument<string> _key = new("key") { Description = "The key's id or label (drtools key list)." };

    public KeyRemoveCommand()
        : base("remove", "Let a secret open the repository no longer. Open it with another one to do so.") => Arguments.Add(_key);

    protected override string WhenInterrupted => "The key was removed or not (drtools key list); the others open the repository in any case.";

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var removed = await new RepositoryFactory().RemoveKeyAsync(repository, run.Get(_key)!, run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(
            KeysDocument.Of(repository),
            CliJson.Documents.KeysDocument,
            text => text.WriteLine($"The key {removed.Id} opens {repository.Location} no longer. Whoever kept a copy of the header and that secret can still read: after a theft of both make a new repository."));
        return ExitCode.Done;
    }
}
