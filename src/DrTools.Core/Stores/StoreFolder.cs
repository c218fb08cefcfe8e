using Microsoft.Win32.SafeHandles;

namespace DrTools.Stores;

/// <summary>
/// What a directory store needs of an operating system. Failures are <see cref="IOException"/>s and
/// <see cref="UnauthorizedAccessException"/>s as the system gives them; <see cref="DirectoryFailure"/> explains them.
/// </summary>
internal abstract class StoreFolder(string path) : IDisposable
{
    /// <summary>The full path of the store's folder.</summary>
    internal string FullPath { get; } = path;

    internal string TempFolder => Path.Combine(FullPath, ObjectName.Reserved);

    internal static StoreFolder Open(string path) =>
        OperatingSystem.IsLinux() ? new LinuxStoreFolder(path)
        : OperatingSystem.IsWindows() ? new WindowsStoreFolder(path)
        : throw new PlatformNotSupportedException("Directory stores work on Linux and Windows.");

    internal string PathOf(string name) => Path.Combine(FullPath, name);

    // Random as any, and without loading OpenSSL.
    internal string NewTempPath() => Path.Combine(TempFolder, Guid.NewGuid().ToString("N"));

    /// <summary>Creates an empty file for a new object. While it is open, it is marked as in use.</summary>
    internal abstract (SafeFileHandle Handle, string Path) CreateTemp();

    /// <summary>Gives a complete and flushed temporary file its name, durably.</summary>
    /// <returns><see langword="false"/> when the name is taken, durably too; the temporary file is left then.</returns>
    internal abstract bool Publish(string tempPath, string name);

    internal abstract void RemoveTemp(string tempPath);

    /// <summary>Removes a temporary file unless a writer, in whatever process, still has it open.</summary>
    internal abstract bool TryRemoveUnusedTemp(string tempPath);

    internal abstract SafeFileHandle OpenRead(string name);

    /// <summary>Names of what lies in a folder; none when there is no such folder.</summary>
    internal virtual List<string> ReadNames(string folder)
    {
        var path = PathOf(folder);
        return Directory.Exists(path) ? [.. Directory.EnumerateFiles(path).Select(f => Path.GetFileName(f))] : [];
    }

    /// <summary>Whether an open object has been removed meanwhile.</summary>
    internal abstract bool IsRemoved(SafeFileHandle handle);

    /// <summary>Removes an object durably, and the folders that are empty then.</summary>
    /// <returns><see langword="false"/> when there was none.</returns>
    internal abstract bool Remove(string name);

    public abstract void Dispose();

    /// <summary>The folder part of a name, empty for the top.</summary>
    private protected static string ParentOf(string name) => name.LastIndexOf('/') is var i and >= 0 ? name[..i] : "";

    private protected static string LeafOf(string name) => name[(name.LastIndexOf('/') + 1)..];
}
