using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace DrTools.Repositories.Keys;

/// <summary>
/// The repository key, wrapped. Stored in the header; see <c>docs/repository-format.md</c>, "Key slots".
/// </summary>
internal sealed record KeySlot
{
    /// <summary>OWASP's figure for PBKDF2-HMAC-SHA512 is 210,000; this is about 0.3 s of one core.</summary>
    public const int DefaultIterations = 500_000;

    /// <summary>The most that a reader works through: some six seconds of one core.</summary>
    public const int MaximumIterations = 10_000_000;

    public const string PublicKeyKind = "public-key";

    private const int SaltLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private static ReadOnlySpan<byte> DepositInfo => "drtools deposit v1"u8;

    [JsonPropertyName("kind")]
    public required string Kind { get; init; }

    [JsonPropertyName("iterations")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Iterations { get; init; }

    [JsonPropertyName("salt")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? Salt { get; init; }

    /// <summary>The key itself (kind <c>none</c>), what the service made of it (kind <c>kms</c>), or nonce, ciphertext and tag.</summary>
    [JsonPropertyName("key")]
    public required byte[] Key { get; init; }

    /// <summary>Whose it is, for people.</summary>
    [JsonPropertyName("label")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Label { get; init; }

    /// <summary>When it was added to others.</summary>
    [JsonPropertyName("addedAt")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? AddedAt { get; init; }

    /// <summary>Which key of which service unwraps it, for kind <c>kms</c>.</summary>
    [JsonPropertyName("service")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Service { get; init; }

    /// <summary>Fingerprint of the public key, for kind <c>public-key</c>.</summary>
    [JsonPropertyName("recipient")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Recipient { get; init; }

    /// <summary>Names it for people: what is wrapped is random, so it tells nothing and meets no other.</summary>
    [JsonIgnore]
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Kind == "none" ? "none"u8 : Key).AsSpan(0, 4));

    public static KeySlot Wrap(RepositoryKey key, RepositoryCredential credential, Guid repositoryId, int iterations = DefaultIterations)
    {
        if (credential.Kind == KeySlotKind.None)
        {
            return new KeySlot { Kind = "none", Key = key.Bytes.ToArray() };
        }

        if (credential.Recipient is { } recipient)
        {
            return new KeySlot
            {
                Kind = PublicKeyKind,
                Key = Hpke.Seal(recipient.PublicKey, DepositInfo, AssociatedData(PublicKeyKind, repositoryId), key.Bytes),
                Recipient = recipient.Fingerprint,
            };
        }

        var kind = credential.Kind == KeySlotKind.Passphrase ? "passphrase" : "key-file";
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        var wrapped = new byte[NonceLength + RepositoryKey.Length + TagLength];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceLength));
        using var cipher = Cipher(credential, salt, iterations, encrypts: true);
        cipher.Encrypt(
            wrapped.AsSpan(0, NonceLength),
            key.Bytes,
            wrapped.AsSpan(NonceLength, RepositoryKey.Length),
            wrapped.AsSpan(NonceLength + RepositoryKey.Length),
            AssociatedData(kind, repositoryId));
        return new KeySlot { Kind = kind, Iterations = credential.Kind == KeySlotKind.Passphrase ? iterations : 0, Salt = salt, Key = wrapped };
    }

    /// <summary>Unwraps the key, or returns <see langword="null"/> when this slot is not for that credential.</summary>
    public RepositoryKey? TryUnwrap(RepositoryCredential credential, Guid repositoryId)
    {
        if (Kind == "none")
        {
            return credential.Kind == KeySlotKind.None && Key.Length == RepositoryKey.Length ? new RepositoryKey(Key) : null;
        }

        if (Kind == PublicKeyKind)
        {
            return credential.Kind == KeySlotKind.PublicKey ? TryUnwrapSealed(credential, repositoryId) : null;
        }

        var matches = (Kind, credential.Kind) is ("passphrase", KeySlotKind.Passphrase) or ("key-file", KeySlotKind.KeyFile);
        if (!matches || Salt is not { Length: SaltLength } || Key.Length != NonceLength + RepositoryKey.Length + TagLength
            || Iterations is < 0 or > MaximumIterations || (Kind == "passphrase" && Iterations == 0))
        {
            return null;
        }

        Span<byte> key = stackalloc byte[RepositoryKey.Length];
        using var cipher = Cipher(credential, Salt, Iterations, encrypts: false);
        try
        {
            return cipher.TryDecrypt(
                Key.AsSpan(0, NonceLength),
                Key.AsSpan(NonceLength, RepositoryKey.Length),
                Key.AsSpan(NonceLength + RepositoryKey.Length),
                key,
                AssociatedData(Kind, repositoryId))
                    ? new RepositoryKey(key)
                    : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private RepositoryKey? TryUnwrapSealed(RepositoryCredential credential, Guid repositoryId)
    {
        Span<byte> key = stackalloc byte[RepositoryKey.Length];
        try
        {
            return credential.Secret.Length == Hpke.PrivateKeyLength && Hpke.TryOpen(credential.Secret, DepositInfo, AssociatedData(PublicKeyKind, repositoryId), Key, key)
                ? new RepositoryKey(key)
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static SealCipher Cipher(RepositoryCredential credential, byte[] salt, int iterations, bool encrypts)
    {
        Span<byte> wrapping = stackalloc byte[RepositoryKey.Length];
        if (credential.Kind == KeySlotKind.Passphrase)
        {
            Rfc2898DeriveBytes.Pbkdf2(credential.Secret, salt, wrapping, iterations, HashAlgorithmName.SHA512);
        }
        else
        {
            FastHash.Hkdf(credential.Secret, salt, "drtools key file v1"u8, wrapping);
        }

        var cipher = new SealCipher(wrapping, encrypts);
        CryptographicOperations.ZeroMemory(wrapping);
        return cipher;
    }

    private static byte[] AssociatedData(string kind, Guid repositoryId) =>
        [.. System.Text.Encoding.ASCII.GetBytes("drtools slot v1 " + kind + " "), .. repositoryId.ToByteArray(bigEndian: true)];
}
