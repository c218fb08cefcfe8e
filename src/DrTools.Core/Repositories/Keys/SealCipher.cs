using System.Security.Cryptography;
using DrTools.Platform.OpenSsl;

namespace DrTools.Repositories.Keys;

/// <summary>AES-256-GCM for whoever must start fast: OpenSSL called directly where it can be, otherwise .NET's class. For one
/// thread at a time.</summary>
internal sealed class SealCipher : IDisposable
{
    private readonly AesGcm? _managed;
    private nint _context;

    /// <param name="key">32 bytes.</param>
    /// <param name="encrypts">Whether it encrypts; it decrypts otherwise.</param>
    public SealCipher(ReadOnlySpan<byte> key, bool encrypts)
    {
        if (LibCrypto.IsAvailable)
        {
            _context = LibCrypto.NewGcm(key, encrypts);
        }
        else
        {
            _managed = new AesGcm(key, 16);
        }
    }

    public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag, ReadOnlySpan<byte> associated)
    {
        if (_managed is null)
        {
            LibCrypto.Encrypt(_context, nonce, plain, cipher, tag, associated);
        }
        else
        {
            _managed.Encrypt(nonce, plain, cipher, tag, associated);
        }
    }

    /// <returns>Whether the tag is right; otherwise <paramref name="plain"/> holds zeros.</returns>
    public bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain, ReadOnlySpan<byte> associated)
    {
        if (_managed is not null)
        {
            try
            {
                _managed.Decrypt(nonce, cipher, tag, plain, associated);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                return false;
            }
        }

        if (LibCrypto.TryDecrypt(_context, nonce, cipher, tag, plain, associated))
        {
            return true;
        }

        plain.Clear();
        return false;
    }

    public void Dispose()
    {
        _managed?.Dispose();
        if (_context != 0)
        {
            LibCrypto.FreeContext(_context);
            _context = 0;
        }
    }
}
