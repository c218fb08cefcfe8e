using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DrTools.Repositories.Keys;

/// <summary>
/// Hybrid public key encryption in base mode (RFC 9180) with DHKEM(P-256, HKDF-SHA256) and HKDF-SHA256: what anybody who knows a
/// public key can seal, and nobody but the owner of the private key can open. A message has a key of its own.
/// </summary>
internal static class Hpke
{
    /// <summary>Length of a public key, uncompressed.</summary>
    public const int PublicKeyLength = 65;

    public const int PrivateKeyLength = 32;

    private const int TagLength = 16;
    private const int NonceLength = 12;
    private const int HashLength = 32;

    // DHKEM(P-256, HKDF-SHA256).
    private static readonly byte[] KemSuite = [.. "KEM"u8, 0x00, 0x10];

    // Order of the group of P-256 (FIPS 186-4, D.1.2.3).
    private static readonly byte[] Order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");

    /// <summary>Length of what a message becomes: the encapsulated key, the ciphertext and its tag.</summary>
    public static int SealedLength(int length) => PublicKeyLength + length + TagLength;

    /// <summary>Makes the private key that belongs to some secret (RFC 9180, 7.1.3, DeriveKeyPair).</summary>
    /// <param name="input">At least 32 bytes of entropy.</param>
    public static byte[] DerivePrivateKey(ReadOnlySpan<byte> input)
    {
        var pseudorandom = Extract(KemSuite, [], "dkp_prk"u8, input);
        for (var counter = 0; counter <= byte.MaxValue; counter++)
        {
            var candidate = Expand(KemSuite, pseudorandom, "candidate"u8, [(byte)counter], PrivateKeyLength);
            if (candidate.AsSpan().IndexOfAnyExcept((byte)0) >= 0 && candidate.AsSpan().SequenceCompareTo(Order) < 0)
            {
                CryptographicOperations.ZeroMemory(pseudorandom);
                return candidate;
            }
        }

        // One in 2^8192.
        throw new CryptographicException("No private key could be derived.");
    }

    /// <summary>The public key of a private one, uncompressed.</summary>
    public static byte[] PublicKeyOf(ReadOnlySpan<byte> privateKey)
    {
        using var pair = ImportPrivate(privateKey);
        return Encode(pair);
    }

