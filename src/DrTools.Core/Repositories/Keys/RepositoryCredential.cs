using System.Security.Cryptography;
using DrTools.Deposits;

namespace DrTools.Repositories.Keys;

/// <summary>How a key slot protects the repository key.</summary>
public enum KeySlotKind
{
    /// <summary>Not at all: the key lies in the header.</summary>
    None,

    /// <summary>By a passphrase, stretched with PBKDF2-HMAC-SHA512.</summary>
    Passphrase,

    /// <summary>By a key file of high entropy.</summary>
    KeyFile,

    /// <summary>By a key of a key management service, for whoever the service lets.</summary>
    Kms,

    /// <summary>By a public key: whoever can open a certain other repository can open this one (see
    /// <see cref="Deposits.DepositRecipient"/>).</summary>
    PublicKey,
}

/// <summary>
/// What opens a repository: a passphrase, the content of a key file, a key of a key management service, or nothing. Its bytes
/// are wiped when it is disposed.
/// </summary>
public sealed class RepositoryCredential : IDisposable
{
    /// <summary>The least length of a key file, in bytes.</summary>
    public const int MinimumKeyFileLength = 32;

    private readonly byte[] _secret;

    private RepositoryCredential(KeySlotKind kind, ReadOnlySpan<byte> secret)
    {
        Kind = kind;
        _secret = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
        secret.CopyTo(_secret);
    }

    /// <summary>No secret: for repositories that were created unencrypted, and for those that a key management service opens
    /// for this host.</summary>
    public static RepositoryCredential None { get; } = new(KeySlotKind.None, []);

    /// <summary>What kind of secret it is.</summary>
    public KeySlotKind Kind { get; }

    internal ReadOnlySpan<byte> Secret => _secret;

    /// <summary>The service, for <see cref="KeySlotKind.Kms"/>.</summary>
    internal IKeyService? Service { get; private init; }

    /// <summary>In words.</summary>
    internal string Word => Kind switch { KeySlotKind.Passphrase => "passphrase", KeySlotKind.Kms => "KMS key", KeySlotKind.PublicKey => "repository's key", _ => "key file" };

    /// <summary>Whom to seal for, for <see cref="KeySlotKind.PublicKey"/>; it can wrap, and not unwrap.</summary>
    internal DepositRecipient? Recipient { get; private init; }

    /// <summary>A key of a key management service.</summary>
    /// <param name="location">Its location (<c>aws-kms://alias/backup?region=eu-central-1</c>).</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it makes no sense. The service is not asked yet.</exception>
    public static RepositoryCredential FromKeyService(string location) => new(KeySlotKind.Kms, []) { Service = KeyServices.Open(location) };

    /// <summary>The public key of another repository: for wrapping only.</summary>
    internal static RepositoryCredential ForRecipient(DepositRecipient recipient) => new(KeySlotKind.PublicKey, []) { Recipient = recipient };

    /// <summary>The private key of an opened repository, for what was sealed for it.</summary>
    internal static RepositoryCredential FromOwner(Repository repository)
    {
        var key = DepositRecipient.PrivateKeyOf(repository.Key);
        try
        {
            return new RepositoryCredential(KeySlotKind.PublicKey, key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>A passphrase as UTF-8.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it is empty.</exception>
    public static RepositoryCredential FromPassphrase(ReadOnlySpan<byte> utf8) => utf8.IsEmpty
        ? throw new DrException(DrError.BadUsage, "The passphrase is empty.", "Give a passphrase, or create the repository unencrypted on purpose.")
        : new RepositoryCredential(KeySlotKind.Passphrase, utf8);

    /// <summary>A passphrase as text.</summary>
    public static RepositoryCredential FromPassphrase(ReadOnlySpan<char> passphrase)
    {
        var utf8 = new byte[System.Text.Encoding.UTF8.GetByteCount(passphrase)];
        System.Text.Encoding.UTF8.GetBytes(passphrase, utf8);
        try
        {
            return FromPassphrase(utf8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(utf8);
        }
    }

    /// <summary>Reads a passphrase from the first line of a file.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is none.</exception>
    public static RepositoryCredential FromPassphraseFile(string path)
    {
        var content = ReadSecretFile(path, "passphrase file");
        try
        {
            var line = content.AsSpan();
            var end = line.IndexOfAny((byte)'\r', (byte)'\n');
            return FromPassphrase(end < 0 ? line : line[..end]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>Reads a key file, every byte of which counts.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it is missing or too short.</exception>
    public static RepositoryCredential FromKeyFile(string path)
    {
        var content = ReadSecretFile(path, "key file");
        try
        {
            return content.Length >= MinimumKeyFileLength
                ? new RepositoryCredential(KeySlotKind.KeyFile, content)
                : throw new DrException(
                    DrError.BadUsage,
                    $"The key file {path} holds {content.Length} bytes; at least {MinimumKeyFileLength} are needed.",
                    "Make one with: head -c 64 /dev/urandom > FILE");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>Makes a key file of random bytes that only its owner can read.</summary>
    /// <param name="path">A file that does not exist yet.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it cannot be made.</exception>
    public static RepositoryCredential CreateKeyFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var content = RandomNumberGenerator.GetBytes(2 * MinimumKeyFileLength);
        try
        {
            using var file = new FileStream(path, options);
            file.Write(content);
            file.Flush(flushToDisk: true);
            return new RepositoryCredential(KeySlotKind.KeyFile, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.BadUsage, $"The key file {path} cannot be made: {e.Message}", "Name a file that does not exist yet, in a folder that exists.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_secret);

    private static byte[] ReadSecretFile(string path, string what)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.BadUsage, $"The {what} {path} cannot be read: {e.Message}", "Check the path and its permissions.", e);
        }
    }
}
