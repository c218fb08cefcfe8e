using System.Security.Cryptography;
using DrTools.Platform.OpenSsl;

namespace DrTools.Repositories.Keys;

/// <summary>SHA-256 and what is made of it, for whoever must start fast: see <see cref="SealCipher"/>.</summary>
internal static class FastHash
{
    public const int Length = 32;

    public static void Sha256(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        if (LibCrypto.IsAvailable)
        {
            LibCrypto.Sha256(data, hash);
        }
        else
        {
            SHA256.HashData(data, hash);
        }
    }

    public static void HmacSha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> code)
    {
        if (LibCrypto.IsAvailable)
        {
            LibCrypto.HmacSha256(key, data, code);
        }
        else
        {
            HMACSHA256.HashData(key, data, code);
        }
    }

    /// <summary>HKDF-SHA256 (RFC 5869), extract and then expand to one block of 32 bytes.</summary>
    public static void Hkdf(ReadOnlySpan<byte> input, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info, Span<byte> output)
    {
        Span<byte> pseudorandom = stackalloc byte[Length];
        Span<byte> noSalt = stackalloc byte[Length];
        noSalt.Clear();
        HmacSha256(salt.IsEmpty ? noSalt : salt, input, pseudorandom);
        Span<byte> message = stackalloc byte[info.Length + 1];
        info.CopyTo(message);
        message[^1] = 1;
        HmacSha256(pseudorandom, message, output);
        CryptographicOperations.ZeroMemory(pseudorandom);
    }

    /// <summary>Random bytes.</summary>
    public static void Random(Span<byte> buffer)
    {
        if (OperatingSystem.IsLinux())
        {
            Stores.Libc.FillRandom(buffer);
        }
        else
        {
            RandomNumberGenerator.Fill(buffer);
        }
    }
}
