using DrTools.Backup;
using DrTools.Concurrency;
using DrTools.Trees;

namespace DrTools.Sources;

/// <summary>
/// One consistent reading of a source. The engine calls, in this order: <see cref="Accept"/> for each backup that it
/// could build on, until one is accepted, and then <see cref="PrepareAsync"/>; <see cref="ReadEntries"/>, with <see cref="Open"/> for the files that have to
/// be read; <see cref="ReadFinalEntriesAsync"/>, when all of that has been read; and last <see cref="Facts"/>.
/// </summary>
public abstract class SourceSession : IAsyncDisposable
{
    /// <summary>What the source says of itself. Read at the very end, so it may tell what only the end of a backup
    /// shows (a stop position).</summary>
    public virtual SourceFacts Facts => SourceFacts.None;

    /// <summary>The least version of the repository format that holds what this session reads: 2 when it opens
    /// <see cref="PagedSourceContent"/>.</summary>
    public virtual int FormatVersion => 1;

    /// <summary>Whether an entry with the size and times of the last backup is known to have its content too
    /// (<see cref="IsUnchanged"/> says it in detail). Otherwise every file is read.</summary>
    public virtual bool DetectsChanges => false;

    /// <summary>
    /// Whether entries, those of <see cref="ReadFinalEntriesAsync"/> included, come in the order of
    /// <see cref="TreePath.Compare"/>. If not, they may come in any order and of unknown size; the engine keeps their
    /// records in the work folder and sorts them (some 80 bytes of memory for each), and of entries with one path the
    /// last one counts.
    /// </summary>
    public virtual bool IsOrdered => true;

    /// <summary>
    /// Whether content is a stream: it has to be opened and read right after the entry, before the next entry is asked
    /// for. One thread then reads, and others compress. An entry whose content is not wanted is not opened.
    /// </summary>
    public virtual bool IsSequential => false;

    /// <summary>
    /// Says whether a backup of this source is one that the new one can be compared with, before anything is read. Once
    /// it has been accepted it is the one, and the session may use its <see cref="BackupInfo.Facts"/>. When none is
    /// accepted the backup is a full one.
    /// </summary>
    /// <param name="parent">The backup.</param>
    /// <param name="why">Why not, as a sentence for people, which becomes a note of the backup.</param>
    public virtual bool Accept(BackupInfo parent, out string? why)
    {
        why = null;
        return true;
    }

    /// <summary>Gets ready once a parent has been accepted, before anything is read.</summary>
    /// <param name="files">What of it can be referred to. Good until this method has ended.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public virtual ValueTask PrepareAsync(ParentFiles files, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>
    /// Every entry, each folder before what it holds, in the order of <see cref="TreePath.Compare"/> unless
    /// <see cref="IsOrdered"/> says otherwise. The first is the root (the empty path), except that a source of a single
    /// file yields that one entry and no root. Entries that cannot be read are reported and left out.
    /// </summary>
    /// <remarks>The size of a file may be <see cref="UnknownSize"/> where entries are not ordered.</remarks>
    public abstract IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken);

    /// <summary>
    /// Entries that can be told only when everything of <see cref="ReadEntries"/> has been read to its end (what the
    /// server writes about the backup when it is stopped). They are opened like the others, and are never taken for
    /// unchanged.
    /// </summary>
    /// <exception cref="DrException">The backup cannot be completed; nothing of it will exist.</exception>
    public virtual IAsyncEnumerable<TreeEntry> ReadFinalEntriesAsync(CancellationToken cancellationToken) => AsyncSequence.Empty<TreeEntry>();

    /// <summary>
    /// Opens a regular file of <see cref="ReadEntries"/> or <see cref="ReadFinalEntriesAsync"/>, and completes the entry
    /// with what only an open file tells (current size, times, extended attributes). Called from several threads at
    /// once, unless <see cref="IsSequential"/>.
    /// </summary>
    /// <exception cref="EntryUnreadableException">It cannot be read.</exception>
    public abstract SourceContent Open(TreeEntry entry);

    /// <summary>Whether a file, by what the walk tells of it, is as the accepted parent has it, so that it need not even
    /// be opened. Asked only where <see cref="DetectsChanges"/>, for files that are in both under one path and that the
    /// parent read without their changing meanwhile. The entry of the parent then stands.</summary>
    /// <param name="entry">The entry now.</param>
    /// <param name="before">The entry of the parent.</param>
    public virtual bool IsUnchanged(TreeEntry entry, TreeEntry before)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(before);
        return entry.Size == before.Size && entry.ModifiedNs == before.ModifiedNs && entry.ChangedNs == before.ChangedNs;
    }

    /// <summary>The size of a file that shows only when it has been read (<see cref="TreeEntry.Size"/>).</summary>
    public const long UnknownSize = -1;

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
