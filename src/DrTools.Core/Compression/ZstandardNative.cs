using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DrTools.Compression;

/// <summary>The functions of <c>zstd.h</c> that are used, all of its stable part. A <c>size_t</c> result may hold an
/// error, which is the negated code.</summary>
internal static partial class ZstandardNative
{
    /// <summary><c>ZSTD_c_compressionLevel</c>.</summary>
    public const int CompressionLevel = 100;

    /// <summary><c>ZSTD_error_dstSize_tooSmall</c>; the codes below 100 are fixed since 1.3.1.</summary>
    public const int DestinationTooSmall = 70;

    private const string Library = "libzstd";

    // The unversioned libzstd.so comes with the -dev package only. An assembly can have one resolver: a second library
    // that needs one is added here.
    static ZstandardNative() => NativeLibrary.SetDllImportResolver(typeof(ZstandardNative).Assembly, Resolve);

    [LibraryImport(Library, EntryPoint = "ZSTD_versionNumber")]
    public static partial uint VersionNumber();

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    public static partial CompressionContext CreateCompressionContext();

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    public static partial DecompressionContext CreateDecompressionContext();

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

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    private static partial nuint FreeCompressionContext(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeDecompressionContext(nint context);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Library)
        {
            return 0;
        }

        string[] candidates = OperatingSystem.IsWindows() ? ["libzstd.dll", "zstd.dll"]
            : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib"]
            : ["libzstd.so.1"];
        foreach (var candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, assembly, searchPath, out var handle))
            {
                return handle;
            }
        }

        return 0;
    }

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
