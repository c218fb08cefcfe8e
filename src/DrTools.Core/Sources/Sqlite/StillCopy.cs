using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrTools.Sources.Sqlite;

/// <summary>
/// Copies a database that nobody writes to as the files it is made of, and lets SQLite recover the copy: replay its WAL,
/// or undo what its hot journal says. This is for databases that cannot be read in place without writing to them: left
/// behind by a crashed writer, or on a read-only file system. That nobody wrote is seen from sizes and times, before and
/// after.
/// </summary>
internal sealed class StillCopy(string database, string target, SqliteSourceOptions options)
{
    private const int Attempts = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // The -shm file is an index of the WAL, made anew by whoever opens the database.
    private static readonly string[] Parts = ["", "-wal", "-journal"];

    public async Task<CopyOutcome> RunAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (attempt > 0)
            {
                await Task.Delay(Pause, options.Time, cancellationToken).ConfigureAwait(false);
            }

            var before = Look();
            WorkSpace.Require(target, 2 * before.Sum(part => Math.Max(0, part.Length)), options);
            await CopyPartsAsync(cancellationToken).ConfigureAwait(false);
            if (Look().SequenceEqual(before))
            {
                Recover();
                return new CopyOutcome("files", attempt, false);
            }

            WorkSpace.Remove(target);
        }

        throw new DrException(
            DrError.SourceFailure,
            $"The database {database} cannot be read in place, and it is being written to.",
            "Run as a user who may write to its folder (SQLite needs that to read a database in WAL mode), or stop the "
            + "program that writes to it, then back up again.")
        { Subject = database };
    }

    private (long Length, DateTime Modified)[] Look()
        => [.. Parts.Select(part => new FileInfo(database + part)).Select(file => file.Exists ? (file.Length, file.LastWriteTimeUtc) : (-1, default))];

    private async Task CopyPartsAsync(CancellationToken cancellationToken)
    {
        foreach (var part in Parts)
        {
            try
            {
                await using var from = new FileStream(database + part, new FileStreamOptions
                {
                    Access = FileAccess.Read,
                    Share = FileShare.ReadWrite | FileShare.Delete,
                    Options = FileOptions.SequentialScan,
                    BufferSize = 0,
                });
                await using var to = WorkSpace.CreateFile(target + part);
                await from.CopyToAsync(to, 1 << 20, cancellationToken).ConfigureAwait(false);
            }
            catch (FileNotFoundException) when (part.Length > 0)
            {
                // Only one of the two can be there, and a database that was closed has neither.
            }
            catch (UnauthorizedAccessException cause)
            {
                throw new DrException(
                    DrError.SourceFailure,
                    $"{database + part} may not be read.",
                    "Run as a user who may read the database with the files beside it.",
                    cause)
                { Subject = database + part };
            }
        }
    }

    private void Recover()
    {
        using (var copy = Connections.ReadWrite(target))
        {
            var code = Connections.TryQuery(copy.Handle!, "PRAGMA journal_mode", out var mode);
            if (code == raw.SQLITE_OK && mode == "wal")
            {
                code = Connections.TryQuery(copy.Handle!, "PRAGMA wal_checkpoint(TRUNCATE)", out _);
            }

            // A damaged database is worth keeping; its integrity check tells what it is.
            if (SqliteErrors.Primary(code) is not (raw.SQLITE_OK or raw.SQLITE_CORRUPT))
            {
                throw SqliteErrors.Failed(database, code, raw.sqlite3_errmsg(copy.Handle!).utf8_to_string(), target);
            }
        }

        foreach (var suffix in WorkSpace.Suffixes)
        {
            File.Delete(target + suffix);
        }
    }
}
