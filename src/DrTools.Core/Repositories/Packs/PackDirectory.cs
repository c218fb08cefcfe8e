using DrTools.Content;
using DrTools.Serialization;

namespace DrTools.Repositories.Packs;

/// <summary>A chunk in the directory of a pack.</summary>
internal readonly record struct PackedChunk(int OffsetInFrame, int Length, ContentHash Hash);

/// <summary>A frame in the directory of a pack, with the chunks that it holds.</summary>
internal sealed record PackedFrame(long Offset, int StoredLength, int RawLength, IReadOnlyList<PackedChunk> Chunks);

/// <summary>
/// What the frames of a pack hold. It lets an interrupted backup be resumed from its packs alone, and tells a
/// verification what every frame must contain.
/// </summary>
internal sealed class PackDirectory
{
    private readonly ByteWriter _frames = new(64 << 10);
    private int _frameCount;

    public int ChunkCount { get; private set; }

    /// <summary>Adds the next frame.</summary>
    public void Add(int storedLength, ReadOnlySpan<PackedChunk> chunks)
    {
        _frames.VarInt((ulong)storedLength);
        _frames.VarInt((ulong)chunks.Length);
        Span<byte> hash = stackalloc byte[ContentHash.Length];
        foreach (var chunk in chunks)
        {
            _frames.VarInt((ulong)chunk.Length);
            chunk.Hash.CopyTo(hash);
            _frames.Bytes(hash);
        }

        _frameCount++;
        ChunkCount += chunks.Length;
    }

    public byte[] Serialize(PackKind kind)
    {
        var header = new ByteWriter(16);
        header.Byte((byte)kind);
        header.VarInt((ulong)_frameCount);
        return [.. header.Written, .. _frames.Written];
    }

    /// <exception cref="InvalidDataException">It is malformed.</exception>
    public static (PackKind Kind, IReadOnlyList<PackedFrame> Frames) Parse(ReadOnlySpan<byte> content)
    {
        var reader = new ByteReader(content);
        var kind = (PackKind)reader.Byte();
        if (!Enum.IsDefined(kind))
        {
            throw new InvalidDataException("The pack is of an unknown kind.");
        }

        // A frame holds one chunk at least, and a chunk takes its length and its hash.
        var frames = new PackedFrame[reader.Count(2 + 1 + ContentHash.Length)];
        var offset = (long)PackFormat.PrologueLength;
        for (var f = 0; f < frames.Length; f++)
        {
            var storedLength = reader.VarInt(PackFormat.MaximumFrameLength);
            var chunks = new PackedChunk[reader.Count(1 + ContentHash.Length)];
            var raw = 0;
            for (var c = 0; c < chunks.Length; c++)
            {
                var length = reader.VarInt(PackFormat.MaximumFrameContent - raw);
                chunks[c] = new PackedChunk(raw, length, new ContentHash(reader.Bytes(ContentHash.Length)));
                raw += length;
            }

            if (storedLength <= PackFormat.FrameOverhead || raw == 0)
            {
                throw new InvalidDataException("A frame is empty.");
            }

            frames[f] = new PackedFrame(offset, storedLength, raw, chunks);
            offset += storedLength;
        }

        return reader.Remaining == 0 ? (kind, frames) : throw new InvalidDataException("The directory has a tail.");
    }
}
