using System.Text;
using DrTools.Platform.Posix;
using DrTools.Sources.Files;
using DrTools.Trees;

namespace DrTools.Sources.Sqlite;

/// <summary>A copy of a database as one file.</summary>
internal sealed class SqliteSession(string copy, TreeEntry entry, SourceFacts facts) : SourceSession
{
    public override SourceFacts Facts => facts;

    /// <summary>The entry of a database: metadata as its file has them, content that of the copy.</summary>
    public static TreeEntry Describe(string database)
    {
        // SQLite, too, follows a link to the file itself, and keeps the files beside it there.
        var file = new FileInfo(File.ResolveLinkTarget(database, returnFinalTarget: true)?.FullName ?? database);
        var entry = new TreeEntry { Path = Encoding.UTF8.GetBytes(Path.GetFileName(database)), Kind = EntryKind.File };
        if (OperatingSystem.IsLinux())
        {
            // A descriptor of the path alone: closing any other would drop SQLite's locks (fcntl(2)).
            var fd = Descriptor.OpenPath(Encoding.UTF8.GetBytes(file.FullName), Abi.PathOnly);
            try
            {
                if (fd >= 0 && FileStatus.OfDescriptor(fd, out var status) == 0)
                {
                    EntryReader.Refresh(entry, status);
                    return entry;
                }
            }
            finally
            {
                Descriptor.Close(fd);
            }
        }

        entry.ModifiedNs = (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        entry.ChangedNs = entry.ModifiedNs;
        return entry;
    }

    public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        entry.Size = new FileInfo(copy).Length;
        yield return entry;
    }

    public override SourceContent Open(TreeEntry entry)
    {
        try
        {
            var file = File.OpenHandle(copy, options: FileOptions.SequentialScan);
            entry.Size = RandomAccess.GetLength(file);
            return new SqliteContent(file, DatabaseHeader.Read(copy).PageSize);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new EntryUnreadableException($"The copy of the database cannot be opened: {cause.Message}", cause);
        }
    }

    public override ValueTask DisposeAsync()
    {
        WorkSpace.Remove(copy);
        return base.DisposeAsync();
    }
}
