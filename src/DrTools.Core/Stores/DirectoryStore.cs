using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace DrTools.Stores;

/// <summary>Objects as files in a folder: of a disk, or of a share that keeps what fsync and rename promise.</summary>
/// <remarks>
/// An object is written to a file in <c>tmp/</c>, flushed, moved to its name only if nothing has it, and then its
/// folder is flushed. So what a crash leaves behind lies in <c>tmp/</c> and is never taken for an object.
/// Folders are made when they are needed and removed when they become empty.
/// </remarks>
public sealed class DirectoryStore : IObjectStore
{
    private const int ReadHandles = 32;

    private const int ListAttempts = 20;

    private readonly StoreFolder _folder;
    private readonly DirectoryFailure _failure;
    private readonly HandleCache _readers = new(ReadHandles);
    private bool _disposed;

    private DirectoryStore(string location, StoreFolder folder, DirectoryFailure failure)
    {
        Location = location;
        _folder = folder;
        _failure = failure;
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <summary>For tests.</summary>
    internal StoreFolder Folder => _folder;

    /// <summary>For tests.</summary>
    internal int OpenReaders => _readers.Count;

    /// <summary>Opens the store in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="create">Whether to make it, durably and for its owner only, where there is none.</param>
    /// <exception cref="DrException"><see cref="DrError.RepositoryMissing"/> when there is no such folder,
    /// <see cref="DrError.StoreReadOnly"/> or <see cref="DrError.StoreFailure"/> when it cannot be made or opened.</exception>
    public static DirectoryStore Open(string folder, bool create)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var failure = new DirectoryFailure(folder, path);
        try
        {
            if (create)
            {
                MakeDurably(path);
            }

            if (!Directory.Exists(path))
            {
                throw File.Exists(path) ? new IOException("It is a file.", Errno.NotFolder) : new DirectoryNotFoundException();
            }

            return new DirectoryStore(folder, StoreFolder.Open(path), failure);
        }
        catch (Exception e) when (DirectoryFailure.Covers(e))
        {
            throw failure.Opening(create, e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        return await OnPool(() => new DirectoryObjectWriter(_folder, _failure, Location, name, blocksCaller: false), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryPutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        return await OnPool(() => TryPut(name, content.Span), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ObjectWriter Create(string name)
    {
        ObjectName.Require(name);
        return new DirectoryObjectWriter(_folder, _failure, Location, name, blocksCaller: true);
    }

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(name, offset, buffer.Span));
    }

    /// <inheritdoc/>
    public int Read(string name, long offset, Span<byte> buffer)
    {
        ObjectName.Require(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        try
        {
            using var reader = UseReader(name);
            try
            {
                return Fill(reader.Handle, offset, buffer);
            }
            catch (Exception e) when (DirectoryFailure.Covers(e))
            {
                _readers.Drop(reader);
                throw;
            }
        }
        catch (Exception e) when (DirectoryFailure.Covers(e))
        {
            throw _failure.Reading(name, e);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Files whose names cannot be those of objects are passed over.</remarks>
    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        ObjectName.RequirePrefix(prefix);
        return ListFolderAsync(prefix, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        return await OnPool(() => Delete(name), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>These are temporary files that no process has open. On a share without locks the age alone tells a dead
    /// writer from a slow one.</remarks>
    public async ValueTask<int> RemoveAbandonedAsync(TimeSpan olderThan, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        var limit = time.GetUtcNow() - olderThan;
        return await OnPool(() => RemoveAbandoned(limit, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary><see cref="DisposeAsync"/> on the caller's thread.</summary>
    internal void Close()
    {
        _disposed = true;
        _readers.Dispose();
        _folder.Dispose();
    }

    /// <summary>Names of the objects directly below a prefix, in no order, without what a listing costs beyond that.</summary>
    internal List<string> ListNames(string prefix)
    {
        try
        {
            var names = new List<string>();
            foreach (var name in _folder.ReadNames(prefix[..^1]))
            {
                if (ObjectName.IsSegment(name))
                {
                    names.Add(prefix + name);
                }
            }

            return names;
        }
        catch (Exception e) when (DirectoryFailure.Covers(e))
        {
            throw _failure.Listing(prefix, e);
        }
    }

    private static void MakeDurably(string path)
    {
        var missing = new Stack<string>();
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            missing.Push(folder);
        }

        foreach (var folder in missing)
        {
            if (!OperatingSystem.IsLinux())
            {
                Directory.CreateDirectory(folder);
                continue;
            }

            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            LinuxStoreFolder.FlushFolder(Path.GetDirectoryName(folder)!);
        }
    }

    private static int Fill(SafeFileHandle handle, long offset, Span<byte> buffer)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var read = RandomAccess.Read(handle, buffer[filled..], offset + filled);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return filled;
    }

    // Disks make wait, and the caller's thread has other work.
    private Task<T> OnPool<T>(Func<T> work, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Task.Run(work, cancellationToken);
    }

    private bool TryPut(string name, ReadOnlySpan<byte> content)
    {
        var writer = new DirectoryObjectWriter(_folder, _failure, Location, name, blocksCaller: true);
        try
        {
            writer.Write(content);
            return writer.TryCommit();
        }
        finally
        {
            writer.Abandon();
        }
    }

    private bool Delete(string name)
    {
        try
        {
            _readers.Drop(name);
            return _folder.Remove(name);
        }
        catch (Exception e) when (DirectoryFailure.Covers(e))
        {
            throw _failure.Removing(name, e);
        }
    }

    private HandleCache.Use UseReader(string name)
    {
        if (_readers.Find(name) is { } kept)
        {
            // Another process may have removed the object, and its open handle would go on reading it.
            if (!_folder.IsRemoved(kept.Handle))
            {
                return kept;
            }

            _readers.Drop(kept);
            kept.Dispose();
        }

        return _readers.Add(name, _folder.OpenRead(name));
    }

    private async IAsyncEnumerable<StoredObject> ListFolderAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A folder sorts by its name with the slash: that is what the full names of its objects go on with.
        foreach (var entry in await OnPool(() => ReadFolder(prefix), cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.Name[^1] != '/')
            {
                yield return entry;
                continue;
            }

            await foreach (var inner in ListFolderAsync(entry.Name, cancellationToken).ConfigureAwait(false))
            {
                yield return inner;
            }
        }
    }

    /// <summary>The objects of one folder, and its sub-folders with a slash at their end, in ordinal order.</summary>
    private List<StoredObject> ReadFolder(string prefix)
    {
        // When a name was gone before its file could be looked at, what took its place may not have been among the names:
        // of two objects of which there always is one, neither would be listed.
        for (var attempt = 1; ; attempt++)
        {
            var (entries, isSteady) = ReadFolderOnce(prefix);
            if (isSteady || attempt == ListAttempts)
            {
                entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
                return entries;
            }
        }
    }

    private (List<StoredObject> Entries, bool IsSteady) ReadFolderOnce(string prefix)
    {
        var entries = new List<StoredObject>();
        var isSteady = true;
        try
        {
            foreach (var info in new DirectoryInfo(_folder.PathOf(prefix)).EnumerateFileSystemInfos("*", EveryEntry))
            {
                if (!ObjectName.IsSegment(info.Name) || (prefix.Length == 0 && info.Name == ObjectName.Reserved))
                {
                    continue;
                }

                if (info is DirectoryInfo)
                {
                    entries.Add(new StoredObject(prefix + info.Name + "/", 0, default));
                }
                else if (info is FileInfo { Exists: true } file)
                {
                    // Length and time come from the same reading of the file as Exists.
                    entries.Add(new StoredObject(prefix + info.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc)));
                }
                else
                {
                    isSteady = false;
                }
            }
        }
        catch (DirectoryNotFoundException) when (prefix.Length > 0)
        {
            // Removed with its last object, or never made. The store's own folder is another matter: a share that has
            // gone is not an empty store.
        }
        catch (Exception e) when (DirectoryFailure.Covers(e))
        {
            throw _failure.Listing(prefix, e);
        }

        return (entries, isSteady);
    }

    private int RemoveAbandoned(DateTimeOffset limit, CancellationToken cancellationToken)
    {
        var removed = 0;
        try
        {
            foreach (var file in new DirectoryInfo(_folder.TempFolder).EnumerateFiles("*", EveryEntry))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (file.Exists && file.LastWriteTimeUtc <= limit.UtcDateTime && _folder.TryRemoveUnusedTemp(file.FullName))
                {
                    removed++;
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was ever written.
        }
        catch (Exception e) when (DirectoryFailure.Covers(e))
        {
            throw _failure.Removing("abandoned temporary files", e);
        }

        return removed;
    }

    private static EnumerationOptions EveryEntry { get; } = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
    };
}
