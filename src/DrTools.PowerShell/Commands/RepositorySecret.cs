using System.Runtime.InteropServices;
using System.Security;
using DrTools.Repositories.Keys;

namespace DrTools.PowerShell.Commands;

/// <summary>Turns what a user gave into what opens a repository. The clear text is wiped as soon as it was read.</summary>
internal static class RepositorySecret
{
    public const string PassphraseFileVariable = "DRTOOLS_PASSPHRASE_FILE";

    public const string KeyFileVariable = "DRTOOLS_KEY_FILE";

    public const string KmsKeyVariable = "DRTOOLS_KMS_KEY";

    /// <summary>The secret given, or else the one that the environment names, or else none.</summary>
    /// <param name="passphrase">A passphrase.</param>
    /// <param name="keyFile">Absolute path of a key file.</param>
    /// <param name="kmsKey">A key of a key management service.</param>
    public static RepositoryCredential Choose(SecureString? passphrase, string? keyFile, string? kmsKey = null) =>
        Given(passphrase, keyFile, kmsKey) ?? FromEnvironment() ?? RepositoryCredential.None;

    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when several are given, or one is unusable.</exception>
    public static RepositoryCredential? Given(SecureString? passphrase, string? keyFile, string? kmsKey = null) => (passphrase, keyFile, kmsKey) switch
    {
        (null, null, null) => null,
        (not null, null, null) => FromPassphrase(passphrase),
        (null, not null, null) => RepositoryCredential.FromKeyFile(keyFile),
        (null, null, not null) => RepositoryCredential.FromKeyService(kmsKey),
        (not null, not null, null) => throw new DrException(DrError.BadUsage, "Both a passphrase and a key file are given.", "Give one of them."),
        _ => throw new DrException(DrError.BadUsage, "A KMS key and another secret are given.", "Give one of them."),
    };

    public static RepositoryCredential? FromEnvironment() =>
        Environment.GetEnvironmentVariable(PassphraseFileVariable) is { Length: > 0 } passphraseFile ? RepositoryCredential.FromPassphraseFile(passphraseFile)
        : Environment.GetEnvironmentVariable(KeyFileVariable) is { Length: > 0 } keyFile ? RepositoryCredential.FromKeyFile(keyFile)
        : Environment.GetEnvironmentVariable(KmsKeyVariable) is { Length: > 0 } kmsKey ? RepositoryCredential.FromKeyService(kmsKey)
        : null;

    private static unsafe RepositoryCredential FromPassphrase(SecureString passphrase)
    {
        var clear = Marshal.SecureStringToGlobalAllocUnicode(passphrase);
        try
        {
            return RepositoryCredential.FromPassphrase(new ReadOnlySpan<char>((void*)clear, passphrase.Length));
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(clear);
        }
    }
}
