using DrTools.Content;

namespace DrTools.Repositories.Packs;

/// <summary>Collects chunks into the content of one frame.</summary>
internal sealed class FrameBuffer
{
    private readonly byte[] _content = GC.AllocateUninitializedArray<byte>(PackFormat.MaximumFrameContent);
    private readonly List<PackedChunk> _chunks = [];

    public int Length { get; private set; }

    public int ChunkCount => _chunks.Count;

    /// <summary>What is still free, to be filled before <see cref="Add"/>.</summary>
    public Memory<byte> Free => _content.AsMemory(Length);

    public ReadOnlySpan<byte> Content => _content.AsSpan(0, Length);

    public ReadOnlySpan<PackedChunk> Chunks => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_chunks);

    /// <summary>Makes the first bytes of <see cref="Free"/> a chunk.</summary>
    /// <returns>Its offset in the frame.</returns>
    public int Add(int length, ContentHash hash)
    {
        var offset = Length;
        _chunks.Add(new PackedChunk(offset, length, hash));
        Length += length;
        return offset;
    }

    public void Clear()
    {
        _chunks.Clear();
        Length = 0;
    }
}
