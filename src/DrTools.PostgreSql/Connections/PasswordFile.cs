namespace DrTools.PostgreSql.Connections;

/// <summary>
/// The password file: lines <c>host:port:database:user:password</c>, in which <c>*</c> fits everything and a backslash
/// takes the meaning from <c>:</c> and <c>\</c>; the first line that fits counts.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/libpq-pgpass.html">libpq: The Password File</see>.</remarks>
internal static class PasswordFile
{
    private const UnixFileMode OfOthers =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>The file that counts for an address.</summary>
    public static string PathFor(ServerAddress address) => address.PasswordFile
        ?? (Environment.GetEnvironmentVariable("PGPASSFILE") is { Length: > 0 } named ? named
            : OperatingSystem.IsWindows()
                ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "postgresql", "pgpass.conf")
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pgpass"));

    /// <summary>Looks a password up.</summary>
    /// <param name="address">The server and the user.</param>
    /// <param name="databases">Names of the database, of which any may fit.</param>
    /// <param name="ignored">Why the file was not used although it is there, or <see langword="null"/>.</param>
    /// <returns>The password, or <see langword="null"/> when there is none.</returns>
    public static string? Find(ServerAddress address, IReadOnlyList<string> databases, out string? ignored)
    {
        ignored = null;
        var path = PathFor(address);
        if (!File.Exists(path))
        {
            return null;
        }

        // libpq, too, ignores a file that others could read.
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & OfOthers) != 0)
        {
            ignored = $"The password file {path} was ignored because others than its owner may access it; run chmod 0600 {path}.";
            return null;
        }

        IEnumerable<string> lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ignored = $"The password file {path} cannot be read: {e.Message}";
            return null;
        }

        var hosts = address.IsSocket ? new[] { address.Host, "localhost" } : [address.Host];
        var port = address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (var line in lines)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var fields = Split(line);
            if (fields.Count == 5 && Fits(fields[0], hosts) && Fits(fields[1], [port]) && Fits(fields[2], databases) && Fits(fields[3], [address.User]))
            {
                return fields[4];
            }
        }

        return null;
    }

    private static bool Fits(string field, IReadOnlyList<string> values) => field == "*" || values.Contains(field, StringComparer.Ordinal);

    /// <summary>Four fields end at a colon; the rest is the password, in which a colon may stand for itself.</summary>
    private static List<string> Split(string line)
    {
        var fields = new List<string>(5);
        var field = new System.Text.StringBuilder();
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length)
            {
                field.Append(line[++i]);
            }
            else if (line[i] == ':' && fields.Count < 4)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }
}
