using System.Globalization;
using Npgsql;

namespace DrTools.PostgreSql.Physical;

/// <summary>
/// In which tablespace each database lies, to see that none was moved while a backup was taken. The move is in the log as
/// "copy the folder": a recovery that starts before it copies again, from a folder that was removed meanwhile and which the
/// files that were read may not have. The server makes an empty one then, and the database is lost without a word.
/// </summary>
/// <remarks>This is so of every base backup, whoever takes it: see
/// <see href="https://www.postgresql.org/docs/current/continuous-archiving.html#CONTINUOUS-ARCHIVING-CAVEATS">Caveats</see> of
/// the same record in CREATE DATABASE, and <c>dbase_redo</c> in the server's source.</remarks>
internal sealed class DatabasePlaces
{
    /// <summary>Name, tablespace, the transaction that wrote the row, and a hash of what else a command can change in it.
    /// VACUUM writes in place, and is not a change.</summary>
    private const string Query =
        """
        select coalesce(string_agg(concat_ws(' ', oid, dattablespace, xmin, md5(row(datname, datdba, datistemplate, datallowconn, datconnlimit, datacl)::text), datname), chr(10)), '')
        from pg_database
        """;

    private readonly Dictionary<uint, Place> _places;

    private DatabasePlaces(Dictionary<uint, Place> places) => _places = places;

    /// <summary>Reads them. To be done before the backup is started, and again when all files have been read.</summary>
    /// <param name="ask">Runs a query of one value.</param>
    /// <exception cref="NpgsqlException">The server failed.</exception>
    public static DatabasePlaces Read(Func<string, string> ask) => Parse(ask(Query));

    /// <inheritdoc cref="Read"/>
    public static async Task<DatabasePlaces> ReadAsync(Func<string, Task<string>> ask) => Parse(await ask(Query).ConfigureAwait(false));

    /// <summary>Sees that no database was moved since.</summary>
    /// <param name="now">Where they are now.</param>
    /// <exception cref="DrException"><see cref="DrError.SourceFailure"/>: one was, and the backup is void.</exception>
    public void RequireUnmoved(DatabasePlaces now)
    {
        var moved = now._places.Where(p => _places.TryGetValue(p.Key, out var before) && before.IsMoved(p.Value)).Select(p => p.Value.Name).Order(StringComparer.Ordinal).ToList();
        if (moved.Count > 0)
        {
            throw new DrException(
                DrError.SourceFailure,
                $"The backup is void: the database{(moved.Count == 1 ? string.Empty : "s")} {string.Join(", ", moved)} {(moved.Count == 1 ? "was" : "were")} moved to another tablespace while it was taken, and a recovery would repeat the move from files that are gone.",
                "Take the backup again; what is stored is reused. Move databases (ALTER DATABASE … SET TABLESPACE) when no backup is being taken.")
            { Subject = moved[0] };
        }
    }

    private static DatabasePlaces Parse(string text)
    {
        var places = new Dictionary<uint, Place>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // A name may hold anything, a line's end too: what is left of it is no line of five.
            if (line.Split(' ', 5) is [var oid, var tablespace, var writer, { Length: 32 } rest, var name]
                && uint.TryParse(oid, NumberStyles.None, CultureInfo.InvariantCulture, out var key))
            {
                places[key] = new Place(tablespace, writer, rest, name);
            }
        }

        return new DatabasePlaces(places);
    }

    private sealed record Place(string Tablespace, string Writer, string Rest, string Name)
    {
        /// <summary>Written anew with nothing changed is there and back again.</summary>
        public bool IsMoved(Place now) => now.Tablespace != Tablespace || (now.Writer != Writer && now.Rest == Rest);
    }
}
