using DrTools.Repositories.Packs;

namespace DrTools.Copies;

/// <summary>Neighbouring frames that are read and written together.</summary>
/// <param name="First">Index of the first.</param>
/// <param name="Count">Their number.</param>
/// <param name="Offset">Where the first one starts in the pack.</param>
/// <param name="Length">Their length in bytes.</param>
internal readonly record struct PackWindow(int First, int Count, long Offset, int Length)
{
    /// <summary>The most that a window has, bytes: several frames, and a few windows to a pack. Every worker has two, one
    /// to write and one to read back.</summary>
    public const int MaximumLength = 4 << 20;

    /// <summary>Divides the frames of a pack.</summary>
    public static IEnumerable<PackWindow> Of(IReadOnlyList<PackedFrame> frames)
    {
        for (var first = 0; first < frames.Count;)
        {
            var (count, length) = (0, 0);
            while (first + count < frames.Count && length + frames[first + count].StoredLength <= MaximumLength)
            {
                length += frames[first + count].StoredLength;
                count++;
            }

            yield return new PackWindow(first, count, frames[first].Offset, length);
            first += count;
        }
    }
}
