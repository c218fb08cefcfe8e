namespace DrTools.Content;

/// <summary>A frame of a pack: where its sealed bytes lie.</summary>
/// <param name="Pack">Index of the pack in the pack table at hand; negative for a hole.</param>
/// <param name="Offset">Offset of the frame in the pack, bytes.</param>
/// <param name="StoredLength">Length of the frame in the pack with its header and tag, bytes.</param>
public readonly record struct FrameLocation(int Pack, long Offset, int StoredLength);

/// <summary>A run of content: a part of a frame, or a hole.</summary>
/// <param name="Frame">The frame that holds it.</param>
/// <param name="OffsetInFrame">Where it starts in the frame's content, bytes.</param>
/// <param name="Length">Its length in bytes; only a hole may exceed a frame's.</param>
/// <param name="Hash">SHA-256 of the run; unused for a hole.</param>
public readonly record struct Extent(FrameLocation Frame, int OffsetInFrame, long Length, ContentHash Hash)
{
    private const int HolePack = -1;

    /// <summary>Whether it stands for zeros that are stored nowhere.</summary>
    public bool IsHole => Frame.Pack == HolePack;

    /// <summary>Zeros that are stored nowhere.</summary>
    public static Extent Hole(long length) => new(new FrameLocation(HolePack, 0, 0), 0, length, default);
}
