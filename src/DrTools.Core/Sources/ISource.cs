using DrTools.Trees;

namespace DrTools.Sources;

/// <summary>Something to protect, which turns itself into entries.</summary>
public interface ISource
{
    /// <summary>Its canonical name: the scheme, a colon and an absolute location (<c>files:/etc</c>).</summary>
    string Name { get; }

    /// <summary>Endings of files that belong to a source of one file and would spoil a restored copy beside which they
    /// lie (<c>-wal</c>).</summary>
    IReadOnlyList<string> SideFileSuffixes => [];

    /// <summary>Starts one consistent reading of it.</summary>
    /// <exception cref="DrException"><see cref="DrError.SourceMissing"/> or <see cref="DrError.SourceFailure"/>.</exception>
    ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken);

    /// <summary>
    /// Checks a restored copy with the means of the source (its own integrity check, row counts).
    /// </summary>
    /// <param name="restored">The folder that the entries were restored into.</param>
    /// <param name="facts">What was recorded at backup time.</param>
    /// <param name="cancellationToken">Stops the checks.</param>
    /// <returns>One result for each check; a check that could not run has not passed.</returns>
    ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken);
}

/// <summary>What a source is given for one reading.</summary>
public sealed class SourceContext
{
    /// <summary>A folder for temporary files, private to this reading, removed afterwards by the engine.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>Takes an entry that could not be read, or not as it should be. May be called from any thread.</summary>
    public required Action<EntryIssue> Report { get; init; }

    /// <summary>Absolute path of the repository when it is a local folder: it must not back itself up.</summary>
    public string? RepositoryFolder { get; init; }
}

/// <summary>An entry that is missing from a backup, or not as it should be.</summary>
/// <param name="Path">The path for people (<see cref="TreePath.Display"/>).</param>
/// <param name="Problem">What happened, as a sentence.</param>
/// <param name="IsLoss">Whether content or metadata is missing (the backup is then partial), not just remarkable.</param>
public sealed record EntryIssue(string Path, string Problem, bool IsLoss);

/// <summary>The outcome of one check.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Passed">Whether it held. A check that could not run has not passed.</param>
/// <param name="Detail">The figures, or why it failed.</param>
/// <param name="Duration">How long it took.</param>
public sealed record SourceCheck(string Name, bool Passed, string Detail, TimeSpan Duration);

/// <summary>What a source says of itself at backup time, recorded in the manifest and compared after a restore.</summary>
public sealed record SourceFacts
{
    /// <summary>Nothing known.</summary>
    public static SourceFacts None { get; } = new();

    /// <summary>Version of the engine that holds the data (<c>SQLite 3.35.5</c>), where there is one.</summary>
    public string? Engine { get; init; }

    /// <summary>Rows per table at the moment of the backup, where the source has tables.</summary>
    public IReadOnlyList<TableRows> Tables { get; init; } = [];

    /// <summary>Further facts by name (page size, journal mode).</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();
}

/// <summary>Rows of a table.</summary>
/// <param name="Table">The table's name.</param>
/// <param name="Rows">Its number of rows.</param>
public sealed record TableRows(string Table, long Rows);

/// <summary>One consistent reading of a source.</summary>
public abstract class SourceSession : IAsyncDisposable
{
    /// <summary>What the source says of itself; complete when the session has been opened.</summary>
    public virtual SourceFacts Facts => SourceFacts.None;

    /// <summary>Whether an entry with the size and times of the last backup is known to have its content too.
    /// Otherwise every file is read.</summary>
    public virtual bool DetectsChanges => false;

    /// <summary>
    /// Every entry, each folder before what it holds, in the order of <see cref="TreePath.Compare"/>. The first is the
    /// root (the empty path), except that a source of a single file yields that one entry and no root. Entries that
    /// cannot be read are reported and left out.
    /// </summary>
    public abstract IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken);

    /// <summary>
    /// Opens a regular file of <see cref="ReadEntries"/>, and completes the entry with what only an open file tells
    /// (current size, times, extended attributes). Called from several threads at once.
    /// </summary>
    /// <exception cref="EntryUnreadableException">It cannot be read.</exception>
    public abstract SourceContent Open(TreeEntry entry);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The bytes of a regular file, read from start to end.</summary>
public abstract class SourceContent : IDisposable
{
    /// <summary>Bytes per chunk when the content is made of blocks of one size (database pages); 0 when chunks should
    /// be cut where the content says.</summary>
    public virtual int BlockSize => 0;

    /// <summary>Skips a hole that starts at the current position.</summary>
    /// <returns>The length of the hole in bytes; 0 when there is data here.</returns>
    public virtual long SkipHole() => 0;

    /// <summary>Reads on, never past the start of the next hole.</summary>
    /// <returns>Bytes read; 0 at the end of the content or where a hole starts.</returns>
    /// <exception cref="EntryUnreadableException">It cannot be read.</exception>
    public abstract int Read(Span<byte> buffer);

    /// <summary>Whether the file still is as it was when it was opened, so that what was read is of one moment.</summary>
    public abstract bool IsUnchanged();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the file.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>An entry of a source cannot be read; the rest can.</summary>
public sealed class EntryUnreadableException(string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Whether the entry was deleted since the walk met it: remarkable, but nothing is missing from a backup
    /// that does not hold it.</summary>
    public bool Vanished { get; init; }
}
