namespace DrTools.PostgreSql.Connections;

/// <summary>
/// The connection service file: sections <c>[name]</c> of <c>keyword=value</c> lines.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/libpq-pgservice.html">libpq: The Connection Service
/// File</see>.</remarks>
internal static class ServiceFile
{
    /// <summary>The settings of a service, from the user's file or the system's.</summary>
    /// <exception cref="DrException"><see cref="DrError.SourceUnknown"/> when no file names it.</exception>
    public static Dictionary<string, string> Read(string service)
    {
        var looked = new List<string>();
        foreach (var file in Files())
        {
            looked.Add(file);
            if (File.Exists(file) && Find(File.ReadLines(file), service) is { } settings)
            {
                return settings;
            }
        }

        throw new DrException(
            DrError.SourceUnknown,
            $"There is no PostgreSQL service '{service}' in {string.Join(" or ", looked)}.",
            "Check the name, or set PGSERVICEFILE.");
    }

    private static IEnumerable<string> Files()
    {
        yield return Environment.GetEnvironmentVariable("PGSERVICEFILE") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pg_service.conf");
        yield return Path.Combine(Environment.GetEnvironmentVariable("PGSYSCONFDIR") is { Length: > 0 } folder ? folder : "/etc/postgresql-common", "pg_service.conf");
    }

    private static Dictionary<string, string>? Find(IEnumerable<string> lines, string service)
    {
        Dictionary<string, string>? settings = null;
        foreach (var line in lines.Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (line[0] == '[')
            {
                if (settings is not null)
                {
                    break;
                }

                if (line == $"[{service}]")
                {
                    settings = new Dictionary<string, string>(StringComparer.Ordinal);
                }
            }
            else if (settings is not null && line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                settings[line[..equals].Trim()] = line[(equals + 1)..].Trim();
            }
        }

        return settings;
    }
}
