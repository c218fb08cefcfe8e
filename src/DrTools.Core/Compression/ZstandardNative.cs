using System.Runtime.InteropServices;
using DrTools.Platform;
using Microsoft.Win32.SafeHandles;

namespace DrTools.Compression;

/// <summary>The functions of <c>zstd.h</c> that are used, all of its stable part. A <c>size_t</c> result may hold an
/// error, which is the negated code.</summary>
internal static partial class ZstandardNative
{
    /// <summary><c>ZSTD_c_compressionLevel</c>.</summary>
    public const int CompressionLevel = 100;

    /// <summary><c>ZSTD_c_hashLog</c>.</summary>
    public const int HashLog = 102;

    /// <summary><c>ZSTD_c_chainLog</c>.</summary>
    public const int ChainLog = 103;

    /// <summary><c>ZSTD_error_dstSize_tooSmall</c>; the codes below 100 are fixed since 1.3.1.</summary>
    public const int DestinationTooSmall = 70;

    private const string Library = NativeLibraries.Zstandard;

    static ZstandardNative() => NativeLibraries.Register();

    [LibraryImport(Library, EntryPoint = "ZSTD_versionNumber")]
    public static partial uint VersionNumber();

    public static CompressionContext CreateCompressionContext()
    {
        var context = new CompressionContext();
        Marshal.InitHandle(context, NewCompressionContext());
        return context;
    }

    public static DecompressionContext CreateDecompressionContext()
    {
        var context = new DecompressionContext();
        Marshal.InitHandle(context, NewDecompressionContext());
        return context;
    }

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    public static partial nuint SetParameter(CompressionContext context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_compress2")]
    public static unsafe partial nuint Compress(
        CompressionContext context, byte* destination, nuint capacity, byte* source, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressDCtx")]
    public static unsafe partial nuint Decompress(
        DecompressionContext context, byte* destination, nuint capacity, byte* source, nuint length);

    /// <summary>The error code that a result holds, or 0.</summary>
    public static int ErrorCode(nuint result)
    {
        var negated = (nuint)0 - result;
        return result != 0 && negated <= 120 ? (int)negated : 0;
    }

    // Not as handles: to make one by itself, the marshaller takes reflection.
    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    private static partial nint NewCompressionContext();

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static partial nint NewDecompressionContext();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    private static partial nuint FreeCompressionContext(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeDecompressionContext(nint context);

    /// <summary>A <c>ZSTD_CCtx</c>.</summary>
    internal sealed class CompressionContext() : SafeHandleZeroOrMinusOneIsInvalid(true)
    {
        protected override bool ReleaseHandle() => FreeCompressionContext(handle) == 0;
    }

    /// <summary>A <c>ZSTD_DCtx</c>.</summary>
    internal sealed class DecompressionContext() : SafeHandleZeroOrMinusOneIsInvalid(true)
    {
        protected override bool ReleaseHandle() => FreeDecompressionContext(handle) == 0;
    }
}
