using System.Buffers.Binary;
using System.Text;
using DrTools.Compression;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Packs;

namespace DrTools.Repositories.Logs;

/// <summary>
/// Layout of a log: prologue, frames as in packs, an end that says how much there is. See
/// <c>docs/repository-format.md</c>, "Logs".
/// </summary>
internal static class LogFormat
{
    public const int PrologueLength = 64;

    /// <summary>Content of the last frame: the length of the whole.</summary>
    public const int EndContentLength = 8;

    /// <summary>The most that a log has, bytes: the largest WAL segment is 1 GiB.</summary>
    public const long MaximumContent = 1L << 34;

    private static ReadOnlySpan<byte> Magic => "DRTLOGS1"u8;

    public static void WritePrologue(Span<byte> prologue, Guid repositoryId, ReadOnlySpan<byte> salt)
    {
        prologue = prologue[..PrologueLength];
        prologue.Clear();
        Magic.CopyTo(prologue);
        repositoryId.TryWriteBytes(prologue[8..], bigEndian: true, out _);
        prologue[24] = 1;
        salt.CopyTo(prologue[32..]);
    }

    /// <summary>The salt of a prologue, or nothing when it is not one of this repository.</summary>
    public static ReadOnlySpan<byte> SaltOf(ReadOnlySpan<byte> prologue, Guid repositoryId)
    {
        if (prologue.Length < PrologueLength)
        {
            return [];
        }

        var salt = prologue.Slice(32, RepositoryKey.SaltLength);
        Span<byte> expected = stackalloc byte[PrologueLength];
        WritePrologue(expected, repositoryId, salt);
        return prologue[..PrologueLength].SequenceEqual(expected) ? salt : [];
    }

    /// <summary>A key for one object under one name: put in another's place it does not open.</summary>
    public static SealCipher DeriveCipher(RepositoryKey key, ReadOnlySpan<byte> salt, string objectName, bool encrypts)
    {
        Span<byte> context = stackalloc byte[FastHash.Length];
        FastHash.Sha256(Encoding.ASCII.GetBytes(objectName), context);
        return key.DeriveFastCipher(salt, "drtools log v1", context, encrypts);
    }

    /// <summary>Seals compressed content into a frame whose header is there already.</summary>
    public static void Seal(SealCipher cipher, long offset, ReadOnlySpan<byte> compressed, Span<byte> frame)
    {
        Span<byte> nonce = stackalloc byte[12];
        PackFormat.WriteNonce(offset, nonce);
        cipher.Encrypt(nonce, compressed, frame[PackFormat.FrameHeaderLength..^PackFormat.TagLength], frame[^PackFormat.TagLength..], frame[..PackFormat.FrameHeaderLength]);
    }

    /// <summary>Opens a frame in place.</summary>
    /// <returns>Whether it is what was written; the compressed content then lies behind its header.</returns>
    public static bool TryOpen(SealCipher cipher, FrameRole role, long offset, Span<byte> frame, out FrameHeader header)
    {
        Span<byte> nonce = stackalloc byte[12];
        PackFormat.WriteNonce(offset, nonce);
        var content = frame[PackFormat.FrameHeaderLength..^PackFormat.TagLength];
        header = new FrameHeader(BinaryPrimitives.ReadInt32LittleEndian(frame), content.Length, (CompressionCodec)frame[8]);
        return cipher.TryDecrypt(nonce, content, frame[^PackFormat.TagLength..], content, frame[..PackFormat.FrameHeaderLength])
            && BinaryPrimitives.ReadInt32LittleEndian(frame[4..]) == content.Length && content.Length <= header.RawLength
            && header.RawLength <= PackFormat.MaximumFrameContent && frame[9] == (byte)role && frame[10] == 0 && frame[11] == 0;
    }
}
