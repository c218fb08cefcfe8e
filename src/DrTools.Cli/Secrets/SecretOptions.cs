using System.CommandLine;
using DrTools.Cli.CommandLine;

namespace DrTools.Cli.Secrets;

/// <summary>The options that say where a secret lies. The secret itself is never an argument: others can read those.</summary>
internal sealed class SecretOptions
{
    private readonly Option<string?> _passphraseFile;
    private readonly Option<string?> _keyFile;
    private readonly Option<string?> _kmsKey;
    private readonly Option<bool>? _unencrypted;
    private readonly bool _fromEnvironment;

    private SecretOptions(string prefix, bool fromEnvironment, Option<bool>? unencrypted)
    {
        (_fromEnvironment, _unencrypted) = (fromEnvironment, unencrypted);
        _passphraseFile = new Option<string?>($"--{prefix}passphrase-file")
        {
            Description = "A file whose first line is the passphrase." + (fromEnvironment ? $" Also from {SecretChoice.PassphraseFileVariable}." : string.Empty),
            HelpName = "FILE",
        };
        _keyFile = new Option<string?>($"--{prefix}key-file")
        {
            Description = "A key file of at least 32 random bytes." + (fromEnvironment ? $" Also from {SecretChoice.KeyFileVariable}." : string.Empty),
            HelpName = "FILE",
        };
        _kmsKey = new Option<string?>($"--{prefix}kms-key")
        {
            Description = "A key of AWS KMS: its ARN, alias/NAME, or aws-kms://alias/NAME?region=…&context.app=…."
                + (fromEnvironment ? $" Also from {SecretChoice.KmsKeyVariable}." : string.Empty),
            HelpName = "KEY",
        };
    }

    /// <summary>For opening a repository.</summary>
    public static SecretOptions ForOpening() => new(string.Empty, fromEnvironment: true, unencrypted: null);

    /// <summary>For creating a repository.</summary>
    public static SecretOptions ForCreating() => new(string.Empty, fromEnvironment: true, Unencrypted());

    /// <summary>For a secret beside the present one, which the environment names.</summary>
    public static SecretOptions ForAdding() => new("new-", fromEnvironment: false, unencrypted: null);

    /// <summary>For the secret that replaces the present one. The environment names the present one.</summary>
    public static SecretOptions ForReplacing() => new("new-", fromEnvironment: false, Unencrypted());

    /// <summary>For a second repository; <see cref="AreGiven"/> tells whether its secret is another one than the first one's.</summary>
    public static SecretOptions ForTarget() => new("to-", fromEnvironment: false, Unencrypted("--to-unencrypted", "The target is not encrypted."));

    /// <summary>Whether one was given on the command line.</summary>
    public bool AreGiven(CommandRun run) =>
        run.Get(_passphraseFile) is not null || run.Get(_keyFile) is not null || run.Get(_kmsKey) is not null || (_unencrypted is not null && run.Get(_unencrypted));

    public void AddTo(Command command)
    {
        command.Options.Add(_passphraseFile);
        command.Options.Add(_keyFile);
        command.Options.Add(_kmsKey);
        if (_unencrypted is not null)
        {
            command.Options.Add(_unencrypted);
        }
    }

    /// <summary>What was chosen.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when several secrets were.</exception>
    public SecretChoice Read(CommandRun run)
    {
        var passphraseFile = run.Get(_passphraseFile);
        var keyFile = run.Get(_keyFile);
        var kmsKey = run.Get(_kmsKey);
        var unencrypted = _unencrypted is not null && run.Get(_unencrypted);
        if (passphraseFile is null && keyFile is null && kmsKey is null && !unencrypted && _fromEnvironment)
        {
            passphraseFile = FromEnvironment(SecretChoice.PassphraseFileVariable);
            keyFile = FromEnvironment(SecretChoice.KeyFileVariable);
            kmsKey = FromEnvironment(SecretChoice.KmsKeyVariable);
        }

        return (passphraseFile is not null ? 1 : 0) + (keyFile is not null ? 1 : 0) + (kmsKey is not null ? 1 : 0) + (unencrypted ? 1 : 0) <= 1
            ? new SecretChoice(passphraseFile, keyFile, unencrypted, Names) { KmsKey = kmsKey }
            : throw new DrException(DrError.BadUsage, "More than one secret was given.", $"Give one of {Names}.");
    }

    private string Names => string.Join(", ", new Option?[] { _passphraseFile, _keyFile, _kmsKey, _unencrypted }.OfType<Option>().Select(o => o.Name));

    private static Option<bool> Unencrypted(string name = "--unencrypted", string description = "No secret: whoever can read the repository can read the backups.") => new(name)
    {
        Description = description,
    };

    private static string? FromEnvironment(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
