using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Secrets;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools key add</c>: lets a further secret open the repository.</summary>
internal sealed class KeyAddCommand : RepositoryCommand
{
    private readonly SecretOptions _secret = SecretOptions.ForAdding();
    private readonly Option<string?> _label = new("--label") { Description = "Whose it is or where it lies.", HelpName = "TEXT" };
    private readonly Option<string?> _generate = new("--generate-key-file")
    {
        Description = "Make a new key file that only its owner can read, and add that.",
        HelpName = "FILE",
    };

    public KeyAddCommand()
        : base("add", "Let a further secret open the repository: a key file for the user that PostgreSQL runs as, or a key of AWS KMS.")
    {
        _secret.AddTo(this);
        Options.Add(_generate);
        Options.Add(_label);
    }

    protected override string WhenInterrupted => "The further secret opens the repository or not; the present one does in any case.";

    protected override void Validate(CommandRun run)
    {
        var choice = _secret.Read(run);
        if (run.Get(_generate) is not null && (choice.KeyFile ?? choice.PassphraseFile ?? choice.KmsKey) is not null)
        {
            throw new DrException(DrError.BadUsage, "More than one secret was given.", $"Give one of {choice.OptionNames}, {_generate.Name}.");
        }
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var factory = new RepositoryFactory();
        RepositoryKeyInfo added;
        if (run.Get(_generate) is { } generated)
        {
            added = await factory.AddGeneratedKeyAsync(repository, generated, run.Get(_label), run.Cancellation).ConfigureAwait(false);
        }
        else
        {
            using var secret = await _secret.Read(run).LoadNewAsync(run.Cancellation).ConfigureAwait(false);
            added = await factory.AddKeyAsync(repository, secret, run.Get(_label), run.Cancellation).ConfigureAwait(false);
        }

        run.Output.Summary(
            KeysDocument.Of(repository),
            CliJson.Documents.KeysDocument,
            text => text.WriteLine($"{repository.Location} now opens with the key {added.Id} too. Export a new recovery kit (drtools kit)."));
        return ExitCode.Done;
    }
}
