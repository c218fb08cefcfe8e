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

    /// <summary>
    /// Checks a copy that was restored for nothing else, with everything that a source can do with one: it may be changed,
    /// run, moved away and used up. By default the checks of <see cref="CheckRestoredAsync"/>; assertions then have not
    /// passed, for they could not run.
    /// </summary>
    /// <returns>As for <see cref="CheckRestoredAsync"/>.</returns>
    async ValueTask<IReadOnlyList<SourceCheck>> CheckScratchAsync(ScratchCopy copy, CancellationToken cancellationToken)
    {
        var checks = await CheckRestoredAsync(copy.Folder, copy.Backup.Facts, cancellationToken).ConfigureAwait(false);
        return [.. checks, .. copy.Assertions.Select(a => new SourceCheck($"assertion: {a}", false, "could not run: sources of this kind take no assertions", TimeSpan.Zero))];
    }
}

/// <summary>What a source is given for one reading.</summary>
public sealed class SourceContext
{
    /// <summary>A folder for temporary files, private to this reading, removed afterwards by the engine.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>Takes an entry that could not be read, or not as it should be. May be called from any thread.</summary>
    public required Action<EntryIssue> Report { get; init; }

    /// <summary>Takes what is worth knowing about how the backup was taken, as a sentence. May be called from any
    /// thread.</summary>
    public Action<string> Note { get; init; } = _ => { };

    /// <summary>The log archive of the repository that the backup goes to. A source whose backups need logs makes sure that
    /// they have arrived here.</summary>
    public Repositories.Logs.LogArchive? Logs { get; init; }

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
public sealed record SourceCheck(string Name, bool Passed, string Detail, TimeSpan Duration)
{
    /// <summary>Whether it did not run for lack of something optional (a tool that is not installed, checksums that are
    /// off). It has not passed then, but it does not fail the verification either; who relies on it looks for it.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Whether it tells against the copy.</summary>
    public bool Failed => !Passed && !IsOptional;
}

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
