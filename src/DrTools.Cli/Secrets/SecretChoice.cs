using DrTools.Repositories.Keys;

namespace DrTools.Cli.Secrets;

/// <summary>Where a secret is to come from: a file, nowhere, or (when nothing was said) the terminal.</summary>
/// <param name="PassphraseFile">A file with a passphrase.</param>
/// <param name="KeyFile">A key file.</param>
/// <param name="IsUnencrypted">Whether there is to be none.</param>
/// <param name="OptionNames">The options that would have said so, for messages.</param>
internal sealed record SecretChoice(string? PassphraseFile, string? KeyFile, bool IsUnencrypted, string OptionNames)
{
    public const string PassphraseFileVariable = "DRTOOLS_PASSPHRASE_FILE";
    public const string KeyFileVariable = "DRTOOLS_KEY_FILE";
    public const string KmsKeyVariable = "DRTOOLS_KMS_KEY";

    /// <summary>A key of a key management service.</summary>
    public string? KmsKey { get; init; }

    /// <summary>Whether a secret was said, or that there is none.</summary>
    public bool IsSaid => PassphraseFile is not null || KeyFile is not null || KmsKey is not null || IsUnencrypted;

    /// <summary>The secret that was said; <see langword="null"/> when nothing was.</summary>
    public RepositoryCredential? Load() =>
        PassphraseFile is not null ? RepositoryCredential.FromPassphraseFile(PassphraseFile)
        : KeyFile is not null ? RepositoryCredential.FromKeyFile(KeyFile)
        : KmsKey is not null ? RepositoryCredential.FromKeyService(KmsKey)
        : IsUnencrypted ? RepositoryCredential.None
        : null;

    /// <summary>The secret that was said, or a new passphrase from the terminal.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> without a terminal.</exception>
    public async Task<RepositoryCredential> LoadNewAsync(CancellationToken cancellationToken)
    {
        if (Load() is { } credential)
        {
            return credential;
        }

        return PassphrasePrompt.IsPossible
            ? await PassphrasePrompt.AskTwiceAsync(cancellationToken).ConfigureAwait(false)
            : throw new DrException(
                DrError.BadUsage,
                "No secret was given, and there is no terminal to ask at.",
                $"Give one of {OptionNames}.");
    }
}
