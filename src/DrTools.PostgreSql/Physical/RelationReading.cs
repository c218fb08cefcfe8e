using System.Collections.Concurrent;
using DrTools.Sources;

namespace DrTools.PostgreSql.Physical;

/// <summary>What holds for the reading of all relation files of a backup, and what was found damaged.</summary>
/// <param name="start">Where the backup starts in the log.</param>
/// <param name="hasWritten">Whether an LSN is one that the server can have given by now.</param>
/// <param name="report">Takes entries that are not as they should be.</param>
/// <param name="verify">Whether pages have checksums.</param>
/// <param name="segmentPages">Pages per segment file.</param>
internal sealed class RelationReading(Func<ulong> start, Func<ulong, bool> hasWritten, Action<EntryIssue> report, bool verify, uint segmentPages)
{
    /// <summary>More damaged pages than this are not waited for: the disk is broken, not the timing.</summary>
    private const int MostWaits = 64;

    private const int MostListed = 1000;

    private readonly ConcurrentDictionary<string, bool> _damaged = new(StringComparer.Ordinal);
    private int _damagedPages;

    /// <summary>Whether pages have checksums.</summary>
    public bool Verify => verify;

    /// <summary>Pages per segment file.</summary>
    public uint SegmentPages => segmentPages;

    /// <summary>Where the backup starts in the log.</summary>
    public ulong Start => start();

    /// <summary>Whether to wait before a damaged page is read again.</summary>
    public bool IsPatient => Volatile.Read(ref _damagedPages) < MostWaits;

    /// <summary>Number of damaged pages.</summary>
    public int DamagedPages => Volatile.Read(ref _damagedPages);

    /// <summary>The files with damaged pages, for the next backup, which must not build on them; <see langword="null"/> for
    /// none, <c>*</c> when there are too many.</summary>
    public string? DamagedFiles => _damaged.IsEmpty ? null : _damaged.Count > MostListed ? "*" : string.Join(' ', _damaged.Keys.Order(StringComparer.Ordinal));

    /// <summary>See <see cref="ServerBackup.HasWritten"/>.</summary>
    public bool HasWritten(ulong lsn) => hasWritten(lsn);

    /// <summary>Counts a damaged page.</summary>
    public void CountDamaged() => Interlocked.Increment(ref _damagedPages);

    /// <summary>Notes a file with damaged pages.</summary>
    public void AddDamaged(string path) => _damaged[path] = true;

    /// <summary>Tells of an entry that is not as it should be.</summary>
    public void Report(EntryIssue issue) => report(issue);
}
