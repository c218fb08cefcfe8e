using Microsoft.Win32.SafeHandles;

namespace DrTools.Stores;

/// <summary>
/// Durable files on Windows. NTFS journals its folders in order, and there is nothing to flush about them; a file that
/// is marked for deletion keeps its name until its last handle is closed, so removal waits for no reader but a new
/// object of that name does.
/// </summary>
internal sealed class WindowsStoreFolder(string path) : StoreFolder(path)
{
    private const int PublishAttempts = 100;
    private const int FileExists = unchecked((int)0x80070050), AlreadyExists = unchecked((int)0x800700B7);

    internal override (SafeFileHandle Handle, string Path) CreateTemp()
    {
        var path = NewTempPath();
        Directory.CreateDirectory(TempFolder);
        return (File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete), path);
    }

    internal override bool Publish(string tempPath, string name)
    {
        var path = PathOf(name);
        for (var attempt = 1; ; attempt++)
        {
            Directory.CreateDirectory(PathOf(ParentOf(name)));
            try
            {
                File.Move(tempPath, path, overwrite: false);
                return true;
            }
            catch (IOException e) when (e.HResult is FileExists or AlreadyExists)
            {
                return false;
            }
            catch (DirectoryNotFoundException) when (attempt < PublishAttempts)
            {
                // A remover took the folder that had been empty until now.
            }
        }
    }

    internal override void RemoveTemp(string tempPath) => File.Delete(tempPath);

    internal override bool TryRemoveUnusedTemp(string tempPath)
    {
        const int sharingViolation = unchecked((int)0x80070020);
        try
        {
            using (File.OpenHandle(tempPath, FileMode.Open, FileAccess.ReadWrite, FileShare.Delete))
            {
                File.Delete(tempPath);
                return true;
            }
        }
        catch (IOException e) when (e is FileNotFoundException || e.HResult == sharingViolation)
        {
            return false;
        }
    }

    internal override SafeFileHandle OpenRead(string name) =>
        File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);

    // Its handles keep it alive and nothing cheap tells; objects are immutable, so what is read is right.
    internal override bool IsRemoved(SafeFileHandle handle) => false;

    internal override bool Remove(string name)
    {
        if (!File.Exists(PathOf(name)))
        {
            return false;
        }

        File.Delete(PathOf(name));
        for (var folder = ParentOf(name); folder.Length > 0; folder = ParentOf(folder))
        {
            try
            {
                Directory.Delete(PathOf(folder));
            }
            catch (IOException)
            {
                // Not empty, most often. An empty folder that stays is no harm.
                break;
            }
        }

        return true;
    }

    public override void Dispose()
    {
        // Nothing is kept open.
    }
}
