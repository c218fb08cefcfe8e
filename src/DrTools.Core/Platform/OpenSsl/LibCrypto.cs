using System.Runtime.InteropServices;

namespace DrTools.Platform.OpenSsl;

/// <summary>
/// The functions of OpenSSL's libcrypto that sealing takes, called directly. .NET on Linux uses the same library, but binds
/// several hundred functions of it, and libssl, before the first one: 6 ms, of which a program that is started for
/// every segment of a log would spend most of its time.
/// </summary>
internal static unsafe partial class LibCrypto
{
    /// <summary>What <see cref="NativeLibrary"/> is asked for; the resolver knows the real names.</summary>
    public const string Library = "libcrypto-drtools";

    private const int GetTag = 0x10, SetTag = 0x11;

    // A static constructor would run before any of these could tell that the library is missing.
    private static int _isAvailable;

    /// <summary>Whether it can be called; otherwise .NET's own classes serve.</summary>
    public static bool IsAvailable
    {
        get
        {
            if (_isAvailable == 0)
            {
                _isAvailable = OperatingSystem.IsLinux() && Probe() ? 1 : -1;
            }

            return _isAvailable > 0;
        }
    }

    /// <summary>SHA-256 (FIPS 180-4).</summary>
    public static void Sha256(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        fixed (byte* input = data)
        fixed (byte* output = hash)
        {
            uint length;
            Require(Digest(input, (nuint)data.Length, output, &length, EvpSha256(), 0));
        }
    }

    /// <summary>HMAC-SHA256 (RFC 2104).</summary>
    public static void HmacSha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> code)
    {
        // OpenSSL takes no key at all for "the one before".
        Span<byte> none = stackalloc byte[1];
        fixed (byte* keyBytes = key.IsEmpty ? none : key)
        fixed (byte* input = data)
        fixed (byte* output = code)
        {
            uint length;
            Require(Hmac(EvpSha256(), keyBytes, key.Length, input, (nuint)data.Length, output, &length) is null ? 0 : 1);
        }
    }

    /// <summary>A context with an AES-256 key for GCM.</summary>
    public static nint NewGcm(ReadOnlySpan<byte> key, bool encrypts)
    {
        var context = NewContext();
        fixed (byte* bytes = key)
        {
            Require(encrypts ? EncryptInit(context, EvpAes256Gcm(), 0, bytes, null) : DecryptInit(context, EvpAes256Gcm(), 0, bytes, null));
        }

        return context;
    }

    public static void Encrypt(nint context, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag, ReadOnlySpan<byte> associated)
    {
        fixed (byte* iv = nonce)
        fixed (byte* input = plain)
        fixed (byte* output = cipher)
        fixed (byte* code = tag)
        fixed (byte* more = associated)
        {
            int length;
            byte rest;
            Require(EncryptInit(context, 0, 0, null, iv));
            Require(EncryptUpdate(context, null, &length, more, associated.Length));
            Require(plain.IsEmpty ? 1 : EncryptUpdate(context, output, &length, input, plain.Length));
            Require(EncryptFinal(context, &rest, &length));
            Require(Control(context, GetTag, tag.Length, code));
        }
    }

    /// <returns>Whether the tag is right. If it is not, what is in <paramref name="plain"/> means nothing.</returns>
    public static bool TryDecrypt(nint context, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain, ReadOnlySpan<byte> associated)
    {
        fixed (byte* iv = nonce)
        fixed (byte* input = cipher)
        fixed (byte* output = plain)
        fixed (byte* code = tag)
        fixed (byte* more = associated)
        {
            int length;
            byte rest;
            Require(DecryptInit(context, 0, 0, null, iv));
            Require(DecryptUpdate(context, null, &length, more, associated.Length));
            Require(cipher.IsEmpty ? 1 : DecryptUpdate(context, output, &length, input, cipher.Length));
            Require(Control(context, SetTag, tag.Length, code));
            return DecryptFinal(context, &rest, &length) == 1;
        }
    }

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_free")]
    public static partial void FreeContext(nint context);

    private static bool Probe()
    {
        try
        {
            // It loads the library and finds a symbol, or throws.
            NativeLibraries.Register();
            return EvpAes256Gcm() != 0 && EvpSha256() != 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return false;
        }
    }

    private static void Require(int result)
    {
        if (result != 1)
        {
            throw new System.Security.Cryptography.CryptographicException("OpenSSL refused a call.");
        }
    }

    [LibraryImport(Library, EntryPoint = "EVP_aes_256_gcm")]
    private static partial nint EvpAes256Gcm();

    [LibraryImport(Library, EntryPoint = "EVP_sha256")]
    private static partial nint EvpSha256();

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_new")]
    private static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "EVP_Digest")]
    private static partial int Digest(byte* data, nuint count, byte* hash, uint* length, nint type, nint engine);

    [LibraryImport(Library, EntryPoint = "HMAC")]
    private static partial byte* Hmac(nint type, byte* key, int keyLength, byte* data, nuint count, byte* code, uint* length);

    [LibraryImport(Library, EntryPoint = "EVP_EncryptInit_ex")]
    private static partial int EncryptInit(nint context, nint type, nint engine, byte* key, byte* nonce);

    [LibraryImport(Library, EntryPoint = "EVP_EncryptUpdate")]
    private static partial int EncryptUpdate(nint context, byte* output, int* length, byte* input, int count);

    [LibraryImport(Library, EntryPoint = "EVP_EncryptFinal_ex")]
    private static partial int EncryptFinal(nint context, byte* output, int* length);

    [LibraryImport(Library, EntryPoint = "EVP_DecryptInit_ex")]
    private static partial int DecryptInit(nint context, nint type, nint engine, byte* key, byte* nonce);

    [LibraryImport(Library, EntryPoint = "EVP_DecryptUpdate")]
    private static partial int DecryptUpdate(nint context, byte* output, int* length, byte* input, int count);

    [LibraryImport(Library, EntryPoint = "EVP_DecryptFinal_ex")]
    private static partial int DecryptFinal(nint context, byte* output, int* length);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_ctrl")]
    private static partial int Control(nint context, int type, int argument, byte* pointer);
}
