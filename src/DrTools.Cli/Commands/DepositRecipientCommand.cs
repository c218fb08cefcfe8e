using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Deposits;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools deposit recipient</c>: writes the public key of a repository.</summary>
internal sealed class DepositRecipientCommand : RepositoryCommand
{
    private readonly Option<string> _output = new("--output") { Description = "A file that does not exist yet.", HelpName = "FILE", Required = true };

    public DepositRecipientCommand()
        : base("recipient", "Write the public key of a repository: with it a host can deposit backups, and not read them.") => Options.Add(_output);

    protected override Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var path = Path.GetFullPath(run.Get(_output)!);
        var recipient = DepositRecipient.Of(repository);
        recipient.Write(path);
        run.Output.Summary(new DepositRecipientDocument(path, repository.Location, recipient.RepositoryId, recipient.Fingerprint), CliJson.Documents.DepositRecipientDocument, text =>
        {
            text.WriteLine($"Wrote the public key of {repository.Location} to {path}.");
            text.WriteLine($"  fingerprint {recipient.Fingerprint}: compare it on the host that gets the file.");
        });
        return Task.FromResult(ExitCode.Done);
    }
}
