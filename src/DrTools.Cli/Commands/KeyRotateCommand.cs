using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Secrets;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools key rotate</c>: lets another secret open the repository, and the present one no longer.</summary>
internal sealed class KeyRotateCommand : RepositoryCommand
{
    private readonly SecretOptions _replacement = SecretOptions.ForReplacing();

    public KeyRotateCommand()
        : base("rotate", "Let another secret open the repository, and the present one no longer.") => _replacement.AddTo(this);

    protected override string WhenInterrupted => "Try the old secret and then the new one: exactly one of them opens the repository.";

    protected override void Validate(CommandRun run) => _ = _replacement.Read(run);

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        using var secret = await _replacement.Read(run).LoadNewAsync(run.Cancellation).ConfigureAwait(false);
        await new RepositoryFactory().RotateKeyAsync(repository, secret, run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(
            RepositoryDocument.Of(repository),
            CliJson.Documents.RepositoryDocument,
            text => text.WriteLine(repository.IsEncrypted
                ? $"{repository.Location} now opens with the new secret{(repository.Keys.Count > 1 ? $" and {repository.Keys.Count - 1} others (drtools key list)" : " only")}. Export a new recovery kit (drtools kit)."
                : $"{repository.Location} now opens without a secret: whoever can read the folder can read the backups."));
        return ExitCode.Done;
    }
}
