namespace DrTools.Compression;

/// <summary>How a frame is compressed. The value is stored with the frame, so it never changes its meaning.</summary>
public enum CompressionCodec : byte
{
    /// <summary>The bytes as they are.</summary>
    None = 0,

    /// <summary>One Zstandard frame (RFC 8878).</summary>
    Zstandard = 1,

    /// <summary>One Brotli stream (RFC 7932).</summary>
    Brotli = 2,
}
