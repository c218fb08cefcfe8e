using DrTools.Content;

namespace DrTools.Repositories.Manifests;

/// <summary>
/// The frames that the extents of paged files referred to last, the latest first, each with the offset at which the last
/// extent in it ended. A file of which every backup stored some pages takes turns between a few frames and goes forward in
/// each of them; so its extents take a few bytes.
/// </summary>
internal sealed class RecentFrames
{
    /// <summary>How many are remembered; part of the format.</summary>
    public const int Capacity = 16;

    private readonly (FrameLocation Frame, int End)[] _frames = new (FrameLocation, int)[Capacity];

    public int Count { get; private set; }

    public ref (FrameLocation Frame, int End) this[int index] => ref _frames[index];

    public void Clear() => Count = 0;

    /// <returns>Its place; −1 when it is not among them.</returns>
    public int IndexOf(FrameLocation frame)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_frames[i].Frame == frame)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Puts a new frame first; the last one is forgotten.</summary>
    public void Add(FrameLocation frame)
    {
        Count = Math.Min(Count + 1, Capacity);
        _frames.AsSpan(0, Count - 1).CopyTo(_frames.AsSpan(1));
        _frames[0] = (frame, 0);
    }

    /// <summary>Puts one of them first.</summary>
    public void Use(int index)
    {
        var used = _frames[index];
        _frames.AsSpan(0, index).CopyTo(_frames.AsSpan(1));
        _frames[0] = used;
    }
}
