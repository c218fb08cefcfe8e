using System.Security.Cryptography;
using DrTools.Content;
using DrTools.Repositories.Keys;

namespace DrTools.Repositories.Packs;

/// <summary>
/// Names runs of pages in the directories of packs, where an interrupted backup looks for what it has stored already.
/// Frames are authenticated and pages have checksums of their own, so all that is asked of a name is that no two runs
/// share it. In an encrypted repository it is GMAC (NIST SP 800-38D) under a key of its own and one nonce, which takes a
/// quarter of the time of SHA-256: names never leave sealed directories, so who writes pages learns nothing of the key, and
/// two runs of a mebibyte share a name with a probability below 2^-111. Where the key is no secret it is SHA-256.
/// Belongs to one worker.
/// </summary>
internal sealed class PageIdentity(RepositoryKey key, bool isSecret) : IDisposable
{
    /// <summary>What the key is derived for.</summary>
    public const string Purpose = "drtools page identity v1";

    private readonly byte[] _name = new byte[ContentHash.Length];
    private AesGcm? _cipher;

    /// <summary>The name of a run of pages.</summary>
    public ContentHash Of(ReadOnlySpan<byte> pages) => isSecret ? Keyed(pages) : ContentHash.Of(pages);

    /// <summary>Whether a chunk is what its name in a directory says, be that the hash of any content or the name of a run of pages.</summary>
    public bool IsNameOf(ContentHash name, ReadOnlySpan<byte> chunk) => name == (name.IsShort ? Keyed(chunk) : ContentHash.Of(chunk));

    /// <inheritdoc/>
    public void Dispose() => _cipher?.Dispose();

    private ContentHash Keyed(ReadOnlySpan<byte> pages)
    {
        _cipher ??= key.DeriveCipher([], Purpose, []);

        // The second half stays zero, which marks it.
        _cipher.Encrypt(stackalloc byte[12], [], [], _name.AsSpan(0, 16), pages);
        return new ContentHash(_name);
    }
}
