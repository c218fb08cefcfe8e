using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Secrets;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools init</c>: creates a repository.</summary>
internal sealed class InitCommand : CliCommand
{
    private readonly Argument<string> _location = new("location") { Description = "A new or empty folder." };
    private readonly SecretOptions _secret = SecretOptions.ForCreating();

    public InitCommand()
        : base("init", "Create a repository.")
    {
        Arguments.Add(_location);
        _secret.AddTo(this);
    }

    protected override string WhenInterrupted => "If the folder now holds anything, empty it before the next try.";

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        using var secret = await _secret.Read(run).LoadNewAsync(run.Cancellation).ConfigureAwait(false);
        var repository = await new RepositoryFactory().CreateAsync(run.Get(_location)!, secret, run.Cancellation).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            run.Output.Summary(RepositoryDocument.Of(repository), CliJson.Documents.RepositoryDocument, text =>
            {
                text.WriteLine($"Created the repository {repository.Location} ({repository.Id}).");
                text.WriteLine(repository.Keys[0].KmsKey is { } kmsKey
                    ? $"It opens with {kmsKey} only: if that is ever deleted, or its account lost, nothing can be read. Add a passphrase that lies elsewhere (drtools key add)."
                    : repository.IsEncrypted
                    ? "It opens with this secret only: keep a copy of it elsewhere, and a recovery kit (drtools kit)."
                    : "It is not encrypted: whoever can read the folder can read the backups.");
            });
            return ExitCode.Done;
        }
    }
}
