namespace DrTools.Stores;

/// <summary>Linux error numbers that stores tell apart (<c>errno(3)</c>, generic numbering).</summary>
internal static class Errno
{
    internal const int Perm = 1, NoEntry = 2, Interrupted = 4, TryAgain = 11, Access = 13, Exists = 17, NotFolder = 20,
        IsFolder = 21, Invalid = 22, NoSpace = 28, ReadOnlyFileSystem = 30, NoSystemCall = 38, NotSupported = 95,
        QuotaExceeded = 122;
}
