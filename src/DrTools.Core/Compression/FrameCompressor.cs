using System.IO.Compression;

namespace DrTools.Compression;

/// <summary>
/// Compresses frames, each on its own. One per worker: an instance is not for use by several threads at once.
/// </summary>
/// <remarks>
/// Zstandard where the system has it, otherwise Brotli. Either is given only as much room as makes it worthwhile, so
/// that it gives up by itself on data that does not shrink, which is then stored as it is.
/// </remarks>
internal sealed class FrameCompressor : IDisposable
{
    // Between the speed of quality 1 and the ratio of quality 4, from where on Brotli is slower than disks.
    private const int BrotliQuality = 3;

    // 1 MiB: a frame has no bytes further back.
    private const int BrotliWindowBits = 20;

    private readonly CompressionCodec _codec;
    private readonly ZstandardNative.CompressionContext? _zstandard;

    /// <summary>Creates a compressor.</summary>
    /// <param name="level">Zstandard's level: 1 to 22, negative ones for more speed; 0 is its default, 3.</param>
    /// <param name="codec">What to compress with; by default the best that is available.</param>
    /// <param name="tableLog">Size of Zstandard's hash and chain tables as a power of two; 0 for what the level says. Tables
    /// that the processor's first cache holds are searched faster, and miss some matches.</param>
    /// <exception cref="DrException"><see cref="DrError.LibraryMissing"/>: Zstandard is asked for and missing.</exception>
    public FrameCompressor(int level, CompressionCodec? codec = null, int tableLog = 0)
    {
        _codec = codec ?? (ZstandardLibrary.IsAvailable ? CompressionCodec.Zstandard : CompressionCodec.Brotli);
        if (_codec != CompressionCodec.Zstandard)
        {
            return;
        }

        if (!ZstandardLibrary.IsAvailable)
        {
            throw ZstandardLibrary.Missing();
        }

        _zstandard = ZstandardNative.CreateCompressionContext();
        if (_zstandard.IsInvalid)
        {
            throw new InsufficientMemoryException("Zstandard could not allocate a compression context.");
        }

        ThrowIfError(ZstandardNative.SetParameter(_zstandard, ZstandardNative.CompressionLevel, level));
        if (tableLog != 0)
        {
            ThrowIfError(ZstandardNative.SetParameter(_zstandard, ZstandardNative.HashLog, tableLog));
            ThrowIfError(ZstandardNative.SetParameter(_zstandard, ZstandardNative.ChainLog, tableLog));
        }
    }

    /// <summary>Room that <see cref="Compress"/> needs for this many bytes: it never makes them more.</summary>
    public static int MaximumLength(int rawLength) => rawLength;

    /// <summary>Compresses a frame.</summary>
    /// <param name="raw">The content.</param>
    /// <param name="destination">Takes the result; at least <see cref="MaximumLength"/> bytes.</param>
    /// <param name="codec">How the result is compressed: not at all when that would save less than 2 %.</param>
    /// <returns>Bytes written.</returns>
    public int Compress(ReadOnlySpan<byte> raw, Span<byte> destination, out CompressionCodec codec)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, MaximumLength(raw.Length), nameof(destination));
        var worthwhile = destination[..(raw.Length - ((raw.Length + 49) / 50))];
        var written = _codec switch
        {
            CompressionCodec.Zstandard => CompressZstandard(raw, worthwhile),
            CompressionCodec.Brotli => BrotliEncoder.TryCompress(raw, worthwhile, out var length, BrotliQuality, BrotliWindowBits) ? length : 0,
            _ => 0,
        };
        if (written > 0)
        {
            codec = _codec;
            return written;
        }

        codec = CompressionCodec.None;
        raw.CopyTo(destination);
        return raw.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _zstandard?.Dispose();

    private unsafe int CompressZstandard(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        fixed (byte* source = raw)
        fixed (byte* target = destination)
        {
            var result = ZstandardNative.Compress(_zstandard!, target, (nuint)destination.Length, source, (nuint)raw.Length);
            if (ZstandardNative.ErrorCode(result) == ZstandardNative.DestinationTooSmall)
            {
                return 0;
            }

            ThrowIfError(result);
            return (int)result;
        }
    }

    private static void ThrowIfError(nuint result)
    {
        if (ZstandardNative.ErrorCode(result) is not 0 and var code)
        {
            throw new InvalidOperationException($"Zstandard failed to compress (error {code}).");
        }
    }
}
