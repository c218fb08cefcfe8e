using System.Buffers.Binary;
using System.Security.Cryptography;
using DrTools.Compression;
using DrTools.Repositories.Keys;

namespace DrTools.Repositories.Packs;

/// <summary>
/// Layout of a pack: prologue, frames, a directory of what the frames hold (itself a frame), trailer.
/// See <c>docs/repository-format.md</c>, "Packs".
/// </summary>
internal static class PackFormat
{
    public const int PrologueLength = 64;

    public const int TrailerLength = 32;

    public const int FrameHeaderLength = 12;

    public const int TagLength = 16;

    public const int FrameOverhead = FrameHeaderLength + TagLength;

    /// <summary>The most content that a frame holds, bytes. Directories may be larger.</summary>
    public const int MaximumFrameContent = 1 << 20;

    /// <summary>The longest a frame is in its pack: compression never makes content longer.</summary>
    public const int MaximumFrameLength = FrameOverhead + MaximumFrameContent;

    /// <summary>The most content of a directory, bytes: some 200,000 chunks.</summary>
    public const int MaximumDirectoryContent = 8 << 20;

    /// <summary>The most that a reader believes a pack to have, bytes.</summary>
    public const long MaximumLength = 1L << 30;

    /// <summary>The most content that a reader believes the frames of a pack to have: a mebibyte of zeros shrinks to a
    /// few dozen bytes.</summary>
    public const long MaximumRawBytes = 1L << 40;

    /// <summary>Size at which a pack is closed and the next one begun.</summary>
    public const int TargetLength = 32 << 20;

    /// <summary>Number of chunks at which a pack is closed, so that its directory stays small.</summary>
    public const int MaximumChunks = 1 << 16;

    private static ReadOnlySpan<byte> PrologueMagic => "DRTPACK1"u8;

    private static ReadOnlySpan<byte> TrailerMagic => "DRTPEND1"u8;

    public static string ObjectName(string backupId, Guid packId) => $"packs/{backupId}/{packId:n}";

    public static AesGcm DeriveCipher(RepositoryKey key, ReadOnlySpan<byte> salt, Guid packId) =>
        key.DeriveCipher(salt, "drtools pack v1", packId.ToByteArray(bigEndian: true));

    public static byte[] Prologue(Guid repositoryId, ReadOnlySpan<byte> salt)
    {
        var prologue = new byte[PrologueLength];
        PrologueMagic.CopyTo(prologue);
        repositoryId.TryWriteBytes(prologue.AsSpan(8), bigEndian: true, out _);
        prologue[24] = 1;
        salt.CopyTo(prologue.AsSpan(32));
        return prologue;
    }

    /// <summary>The salt of a prologue, or nothing when it is not one of this repository.</summary>
    public static ReadOnlySpan<byte> SaltOf(ReadOnlySpan<byte> prologue, Guid repositoryId)
    {
        var salt = prologue.Slice(32, RepositoryKey.SaltLength);
        return prologue.SequenceEqual(Prologue(repositoryId, salt)) ? salt : [];
    }

    public static byte[] Trailer(long directoryOffset, int directoryLength)
    {
        var trailer = new byte[TrailerLength];
        BinaryPrimitives.WriteInt64LittleEndian(trailer, directoryOffset);
        BinaryPrimitives.WriteInt32LittleEndian(trailer.AsSpan(8), directoryLength);
        TrailerMagic.CopyTo(trailer.AsSpan(24));
        return trailer;
    }

    /// <summary>Where the directory lies, as the trailer says, or <see langword="null"/> when it cannot be true.</summary>
    public static (long Offset, int Length)? DirectoryOf(ReadOnlySpan<byte> trailer, long packLength)
    {
        var offset = BinaryPrimitives.ReadInt64LittleEndian(trailer);
        var length = BinaryPrimitives.ReadInt32LittleEndian(trailer[8..]);
        return trailer.SequenceEqual(Trailer(offset, length)) && offset >= PrologueLength && length >= FrameOverhead
            && offset <= packLength - TrailerLength - length && offset + length + TrailerLength == packLength
            ? (offset, length)
            : null;
    }

    /// <summary>The nonce of a frame is its offset, which is unique in a pack, and the key is the pack's own.</summary>
    public static void WriteNonce(long offset, Span<byte> nonce)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(nonce, offset);
    }

    /// <summary>The most content that a frame of a role has.</summary>
    public static int MaximumContentOf(FrameRole role) => role == FrameRole.Directory ? MaximumDirectoryContent : MaximumFrameContent;

    public static void WriteFrameHeader(Span<byte> header, FrameRole role, int rawLength, int compressedLength, CompressionCodec codec)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, rawLength);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], compressedLength);
        header[8] = (byte)codec;
        header[9] = (byte)role;
        header[10..12].Clear();
    }

    /// <summary>Seals a frame whose header and compressed content already lie in <paramref name="frame"/>.</summary>
    public static void SealInPlace(AesGcm cipher, long offset, Span<byte> frame)
    {
        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(offset, nonce);
        var content = frame[FrameHeaderLength..^TagLength];
        cipher.Encrypt(nonce, content, content, frame[^TagLength..], frame[..FrameHeaderLength]);
    }

    /// <summary>Opens a frame in place.</summary>
    /// <returns>Its header; the compressed content then lies behind it in <paramref name="frame"/>.</returns>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static FrameHeader OpenInPlace(AesGcm cipher, FrameRole role, long offset, Span<byte> frame)
    {
        if (frame.Length < FrameOverhead)
        {
            throw new InvalidDataException("The frame is too short.");
        }

        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(offset, nonce);
        var content = frame[FrameHeaderLength..^TagLength];
        try
        {
            cipher.Decrypt(nonce, content, frame[^TagLength..], content, frame[..FrameHeaderLength]);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new InvalidDataException("The frame is not what was written.", e);
        }

        var header = new FrameHeader(
            BinaryPrimitives.ReadInt32LittleEndian(frame),
            BinaryPrimitives.ReadInt32LittleEndian(frame[4..]),
            (CompressionCodec)frame[8]);
        return header.CompressedLength == content.Length && header.CompressedLength <= header.RawLength
            && header.RawLength <= MaximumContentOf(role) && frame[9] == (byte)role && frame[10] == 0 && frame[11] == 0
            ? header
            : throw new InvalidDataException("The frame's header contradicts its length.");
    }
}

/// <summary>What a frame is for. Sealed with it, so that content which looks like a directory can never be passed off
/// as one, by cutting a pack behind it.</summary>
internal enum FrameRole : byte
{
    Content = 0,
    Directory = 1,
    Log = 2,
    LogEnd = 3,
}

/// <summary>What the header of a frame says.</summary>
internal readonly record struct FrameHeader(int RawLength, int CompressedLength, CompressionCodec Codec);
