using System.Security.Cryptography;
using System.Text;

namespace DrTools.Repositories.Keys;

/// <summary>
/// The random 256-bit key of a repository. Nothing is sealed with it directly: every object has a key of its own,
/// derived from it and the object's random salt (HKDF-SHA256, RFC 5869), so that nonces never repeat under one key.
/// </summary>
internal sealed class RepositoryKey : IDisposable
{
    public const int Length = 32;

    public const int SaltLength = 32;

    private readonly byte[] _key;

    public RepositoryKey(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Length);

        // Pinned, so that the collector never leaves copies behind.
        _key = GC.AllocateUninitializedArray<byte>(Length, pinned: true);
        key.CopyTo(_key);
    }

    public ReadOnlySpan<byte> Bytes => _key;

    public static RepositoryKey Generate()
    {
        Span<byte> key = stackalloc byte[Length];
        RandomNumberGenerator.Fill(key);
        var result = new RepositoryKey(key);
        CryptographicOperations.ZeroMemory(key);
        return result;
    }

    /// <summary>Derives the key of one object.</summary>
    public AesGcm DeriveCipher(ReadOnlySpan<byte> salt, string purpose, ReadOnlySpan<byte> context)
    {
        Span<byte> derived = stackalloc byte[Length];
        Derive(salt, purpose, context, derived);
        var cipher = new AesGcm(derived, AesGcm.TagByteSizes.MaxSize);
        CryptographicOperations.ZeroMemory(derived);
        return cipher;
    }

    /// <summary>Derives the key of one object that is sealed or opened by a program that must start fast.</summary>
    public SealCipher DeriveFastCipher(ReadOnlySpan<byte> salt, string purpose, ReadOnlySpan<byte> context, bool encrypts)
    {
        Span<byte> derived = stackalloc byte[Length];
        Derive(salt, purpose, context, derived);
        var cipher = new SealCipher(derived, encrypts);
        CryptographicOperations.ZeroMemory(derived);
        return cipher;
    }

    /// <summary>HMAC-SHA256 under a key of its own for each purpose.</summary>
    public byte[] Authenticate(string purpose, ReadOnlySpan<byte> data)
    {
        Span<byte> derived = stackalloc byte[Length];
        Derive([], purpose, [], derived);
        var code = new byte[FastHash.Length];
        FastHash.HmacSha256(derived, data, code);
        CryptographicOperations.ZeroMemory(derived);
        return code;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    private void Derive(ReadOnlySpan<byte> salt, string purpose, ReadOnlySpan<byte> context, Span<byte> derived)
    {
        Span<byte> info = stackalloc byte[64];
        var length = System.Text.Encoding.ASCII.GetBytes(purpose, info);
        context.CopyTo(info[length..]);
        FastHash.Hkdf(_key, salt, info[..(length + context.Length)], derived);
    }
}
