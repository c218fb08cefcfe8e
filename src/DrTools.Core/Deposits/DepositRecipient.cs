using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.Deposits;

/// <summary>
/// The public key of a repository. Whoever has it can deposit backups that only the repository's owner can open. It is no
/// secret; what matters is that it is the right one.
/// </summary>
public sealed record DepositRecipient
{
    private const string FileFormat = "drtools-deposit-recipient";
    private const int LargestFile = 4096;

    private readonly byte[] _publicKey;

    private DepositRecipient(Guid repositoryId, byte[] publicKey) => (RepositoryId, _publicKey) = (repositoryId, publicKey);

    /// <summary>The repository.</summary>
    public Guid RepositoryId { get; }

    /// <summary>What two people compare over the telephone: the first eight bytes of the key's SHA-256, hexadecimal.</summary>
    public string Fingerprint => FingerprintOf(_publicKey);

    internal ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>The public key of an opened repository. It is the same for ever, as the repository's own key is.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the repository is not encrypted: everybody could open
    /// what is deposited.</exception>
    public static DepositRecipient Of(Repository repository)
    {
        ArgumentNullException.ThrowIfNull(repository);
        if (!repository.IsEncrypted)
        {
            throw new DrException(
                DrError.BadUsage,
                $"{repository.Location} is not encrypted: whatever was deposited for it, everybody who can read its header could open.",
                "Give it a secret first (drtools key rotate, Update-DrRepositoryKey).");
        }

        var privateKey = PrivateKeyOf(repository.Key);
        var result = new DepositRecipient(repository.Id, Hpke.PublicKeyOf(privateKey));
        CryptographicOperations.ZeroMemory(privateKey);
        return result;
    }

    /// <summary>Reads one from a file.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the file cannot be read, is none, or was changed.</exception>
    public static DepositRecipient Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        byte[] content;
        try
        {
            content = new FileInfo(path).Length <= LargestFile ? File.ReadAllBytes(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DrException(DrError.BadUsage, $"The recipient's file {path} cannot be read: {e.Message}", "Write it where the repository can be opened (drtools deposit recipient, Export-DrDepositRecipient), and bring it here.", e);
        }

        try
        {
            var file = JsonSerializer.Deserialize(content, DepositJson.Default.RecipientFile);
            if (file is { Format: FileFormat, Version: 1 } && Hpke.IsPublicKey(file.PublicKey) && FingerprintOf(file.PublicKey) == file.Fingerprint)
            {
                return new DepositRecipient(file.RepositoryId, file.PublicKey);
            }
        }
        catch (JsonException)
        {
            // Told below.
        }

        throw new DrException(DrError.BadUsage, $"{path} is not the file of a recipient, or was damaged.", "Write it anew where the repository can be opened (drtools deposit recipient, Export-DrDepositRecipient).");
    }

    /// <summary>Writes it to a file that does not exist yet.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when that cannot be done.</exception>
    public void Write(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            JsonSerializer.Serialize(file, new RecipientFile(FileFormat, 1, RepositoryId, Fingerprint, _publicKey), DepositJson.Default.RecipientFile);
            file.Write("\n"u8);
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DrException(DrError.BadUsage, $"The recipient's file {path} cannot be written: {e.Message}", "Name a file that does not exist yet, in a folder that exists.", e);
        }
    }

    /// <inheritdoc/>
    public bool Equals(DepositRecipient? other) => other is not null && RepositoryId == other.RepositoryId && _publicKey.AsSpan().SequenceEqual(other._publicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => RepositoryId.GetHashCode();

    /// <summary>The private key, which whoever can open the repository has with it: a kit and a passphrase are enough to open
    /// what was deposited.</summary>
    internal static byte[] PrivateKeyOf(RepositoryKey key)
    {
        var seed = key.Authenticate("drtools deposit key v1", []);
        var result = Hpke.DerivePrivateKey(seed);
        CryptographicOperations.ZeroMemory(seed);
        return result;
    }

    internal static string FingerprintOf(ReadOnlySpan<byte> publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey).AsSpan(0, 8));
}

/// <summary>The file of a recipient.</summary>
internal sealed record RecipientFile(string Format, int Version, Guid RepositoryId, string Fingerprint, byte[] PublicKey);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RecipientFile))]
internal sealed partial class DepositJson : JsonSerializerContext;
