using System.Numerics;

namespace DrTools.Chunking;

/// <summary>Lengths that content is cut into. Content cut with other parameters shares hardly a chunk, so a
/// repository keeps its parameters for life.</summary>
public sealed record ChunkerParameters
{
    /// <summary>64 KiB, 256 KiB and 1 MiB.</summary>
    public static ChunkerParameters Default { get; } = new();

    /// <summary>Bytes that a chunk has at least, unless the content ends; at least 64.</summary>
    public int MinimumLength { get; init; } = 64 << 10;

    /// <summary>Bytes around which the length of chunks is held; a power of two.</summary>
    public int NormalLength { get; init; } = 256 << 10;

    /// <summary>Bytes that a chunk has at most.</summary>
    public int MaximumLength { get; init; } = 1 << 20;

    /// <summary>Throws when the lengths do not fit together.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    internal void Validate()
    {
        if (MinimumLength < ContentChunker.Window || NormalLength <= MinimumLength || MaximumLength <= NormalLength || !BitOperations.IsPow2(NormalLength))
        {
            throw new ArgumentException(
                $"Chunks of {MinimumLength}, {NormalLength} and {MaximumLength} bytes: needed are {ContentChunker.Window} <= minimum < normal < maximum, and a power of two as the normal length.");
        }
    }
}
