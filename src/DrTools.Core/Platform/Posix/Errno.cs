using System.Runtime.InteropServices;

namespace DrTools.Platform.Posix;

/// <summary>Error numbers. The wrappers of this folder return them negated, as the kernel does, so that an error that
/// is expected costs no exception.</summary>
internal static class Errno
{
    internal const int NotPermitted = 1;
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int NoSuchAddress = 6;
    internal const int AccessDenied = 13;
    internal const int Exists = 17;
    internal const int CrossDevice = 18;
    internal const int NotDirectory = 20;
    internal const int IsDirectory = 21;
    internal const int Invalid = 22;
    internal const int NoSpace = 28;
    internal const int Range = 34;
    internal const int NotImplemented = 38;
    internal const int NotEmpty = 39;
    internal const int Loop = 40;
    internal const int NoData = 61;
    internal const int NotSupported = 95;
    internal const int Quota = 122;

    /// <summary>The C library's sentence for an error number, positive or negated.</summary>
    internal static string Text(long error) => Marshal.GetPInvokeErrorMessage((int)Math.Abs(error));

    /// <summary>The result of a call, or its negated error number.</summary>
    internal static int Of(nint result) => result < 0 ? -Marshal.GetLastPInvokeError() : (int)result;

    /// <summary>The result of a call, or its negated error number.</summary>
    internal static long OfLong(long result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;
}
