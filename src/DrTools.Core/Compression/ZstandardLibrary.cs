namespace DrTools.Compression;

/// <summary>The system's Zstandard library (package <c>libzstd1</c> on Debian, <c>libzstd</c> on Red Hat).</summary>
public static class ZstandardLibrary
{
    // ZSTD_compress2 became stable in 1.4.0.
    private const uint OldestUsable = 10400;

    private static readonly uint _versionNumber = ReadVersion();

    /// <summary>Whether it is present and recent enough (1.4.0).</summary>
    public static bool IsAvailable => _versionNumber >= OldestUsable;

    /// <summary>Its version (<c>1.5.4</c>), or <see langword="null"/> where it is missing.</summary>
    public static string? Version => _versionNumber == 0
        ? null
        : string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{_versionNumber / 10000}.{_versionNumber / 100 % 100}.{_versionNumber % 100}");

    /// <summary>The error of an operation that cannot do without the library.</summary>
    internal static DrException Missing() => new(
        DrError.LibraryMissing,
        Version is { } version
            ? $"The Zstandard library of this system is too old ({version}; at least 1.4.0 is needed)."
            : "The data is compressed with Zstandard, and the library libzstd is not installed on this system.",
        "Install it (Debian and Ubuntu: apt-get install libzstd1; Red Hat: dnf install libzstd; Windows: put libzstd.dll beside DrTools).");

    private static uint ReadVersion()
    {
        try
        {
            return ZstandardNative.VersionNumber();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return 0;
        }
    }
}
