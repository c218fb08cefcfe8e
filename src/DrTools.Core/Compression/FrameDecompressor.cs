using System.Buffers;
using System.IO.Compression;

namespace DrTools.Compression;

/// <summary>
/// Decompresses frames, whichever codec each was written with. One per worker: an instance is not for use by several
/// threads at once.
/// </summary>
/// <remarks>
/// The length of the content is known beforehand and nothing is ever written beyond it, so a frame cannot expand into
/// more than the caller has made room for. Neither codec carries a checksum here: the seal around a frame has
/// authenticated it already, and what remains is to fail cleanly on anything else.
/// </remarks>
internal sealed class FrameDecompressor : IDisposable
{
    private readonly bool _hasZstandard;
    private ZstandardNative.DecompressionContext? _zstandard;

    /// <summary>Creates a decompressor.</summary>
    public FrameDecompressor()
        : this(ZstandardLibrary.IsAvailable)
    {
    }

    /// <summary>Creates a decompressor that may have to do without Zstandard.</summary>
    internal FrameDecompressor(bool hasZstandard) => _hasZstandard = hasZstandard;

    /// <summary>Decompresses a frame.</summary>
    /// <param name="codec">How it is compressed.</param>
    /// <param name="stored">The frame.</param>
    /// <param name="raw">Takes the content, which must fill it exactly; undefined after a failure.</param>
    /// <exception cref="InvalidDataException">The frame is damaged, or its content is longer or shorter.</exception>
    /// <exception cref="DrException"><see cref="DrError.LibraryMissing"/>.</exception>
    public void Decompress(CompressionCodec codec, ReadOnlySpan<byte> stored, Span<byte> raw)
    {
        switch (codec)
        {
            case CompressionCodec.None when stored.Length == raw.Length:
                stored.CopyTo(raw);
                break;
            case CompressionCodec.None:
                throw new InvalidDataException($"A stored frame has {stored.Length} bytes instead of {raw.Length}.");
            case CompressionCodec.Zstandard:
                DecompressZstandard(stored, raw);
                break;
            case CompressionCodec.Brotli:
                DecompressBrotli(stored, raw);
                break;
            default:
                throw new InvalidDataException($"A frame names the unknown codec {(byte)codec}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _zstandard?.Dispose();

    private unsafe void DecompressZstandard(ReadOnlySpan<byte> stored, Span<byte> raw)
    {
        if (_zstandard is null)
        {
            if (!_hasZstandard)
            {
                throw ZstandardLibrary.Missing();
            }

            _zstandard = ZstandardNative.CreateDecompressionContext();
            if (_zstandard.IsInvalid)
            {
                throw new InsufficientMemoryException("Zstandard could not allocate a decompression context.");
            }
        }

        nuint result;
        fixed (byte* source = stored)
        fixed (byte* target = raw)
        {
            result = ZstandardNative.Decompress(_zstandard, target, (nuint)raw.Length, source, (nuint)stored.Length);
        }

        if (ZstandardNative.ErrorCode(result) is not 0 and var code)
        {
            throw new InvalidDataException($"A Zstandard frame of {stored.Length} bytes does not decompress to {raw.Length} bytes (error {code}).");
        }

        // No bytes at all are a valid sequence of no frames.
        if (result != (nuint)raw.Length || stored.IsEmpty)
        {
            throw new InvalidDataException($"A Zstandard frame holds {result} bytes instead of {raw.Length}.");
        }
    }

    private static void DecompressBrotli(ReadOnlySpan<byte> stored, Span<byte> raw)
    {
        using var decoder = default(BrotliDecoder);
        var status = decoder.Decompress(stored, raw, out var consumed, out var written);
        if (status != OperationStatus.Done || consumed != stored.Length || written != raw.Length)
        {
            throw new InvalidDataException($"A Brotli frame of {stored.Length} bytes does not decompress to {raw.Length} bytes ({status}).");
        }
    }
}