    /// <summary>Whether something is a public key: a point of the curve.</summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> key)
    {
        try
        {
            using var imported = ImportPublic(key);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Seals a message for the owner of a public key (AES-256-GCM).</summary>
    /// <returns>The encapsulated key, the ciphertext and its tag.</returns>
    public static byte[] Seal(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> info, ReadOnlySpan<byte> additional, ReadOnlySpan<byte> message)
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return Seal(ephemeral, publicKey, info, additional, message, 32);
    }

    /// <summary>The same with an ephemeral key and a length of the cipher's key that are given, for vectors.</summary>
    internal static byte[] Seal(ECDiffieHellman ephemeral, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> info, ReadOnlySpan<byte> additional, ReadOnlySpan<byte> message, int keyLength)
    {
        var encapsulated = Encode(ephemeral);
        using var recipient = ImportPublic(publicKey);
        var shared = SharedSecret(ephemeral, recipient, encapsulated, publicKey);
        var result = new byte[SealedLength(message.Length)];
        encapsulated.CopyTo(result, 0);
        var (key, nonce) = Schedule(shared, info, keyLength);
        using (var cipher = new AesGcm(key, TagLength))
        {
            cipher.Encrypt(nonce, message, result.AsSpan(PublicKeyLength, message.Length), result.AsSpan(PublicKeyLength + message.Length), additional);
        }

        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(shared);
        return result;
    }

    /// <summary>Opens what was sealed for the owner of a private key.</summary>
    /// <returns><see langword="false"/> when it was sealed for another, with other information, or was changed.</returns>
    public static bool TryOpen(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> info, ReadOnlySpan<byte> additional, ReadOnlySpan<byte> sealedMessage, Span<byte> message, int keyLength = 32)
    {
        if (sealedMessage.Length != SealedLength(message.Length))
        {
            return false;
        }

        try
        {
            using var recipient = ImportPrivate(privateKey);
            using var sender = ImportPublic(sealedMessage[..PublicKeyLength]);
            var shared = SharedSecret(recipient, sender, sealedMessage[..PublicKeyLength], Encode(recipient));
            var (key, nonce) = Schedule(shared, info, keyLength);
            CryptographicOperations.ZeroMemory(shared);
            using var cipher = new AesGcm(key, TagLength);
            CryptographicOperations.ZeroMemory(key);
            cipher.Decrypt(nonce, sealedMessage[PublicKeyLength..^TagLength], sealedMessage[^TagLength..], message, additional);
            return true;
        }
        catch (CryptographicException)
        {
            message.Clear();
            return false;
        }
    }

    /// <summary>A pair made of its private key.</summary>
    internal static ECDiffieHellman ImportPrivate(ReadOnlySpan<byte> privateKey) =>
        ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = privateKey.ToArray() });

    private static ECDiffieHellman ImportPublic(ReadOnlySpan<byte> key) => key.Length == PublicKeyLength && key[0] == 4
        ? ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = key[1..33].ToArray(), Y = key[33..].ToArray() } })
        : throw new CryptographicException("A public key has 65 bytes, the first of them 4.");

    private static byte[] Encode(ECDiffieHellman pair)
    {
        var point = pair.ExportParameters(includePrivateParameters: false).Q;
        return [4, .. point.X!, .. point.Y!];
    }

    /// <summary>Encap and Decap of RFC 9180, 4.1: the same from both sides.</summary>
    private static byte[] SharedSecret(ECDiffieHellman own, ECDiffieHellman other, ReadOnlySpan<byte> encapsulated, ReadOnlySpan<byte> recipient)
    {
        var agreed = own.DeriveRawSecretAgreement(other.PublicKey);
        var pseudorandom = Extract(KemSuite, [], "eae_prk"u8, agreed);
        CryptographicOperations.ZeroMemory(agreed);
        return Expand(KemSuite, pseudorandom, "shared_secret"u8, [.. encapsulated, .. recipient], HashLength);
    }

    /// <summary>KeySchedule of RFC 9180, 5.1, in base mode; the nonce is that of the first message.</summary>
    private static (byte[] Key, byte[] Nonce) Schedule(ReadOnlySpan<byte> shared, ReadOnlySpan<byte> info, int keyLength)
    {
        // The three algorithms: the KEM above, HKDF-SHA256, and AES-128-GCM (1) or AES-256-GCM (2).
        byte[] suite = [.. "HPKE"u8, 0x00, 0x10, 0x00, 0x01, 0x00, (byte)(keyLength == 16 ? 1 : 2)];
        byte[] context = [0, .. Extract(suite, [], "psk_id_hash"u8, []), .. Extract(suite, [], "info_hash"u8, info)];
        var secret = Extract(suite, shared, "secret"u8, []);
        return (Expand(suite, secret, "key"u8, context, keyLength), Expand(suite, secret, "base_nonce"u8, context, NonceLength));
    }

    private static byte[] Extract(ReadOnlySpan<byte> suite, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> label, ReadOnlySpan<byte> input) =>
        HKDF.Extract(HashAlgorithmName.SHA256, [.. "HPKE-v1"u8, .. suite, .. label, .. input], salt.IsEmpty ? null : salt.ToArray());

    private static byte[] Expand(ReadOnlySpan<byte> suite, ReadOnlySpan<byte> pseudorandom, ReadOnlySpan<byte> label, ReadOnlySpan<byte> info, int length)
    {
        var output = new byte[length];
        Span<byte> size = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(size, (ushort)length);
        HKDF.Expand(HashAlgorithmName.SHA256, pseudorandom, output, [.. size, .. "HPKE-v1"u8, .. suite, .. label, .. info]);
        return output;
    }
}
