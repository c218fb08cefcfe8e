namespace DrTools.Sources.Sqlite;

/// <summary>
/// A SQLite database, backed up while it is in use: a consistent copy is made through the online backup API, checked,
/// and read from there. The database itself is opened read-only and never changed.
/// </summary>
/// <remarks>
/// <para>A database in WAL mode is copied as of one moment, and its writers go on; its WAL cannot be reset meanwhile, so
/// it grows. With a rollback journal the copy is made in steps between which writers may commit; each commit starts it
/// again, and after <see cref="SqliteSourceOptions.MaxRestarts"/> the rest is one step during which writers wait.</para>
/// <para>What was never committed is not in a backup, nor are databases that are attached to this one: each is a source
/// of its own.</para>
/// <para>Opening a database in WAL mode creates its <c>-wal</c> and <c>-shm</c> files where nobody else has it open.
/// They are removed again, unless this process may not write to the database. After a crash of its writer, the
/// <c>-shm</c> file that is created beside the <c>-wal</c> stays; it holds nothing that the next program to open the
/// database would not make again. Like any program that opens a SQLite file, another reader of the same file in this
/// very process that does not go through SQLite (such as a backup of files) gives up SQLite's locks when it closes it.
/// </para>
/// </remarks>
public sealed class SqliteSource : ISource
{
    /// <summary>The scheme of its names, without the colon.</summary>
    public const string Scheme = "sqlite";

    private readonly string _database;
    private readonly SqliteSourceOptions _options;

    /// <summary>Creates a source; nothing is opened yet.</summary>
    /// <param name="path">The database file; a relative path counts from the current folder.</param>
    /// <param name="options">How it is copied.</param>
    /// <exception cref="DrException"><see cref="DrError.SourceUnknown"/>: this is not the name of a file.</exception>
    public SqliteSource(string path, SqliteSourceOptions? options = null)
    {
        if (string.IsNullOrEmpty(path) || path.Contains('\0', StringComparison.Ordinal) || Path.EndsInDirectorySeparator(path))
        {
            throw new DrException(
                DrError.SourceUnknown, $"'{path}' is not the path of a database file.", "Write it as sqlite:/path/to/file.db.");
        }

        _database = Path.GetFullPath(path);
        _options = options ?? new SqliteSourceOptions();
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> SideFileSuffixes => ["-wal", "-shm", "-journal"];

    /// <inheritdoc/>
    public string Name => $"{Scheme}:{_database}";

    /// <summary>Reads a name such as <c>sqlite:/var/lib/shop/shop.db</c> or <c>sqlite:./shop.db</c>.</summary>
    /// <exception cref="DrException"><see cref="DrError.SourceUnknown"/>.</exception>
    public static SqliteSource Parse(string name, SqliteSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith(Scheme + ":", StringComparison.Ordinal)
            ? new SqliteSource(name[(Scheme.Length + 1)..], options)
            : throw new DrException(
                DrError.SourceUnknown, $"'{name}' is not the name of a SQLite database.", "Write it as sqlite:/path/to/file.db.");
    }

    /// <inheritdoc/>
    /// <exception cref="DrException"><see cref="DrError.SourceMissing"/>, <see cref="DrError.SourceFailure"/> or
    /// <see cref="DrError.OutOfSpace"/>.</exception>
    public async ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!File.Exists(_database))
        {
            throw new DrException(
                DrError.SourceMissing,
                Directory.Exists(_database) ? $"{_database} is a folder, not a database." : $"There is no database {_database}.",
                "Check the path; a folder is backed up as files:/path.")
            { Subject = _database };
        }

        // SQLite blocks its thread while it reads and writes.
        return await Task.Run(() => CopyAsync(context, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(
        string restored, SourceFacts facts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var database = Path.Combine(Path.GetFullPath(restored), Path.GetFileName(_database));
        return await Task.Run(
            () => new RestoredDatabase(database, facts, _options.Time).Check(cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private async Task<SourceSession> CopyAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var copy = Path.Combine(Path.GetFullPath(context.WorkFolder), "copy.db");
        try
        {
            var entry = SqliteSession.Describe(_database);
            var outcome = await new OnlineCopy(_database, copy, _options).TryAsync(cancellationToken).ConfigureAwait(false);
            if (outcome is null)
            {
                WorkSpace.Remove(copy);
                outcome = await new StillCopy(_database, copy, _options).RunAsync(cancellationToken).ConfigureAwait(false);
            }

            if (outcome.InOneGo)
            {
                context.Report(new EntryIssue(
                    entry.DisplayPath,
                    $"The database changed {outcome.Restarts} times while it was copied; the copy was then made in one go, and "
                    + "writers had to wait. WAL mode would avoid that.",
                    IsLoss: false));
            }

            var facts = DatabaseFacts.Read(copy, outcome, entry.DisplayPath, context.Report, cancellationToken);
            return new SqliteSession(copy, entry, facts);
        }
        catch
        {
            WorkSpace.Remove(copy);
            throw;
        }
    }
}
