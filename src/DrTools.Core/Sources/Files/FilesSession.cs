using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Sources.Files;

/// <summary>One reading of a tree.</summary>
internal sealed class FilesSession(TreeRoot root, byte[]? singleFile, TreeScope scope) : SourceSession
{
    // A change within the granularity of a file system's clock (two seconds on FAT, some milliseconds on ext4) can
    // leave the time stamps as they are.
    private const long RacyNs = 2_000_000_000;

    private readonly uint _user = LibC.EffectiveUser();

    /// <inheritdoc/>
    public override bool DetectsChanges => true;

    /// <inheritdoc/>
    public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken)
    {
        if (singleFile is not null)
        {
            if (ReadSingleFile(singleFile) is { } file)
            {
                yield return file;
            }

            yield break;
        }

        using var walk = new TreeWalk(root, scope);
        while (walk.Next() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    /// <inheritdoc/>
    /// <remarks>A <see cref="EntryKind.HardLink"/> can be opened too, for when the first name of the file is gone.</remarks>
    public override SourceContent Open(TreeEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var fd = OpenFile(entry);
        try
        {
            var error = FileStatus.OfDescriptor(fd, out var status);
            if (error < 0)
            {
                throw Unreadable(error);
            }

            if (!status.IsFile)
            {
                throw new EntryUnreadableException("It was a regular file, and something else took its place.");
            }

            EntryReader.Refresh(entry, status);
            entry.Flags = IsRacy(status) ? entry.Flags | EntryFlags.Racy : entry.Flags & ~EntryFlags.Racy;
            entry.Attributes = scope.ReadAttributes(new AttributedFile(fd), entry.Path);
            return new FilesContent(fd, status);
        }
        catch
        {
            Descriptor.Close(fd);
            throw;
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        root.Dispose();
        return base.DisposeAsync();
    }

    private int OpenFile(TreeEntry entry)
    {
        // Without O_NONBLOCK a named pipe that took the file's place would block until someone writes to it.
        // Only the owner and the superuser may ask that the access time be left alone.
        const int Flags = Abi.ReadOnly | Abi.NonBlocking;
        var mayKeepTime = _user == 0 || _user == entry.UserId;
        var fd = root.Open(entry.Path, mayKeepTime ? Flags | Abi.NoAccessTime : Flags);
        if (fd == -Errno.NotPermitted && mayKeepTime)
        {
            fd = root.Open(entry.Path, Flags);
        }

        return fd >= 0 ? fd : throw Unreadable(fd);
    }

    private static EntryUnreadableException Unreadable(int error) => -error switch
    {
        Errno.NoEntry => new EntryUnreadableException("It was deleted during the backup.") { Vanished = true },
        Errno.Loop or Errno.NotDirectory => new EntryUnreadableException(
            "A symbolic link or a file took the place of it or of a folder above it; it was not followed."),
        _ => new EntryUnreadableException($"It could not be opened: {Errno.Text(error)}."),
    };

    /// <summary>Every write moves ctime to the present, so that a ctime in the future means a clock set back. An mtime
    /// counts where there is no ctime; a far one in the future was set by someone and means nothing.</summary>
    private bool IsRacy(in FileStatus status)
    {
        var now = PosixTime.ToNanoseconds(scope.Options.Clock.GetUtcNow());
        return status.ChangedNs > now - RacyNs
            || (status.ModifiedNs > now - RacyNs && status.ModifiedNs < now + RacyNs);
    }

    private TreeEntry? ReadSingleFile(byte[] name)
    {
        var error = FileStatus.OfName(root.Fd, name, out var status);
        if (error == 0 && status.IsFile)
        {
            return EntryReader.Create(name, EntryKind.File, status);
        }

        scope.ReportLoss(name, error < 0
            ? $"It could not be read: {Errno.Text(error)}."
            : "It was a regular file, and something else took its place.");
        return null;
    }
}
