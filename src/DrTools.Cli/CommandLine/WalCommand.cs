using System.CommandLine;
using DrTools.Cli.Wal;

namespace DrTools.Cli.CommandLine;

/// <summary>A command that PostgreSQL calls for every file of its log. Several repositories can be given.</summary>
internal abstract class WalCommand : CliCommand
{
    private readonly Option<string[]> _repositories = new("--repo")
    {
        Description = "A repository: a folder. Once for each. Also from DRTOOLS_REPOSITORY.",
        HelpName = "LOCATION",
    };

    private readonly Option<string[]> _keyFiles = new("--key-file")
    {
        Description = "A key file of at least 32 random bytes; one for all repositories or one for each, in their order ('-' for one without a secret). Also from DRTOOLS_KEY_FILE.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _passphraseFiles = new("--passphrase-file")
    {
        Description = "A file whose first line is the passphrase, likewise; slow. Also from DRTOOLS_PASSPHRASE_FILE.",
        HelpName = "FILE",
    };

    protected WalCommand(string name, string description)
        : base(name, description)
    {
        Options.Add(_repositories);
        Options.Add(_keyFiles);
        Options.Add(_passphraseFiles);
    }

    /// <summary>Its own arguments.</summary>
    protected abstract WalInvocation Read(CommandRun run);

    protected sealed override Task<ExitCode> RunAsync(CommandRun run) => Task.FromResult((ExitCode)WalRunner.Run(Read(run) with
    {
        Repositories = run.Get(_repositories) ?? [],
        KeyFiles = run.Get(_keyFiles) ?? [],
        PassphraseFiles = run.Get(_passphraseFiles) ?? [],
        Json = run.Output.IsJson,
    }));
}
