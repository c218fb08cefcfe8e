using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrTools.Sources.Sqlite;

/// <summary>
/// Copies a database that is in use, through the online backup API (https://www.sqlite.org/backup.html).
/// </summary>
/// <remarks>
/// <para>In WAL mode a read transaction is a snapshot that stops no writer, so the whole copy is made inside one: it is
/// of the moment when it began, and never starts again.</para>
/// <para>With a rollback journal a reader stops writers from committing. The lock is held for one step at a time; when
/// somebody commits in between, SQLite starts the copy again by itself. After
/// <see cref="SqliteSourceOptions.MaxRestarts"/> of these the lock is kept until the end.</para>
/// <para>The database is opened read-only. Its file is never opened in any other way: closing any descriptor of a file
/// gives up all locks (fcntl) that the process has on it, those of other connections included.</para>
/// </remarks>
internal sealed class OnlineCopy(string database, string target, SqliteSourceOptions options)
{
    private readonly BusyWait _busy = new(database, options);

    /// <summary>Makes the copy.</summary>
    /// <returns><see langword="null"/> if the database cannot be read in place (<see cref="SqliteErrors.NeedsStillCopy"/>).</returns>
    public async Task<CopyOutcome?> TryAsync(CancellationToken cancellationToken)
    {
        var hadWal = WalSideFiles.Exist(database);
        try
        {
            using var source = OpenSource();
            return await TryAsync(source.Handle!, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!hadWal)
            {
                WalSideFiles.RemoveEmpty(database);
            }
        }
    }

    private SqliteConnection OpenSource()
    {
        try
        {
            return Connections.ReadOnly(database);
        }
        catch (SqliteException cause)
        {
            throw SqliteErrors.CannotOpen(database, cause);
        }
    }

    private async Task<CopyOutcome?> TryAsync(sqlite3 source, CancellationToken cancellationToken)
    {
        // Lets a database with a damaged schema, or one that is shorter than its header says, be copied all the same:
        // the integrity check of the copy tells. It concerns this connection only, and that one cannot write.
        _ = Connections.TryQuery(source, "PRAGMA writable_schema=ON", out _);

        string? journalMode = null;
        var code = await _busy.UntilFreeAsync(
            () => Connections.TryQuery(source, "PRAGMA journal_mode", out journalMode), cancellationToken).ConfigureAwait(false);
        var held = false;
        if (code == raw.SQLITE_OK && journalMode == "wal")
        {
            code = await HoldAsync(source, cancellationToken).ConfigureAwait(false);
            held = true;
        }

        string? pageSize = null, pageCount = null;
        if (code == raw.SQLITE_OK)
        {
            code = await _busy.UntilFreeAsync(
                () => Connections.TryQuery(source, "PRAGMA page_count", out pageCount), cancellationToken).ConfigureAwait(false);
        }

        if (code == raw.SQLITE_OK)
        {
            code = Connections.TryQuery(source, "PRAGMA page_size", out pageSize);
        }

        if (code != raw.SQLITE_OK)
        {
            return SqliteErrors.NeedsStillCopy(code) ? null : throw Failure(code, source);
        }

        var bytesPerPage = int.Parse(pageSize!, System.Globalization.CultureInfo.InvariantCulture);
        var pages = long.Parse(pageCount!, System.Globalization.CultureInfo.InvariantCulture);
        WorkSpace.Require(target, pages * bytesPerPage, options);
        using var copy = WorkSpace.CreateDatabase(target);
        return await StepAsync(source, copy.Handle!, bytesPerPage, held, cancellationToken).ConfigureAwait(false);
    }

    private async Task<CopyOutcome?> StepAsync(
        sqlite3 source, sqlite3 copy, int pageSize, bool held, CancellationToken cancellationToken)
    {
        using var backup = raw.sqlite3_backup_init(copy, "main", source, "main");
        if (backup.IsInvalid)
        {
            throw Failure(raw.sqlite3_extended_errcode(copy), copy);
        }

        var pagesPerStep = Math.Max(1, options.StepBytes / pageSize);
        var (copied, restarts, inOneGo) = (0, 0, false);
        while (true)
        {
            var code = await _busy.UntilFreeAsync(
                () => raw.sqlite3_backup_step(backup, pagesPerStep), cancellationToken).ConfigureAwait(false);
            if (SqliteErrors.Primary(code) is not (raw.SQLITE_OK or raw.SQLITE_DONE))
            {
                return SqliteErrors.NeedsStillCopy(code) ? null : throw Failure(code, copy);
            }

            var total = raw.sqlite3_backup_pagecount(backup);
            var before = copied;
            copied = total - raw.sqlite3_backup_remaining(backup);
            options.Progress?.Report(new SqliteCopyProgress(copied, total, pageSize, restarts));
            if (code == raw.SQLITE_DONE)
            {
                return new CopyOutcome("online", restarts, inOneGo);
            }

            if (held)
            {
                continue;
            }

            if (copied < before + pagesPerStep && ++restarts > options.MaxRestarts)
            {
                code = await HoldAsync(source, cancellationToken).ConfigureAwait(false);
                if (code != raw.SQLITE_OK)
                {
                    throw Failure(code, source);
                }

                held = inOneGo = true;
                continue;
            }

            await Task.Delay(options.StepPause, options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Begins a read transaction, which lasts until the connection is closed.</summary>
    private async Task<int> HoldAsync(sqlite3 source, CancellationToken cancellationToken)
    {
        var code = Connections.TryQuery(source, "BEGIN", out _);
        return code != raw.SQLITE_OK
            ? code
            : await _busy.UntilFreeAsync(
                () => Connections.TryQuery(source, "PRAGMA user_version", out _), cancellationToken).ConfigureAwait(false);
    }

    private DrException Failure(int code, sqlite3 where)
        => SqliteErrors.Failed(database, code, raw.sqlite3_errmsg(where).utf8_to_string(), target);
}
