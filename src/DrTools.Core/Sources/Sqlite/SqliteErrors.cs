using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrTools.Sources.Sqlite;

/// <summary>What SQLite's result codes (https://www.sqlite.org/rescode.html) mean for a backup.</summary>
internal static class SqliteErrors
{
    /// <summary>The primary code of an extended one.</summary>
    public static int Primary(int code) => code & 0xFF;

    /// <summary>Whether another connection holds a lock, so that waiting may help.</summary>
    public static bool IsBusy(int code) => Primary(code) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>
    /// Whether the file can be opened and still not be read in place: reading it would need a file to be written that
    /// cannot be (a WAL index in a read-only folder), or a crashed writer's changes to be undone first (a hot journal);
    /// or the database is damaged so badly that only its bytes can be saved.
    /// </summary>
    public static bool NeedsStillCopy(int code)
        => Primary(code) is raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_CORRUPT;

    public static DrException CannotOpen(string database, SqliteException cause)
        => new(
            DrError.SourceMissing,
            $"The database {database} cannot be opened: {raw.sqlite3_errstr(cause.SqliteErrorCode).utf8_to_string()}.",
            "Run as a user who may read the file and its folder.",
            cause)
        { Subject = database };

    public static DrException Locked(string database, TimeSpan waited)
        => new(
            DrError.SourceFailure,
            $"The database {database} stayed locked by another process for {waited.TotalSeconds:0.#} s.",
            "End the transaction that holds the lock (`fuser -v` with the file's name shows who has it open), close a "
            + "program that uses PRAGMA locking_mode=EXCLUSIVE, or allow a longer wait; then back up again.")
        { Subject = database };

    public static DrException Failed(string database, int code, string message, string copy)
        => Primary(code) switch
        {
            raw.SQLITE_NOTADB => new DrException(
                DrError.SourceFailure,
                $"{database} is not a SQLite database, or it is encrypted.",
                "Check the path. Back up an encrypted database as a file (files:) while nothing writes to it, or let "
                + "its program export it.")
            { Subject = database },
            raw.SQLITE_FULL => new DrException(
                DrError.OutOfSpace,
                $"The disk of {copy} is full; the database {database} could not be copied.",
                "Free space there, or choose a work folder on a larger disk.")
            { Subject = copy },
            _ => new DrException(
                DrError.SourceFailure,
                $"The database {database} could not be copied to {copy}: {message} (SQLite result {code}).",
                "Look in the kernel's log for errors of either disk, mend those, and back up again.")
            { Subject = database },
        };

    public static DrException NoSpace(string folder, long needed, long free)
        => new(
            DrError.OutOfSpace,
            $"The copy of the database needs {needed} bytes in {folder}, which has {free} bytes free.",
            "Free space there, or choose a work folder on a larger disk.")
        { Subject = folder };
}
