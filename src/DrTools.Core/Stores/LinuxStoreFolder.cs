using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace DrTools.Stores;

/// <summary>
/// Durable files on Linux. Objects are published through handles of their folders: each handle was opened before its
/// folder's entry was made durable, so that a folder which another process removed and a third made again is never
/// mistaken for it: the old handle fails with ENOENT, and the folder is made, opened and flushed anew.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxStoreFolder : StoreFolder
{
    // Packs and the like are usually spread over up to 256 folders; each miss costs a flush.
    private const int FolderHandles = 300;

    // Only a remover that empties the same folder again and again uses up more than one.
    private const int PublishAttempts = 100;

    private readonly SafeFileHandle _root;
    private readonly HandleCache _folders = new(FolderHandles);
    private readonly int _folderMode;
    private readonly int _fileMode;
    private volatile bool _renameUnsupported;

    internal LinuxStoreFolder(string path)
        : base(path)
    {
        _root = OpenFolder(path);

        // A repository without a passphrase has its key in it, so what others could read would be no secret. The
        // group has what it has on the store's folder, except that no object is ever written again.
        var mode = (int)File.GetUnixFileMode(path);
        _folderMode = 0b111_000_000 | (mode & 0b111_000);
        _fileMode = 0b110_000_000 | (mode & 0b100_000);
    }

    /// <summary>For tests: does without renameat2, as on NFS.</summary>
    internal bool RenameUnsupported
    {
        set => _renameUnsupported = value;
    }

    /// <summary>Flushes a folder's entries. Some network and FUSE file systems refuse this; they have no such cache.</summary>
    internal static void FlushFolder(string path)
    {
        using var folder = OpenFolder(path);
        FlushFolder(folder);
    }

    internal override (SafeFileHandle Handle, string Path) CreateTemp()
    {
        var path = NewTempPath();
        for (var attempt = 1; ; attempt++)
        {
            int error;
            using (UseFolder(ObjectName.Reserved))
            {
                var descriptor = Libc.Open(path, Libc.Create | Libc.Exclusive | Libc.WriteOnly | Libc.CloseOnExec, _fileMode);
                if (descriptor >= 0)
                {
                    var handle = new SafeFileHandle(descriptor, ownsHandle: true);

                    // Where locks are not supported, the age alone tells what is abandoned.
                    _ = Libc.Lock(handle, Libc.LockShared | Libc.LockNoWait);
                    return (handle, path);
                }

                error = Marshal.GetLastPInvokeError();
            }

            if (error != Errno.NoEntry || attempt == PublishAttempts)
            {
                throw Libc.Failure(error);
            }

            _folders.Drop(ObjectName.Reserved);
        }
    }

    internal override bool Publish(string tempPath, string name)
    {
        var (parent, leaf) = (ParentOf(name), LeafOf(name));
        for (var attempt = 1; ; attempt++)
        {
            using (var folder = UseFolder(parent))
            {
                var error = MoveNoReplace(tempPath, folder.Handle, leaf);
                if (error == 0)
                {
                    FlushPublished(folder.Handle, leaf);
                    return true;
                }

                if (error == Errno.Exists)
                {
                    // The winner may not have come to this yet, and who is told that the name is taken may rely on it.
                    FlushFolder(folder.Handle);
                    return false;
                }

                if (error != Errno.NoEntry || attempt == PublishAttempts || !File.Exists(tempPath))
                {
                    throw Libc.Failure(error);
                }
            }

            _folders.Drop(parent);
        }
    }

    internal override void RemoveTemp(string tempPath)
    {
        if (Libc.Unlink(tempPath) != 0 && Marshal.GetLastPInvokeError() is var error and not Errno.NoEntry)
        {
            throw Libc.Failure(error);
        }
    }

    internal override bool TryRemoveUnusedTemp(string tempPath)
    {
        var descriptor = Libc.Open(tempPath, Libc.ReadWrite | Libc.CloseOnExec, 0);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError() is Errno.NoEntry ? false : throw Libc.Failure();
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Libc.Lock(handle, Libc.LockExclusive | Libc.LockNoWait) != 0 && Marshal.GetLastPInvokeError() == Errno.TryAgain)
        {
            return false;
        }

        return Libc.Unlink(tempPath) == 0 || (Marshal.GetLastPInvokeError() is Errno.NoEntry ? false : throw Libc.Failure());
    }

    internal override SafeFileHandle OpenRead(string name)
    {
        // Not File.OpenHandle: that would take a lock on what is never written.
        var descriptor = Libc.Open(PathOf(name), Libc.ReadOnly | Libc.CloseOnExec, 0);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Libc.Failure();
    }

    internal override List<string> ReadNames(string folder)
    {
        try
        {
            return Libc.ReadNames(PathOf(folder));
        }
        catch (IOException e) when (e.HResult == Errno.NoEntry)
        {
            return [];
        }
    }

    internal override bool IsRemoved(SafeFileHandle handle) => Libc.LinkCount(handle) == 0;

    internal override bool Remove(string name)
    {
        if (Libc.Unlink(PathOf(name)) != 0)
        {
            return Marshal.GetLastPInvokeError() is Errno.NoEntry or Errno.NotFolder or Errno.IsFolder ? false : throw Libc.Failure();
        }

        FlushNearest(ParentOf(name));
        for (var folder = ParentOf(name); folder.Length > 0; folder = ParentOf(folder))
        {
            if (Libc.RemoveFolder(PathOf(folder)) != 0)
            {
                // Not empty, most often. An empty folder that stays is no harm.
                break;
            }

            _folders.Drop(folder);
        }

        return true;
    }

    public override void Dispose()
    {
        _folders.Dispose();
        _root.Dispose();
    }

    private static SafeFileHandle OpenFolder(string path)
    {
        // O_DIRECTORY has another number on every architecture; "/." means the same.
        var descriptor = Libc.Open(path + "/.", Libc.ReadOnly | Libc.CloseOnExec, 0);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Libc.Failure();
    }

    private static void FlushFolder(SafeFileHandle folder)
    {
        while (Libc.Sync(folder) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case Errno.Interrupted:
                    continue;
                case Errno.Invalid or Errno.NotSupported or Errno.NoSystemCall:
                    return;
                case var error:
                    throw Libc.Failure(error);
            }
        }
    }

    private static void FlushPublished(SafeFileHandle folder, string leaf)
    {
        try
        {
            FlushFolder(folder);
        }
        catch (IOException)
        {
            // Nobody can tell whether it would survive a crash, so it must not stay visible.
            _ = Libc.UnlinkAt(folder, leaf, 0);
            throw;
        }
    }

    private int MoveNoReplace(string tempPath, SafeFileHandle folder, string leaf)
    {
        if (!_renameUnsupported)
        {
            try
            {
                if (Libc.RenameAt2(Libc.CurrentFolder, tempPath, folder, leaf, Libc.RenameNoReplace) == 0)
                {
                    return 0;
                }

                var error = Marshal.GetLastPInvokeError();
                if (error is not (Errno.Invalid or Errno.NoSystemCall or Errno.NotSupported))
                {
                    return error;
                }
            }
            catch (EntryPointNotFoundException)
            {
                // An older musl; every glibc that .NET runs on has it.
            }

            _renameUnsupported = true;
        }

        if (Libc.LinkAt(Libc.CurrentFolder, tempPath, folder, leaf, 0) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        // The object is there; that its other name stays is for RemoveAbandonedAsync.
        _ = Libc.Unlink(tempPath);
        return 0;
    }

    private HandleCache.Use UseFolder(string folder)
    {
        if (_folders.Find(folder) is { } kept)
        {
            return kept;
        }

        for (var attempt = 1; ; attempt++)
        {
            var error = TryMakeFolder(folder, out var made);
            if (error == 0)
            {
                return _folders.Add(folder, made!);
            }

            if (error != Errno.NoEntry || attempt == PublishAttempts || folder.Length == 0)
            {
                throw Libc.Failure(error);
            }

            // The parent was removed after its handle was opened.
            _folders.Drop(ParentOf(folder));
        }
    }

    private int TryMakeFolder(string folder, out SafeFileHandle? made)
    {
        made = null;
        if (folder.Length == 0)
        {
            var top = Libc.OpenAt(_root, ".", Libc.ReadOnly | Libc.CloseOnExec, 0);
            made = top >= 0 ? new SafeFileHandle(top, ownsHandle: true) : null;
            return top >= 0 ? 0 : Marshal.GetLastPInvokeError();
        }

        made = TryOpenSettled(folder);
        if (made is not null)
        {
            return 0;
        }

        var leaf = LeafOf(folder);
        using var parent = UseFolder(ParentOf(folder));
        if (Libc.MakeFolderAt(parent.Handle, leaf, _folderMode) != 0
            && Marshal.GetLastPInvokeError() is var makeError and not Errno.Exists)
        {
            return makeError;
        }

        var descriptor = Libc.OpenAt(parent.Handle, leaf + "/.", Libc.ReadOnly | Libc.CloseOnExec, 0);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        made = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            // Also where it existed: whoever made it may not have come to this yet.
            FlushFolder(parent.Handle);
        }
        catch (IOException)
        {
            made.Dispose();
            throw;
        }

        return 0;
    }

    /// <summary>Opens a folder whose parents need no flush: whoever put into it what lies in it has made it durable before, and
    /// what is being written need not survive a crash.</summary>
    private SafeFileHandle? TryOpenSettled(string folder)
    {
        var descriptor = Libc.Open(PathOf(folder) + "/.", Libc.ReadOnly | Libc.CloseOnExec, 0);
        if (descriptor < 0)
        {
            // It is not there yet, most often; making it tells.
            return null;
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            if (folder == ObjectName.Reserved || Libc.HasNames(handle))
            {
                return handle;
            }
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Flushes a folder, or where it is gone by now, the nearest one above, which has lost it.</summary>
    private void FlushNearest(string folder)
    {
        while (true)
        {
            try
            {
                FlushFolder(PathOf(folder));
                return;
            }
            catch (IOException e) when (e.HResult == Errno.NoEntry && folder.Length > 0)
            {
                folder = ParentOf(folder);
            }
        }
    }
}
