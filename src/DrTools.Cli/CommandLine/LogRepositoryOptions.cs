using System.CommandLine;
using DrTools.Cli.Wal;

namespace DrTools.Cli.CommandLine;

/// <summary>The options that name several repositories, and what opens each.</summary>
internal sealed class LogRepositoryOptions
{
    private readonly Option<string[]> _repositories;

    private readonly Option<string[]> _keyFiles = new("--key-file")
    {
        Description = "A key file of at least 32 random bytes; one for all repositories or one for each, in their order ('-' for one without a secret). Also from DRTOOLS_KEY_FILE.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _passphraseFiles;

    /// <param name="hint">What is to be known of passphrases here.</param>
    /// <param name="repositories">What is to be known of the repositories.</param>
    public LogRepositoryOptions(string hint = "", string repositories = "A repository: a folder, or s3://BUCKET/PREFIX. Once for each. Also from DRTOOLS_REPOSITORY.")
    {
        _repositories = new("--repo") { Description = repositories, HelpName = "LOCATION" };
        _passphraseFiles = new("--passphrase-file")
        {
            Description = $"A file whose first line is the passphrase, likewise{hint}. Also from DRTOOLS_PASSPHRASE_FILE.",
            HelpName = "FILE",
        };
    }

    public void AddTo(Command command)
    {
        command.Options.Add(_repositories);
        command.Options.Add(_keyFiles);
        command.Options.Add(_passphraseFiles);
    }

    public LogRepositoryChoice Read(CommandRun run) => new(run.Get(_repositories) ?? [], run.Get(_keyFiles) ?? [], run.Get(_passphraseFiles) ?? []);
}
