using System.Globalization;
using System.Text.RegularExpressions;

namespace DrTools.PostgreSql.Connections;

/// <summary>
/// Where a server is and as whom to connect, from a connection URI, keywords, a socket folder or a service, with libpq's
/// defaults and environment. Never holds a password: that comes from the password file, the service file or a credential.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING">libpq: Connection
/// Strings</see>.</remarks>
public sealed partial record ServerAddress
{
    /// <summary>The scheme of its names, without the colon.</summary>
    public const string Scheme = "postgresql";

    private const int DefaultPort = 5432;

    private static readonly string[] SocketFolders = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

    private static readonly string[] KnownParameters =
        ["host", "port", "user", "dbname", "service", "sslmode", "sslrootcert", "passfile", "connect_timeout", "application_name"];

    /// <summary>Host name, address, or absolute path of the folder of a Unix socket.</summary>
    public required string Host { get; init; }

    /// <summary>Port, also part of a socket's name.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>User to connect as.</summary>
    public required string User { get; init; }

    /// <summary>The database that was named, if any; a cluster as a whole is reached through <c>postgres</c>.</summary>
    public string? Database { get; init; }

    /// <summary>libpq's <c>sslmode</c>, if given.</summary>
    public string? SslMode { get; init; }

    /// <summary>File with the certificates that are trusted, if given.</summary>
    public string? SslRootCertificate { get; init; }

    /// <summary>Password file, if it is not the usual one.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>A password that a service file holds. Never shown.</summary>
    internal string? ServicePassword { get; init; }

    /// <summary>Whether it is reached through a Unix socket, and therefore on this host.</summary>
    public bool IsSocket => Host.StartsWith('/');

    /// <summary>Whether it is on this host for certain.</summary>
    public bool IsLocal => IsSocket || Host is "localhost" or "127.0.0.1" or "::1";

    /// <summary>Canonical name of the cluster (and database) as a source. Users and how to connect are no part of it.</summary>
    public string SourceName => IsSocket
        ? string.Create(CultureInfo.InvariantCulture, $"{Scheme}:{Host}:{Port}{(Database is null ? string.Empty : "/" + Database)}")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Scheme}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host.ToLowerInvariant())}:{Port}{(Database is null ? string.Empty : "/" + Uri.EscapeDataString(Database))}");

    /// <summary>Reads what follows <c>postgresql:</c>.</summary>
    /// <param name="location">A URI's rest (<c>//user@host:5433/shop?sslmode=verify-full</c>), keywords
    /// (<c>host=/tmp port=5433</c>, <c>service=shop</c>), a socket folder (<c>/var/run/postgresql:5432/shop</c>), or
    /// nothing for the defaults.</param>
    /// <exception cref="DrException"><see cref="DrError.SourceUnknown"/>.</exception>
    public static ServerAddress Parse(string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        var given = location.StartsWith("//", StringComparison.Ordinal) ? FromUri(location)
            : location.StartsWith('/') ? FromSocket(location)
            : FromKeywords(location);
        if (given.ContainsKey("password"))
        {
            throw new DrException(
                DrError.SourceUnknown,
                "The address of a PostgreSQL server may not hold a password: it would be seen in process lists and logs.",
                "Put it into the password file (~/.pgpass, mode 0600) or a service file, or pass a credential.");
        }

        if (given.Keys.FirstOrDefault(k => !KnownParameters.Contains(k)) is { } unknown)
        {
            throw Unusable(location, $"it has an unknown parameter '{unknown}' (known: {string.Join(", ", KnownParameters)})");
        }

        var service = given.GetValueOrDefault("service") ?? Environment.GetEnvironmentVariable("PGSERVICE");
        var settings = service is null ? [] : ServiceFile.Read(service);
        foreach (var (key, value) in given)
        {
            settings[key] = value;
        }

        var host = Setting(settings, "host", "PGHOST") ?? DefaultHost();
        var port = Setting(settings, "port", "PGPORT");
        if (port is not null && (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65535))
        {
            throw Unusable(location, $"'{port}' is not a port");
        }

        return new ServerAddress
        {
            Host = host,
            Port = port is null ? DefaultPort : int.Parse(port, CultureInfo.InvariantCulture),
            User = Setting(settings, "user", "PGUSER") ?? Environment.UserName,
            Database = Setting(settings, "dbname", null),
            SslMode = Setting(settings, "sslmode", "PGSSLMODE"),
            SslRootCertificate = Setting(settings, "sslrootcert", "PGSSLROOTCERT"),
            PasswordFile = Setting(settings, "passfile", "PGPASSFILE"),
            ServicePassword = settings.GetValueOrDefault("password"),
        };
    }

    /// <summary>Reads the address in the name of a source; what the name says beyond that (a selection) is passed over.</summary>
    /// <param name="source">For example <c>postgresql://db1:5432/shop?schema=sales</c>.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> for another kind of source, or
    /// <see cref="DrError.SourceUnknown"/>.</exception>
    public static ServerAddress ParseSource(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.StartsWith(Scheme + ":", StringComparison.OrdinalIgnoreCase)
            ? Logical.LogicalSelection.Parse(source[(Scheme.Length + 1)..], new PostgreSqlOptions()).Address
            : throw new DrException(
                DrError.BadUsage,
                $"'{source}' is not a PostgreSQL server.",
                "Write postgresql://host:port/database, postgresql:/socket/folder:port/database or postgresql:service=NAME.");
    }

    /// <inheritdoc/>
    public override string ToString() => SourceName;

    private static string? Setting(Dictionary<string, string> settings, string key, string? variable)
    {
        var value = settings.GetValueOrDefault(key);
        if (string.IsNullOrEmpty(value) && variable is not null)
        {
            value = Environment.GetEnvironmentVariable(variable);
        }

        return string.IsNullOrEmpty(value) ? null : value;
    }

    private static string DefaultHost() =>
        OperatingSystem.IsWindows() ? "localhost" : SocketFolders.FirstOrDefault(Directory.Exists) ?? "localhost";

    private static Dictionary<string, string> FromUri(string location)
    {
        var match = UriForm().Match(location);
        if (!match.Success)
        {
            throw Unusable(location, "it is not a connection URI");
        }

        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        void Take(string key, string group)
        {
            if (match.Groups[group] is { Success: true, Length: > 0 } found)
            {
                settings[key] = Uri.UnescapeDataString(found.Value);
            }
        }

        Take("user", "user");
        Take("password", "password");
        Take("host", "host");
        Take("host", "address");
        Take("port", "port");
        Take("dbname", "database");
        foreach (var pair in match.Groups["query"].Value.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw Unusable(location, $"'{pair}' is not a parameter");
            }

            settings[Uri.UnescapeDataString(pair[..equals])] = Uri.UnescapeDataString(pair[(equals + 1)..]);
        }

        return settings;
    }

    private static Dictionary<string, string> FromSocket(string location)
    {
        var match = SocketForm().Match(location);
        if (!match.Success)
        {
            throw Unusable(location, "a socket folder is written /folder, /folder:port or /folder:port/database");
        }

        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["host"] = match.Groups["host"].Value.TrimEnd('/') };
        if (match.Groups["port"].Success)
        {
            settings["port"] = match.Groups["port"].Value;
        }

        if (match.Groups["database"] is { Success: true, Length: > 0 } database)
        {
            settings["dbname"] = database.Value;
        }

        return settings;
    }

    private static Dictionary<string, string> FromKeywords(string location)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var end = 0;
        foreach (Match match in KeywordForm().Matches(location))
        {
            if (match.Index != end)
            {
                break;
            }

            var value = match.Groups["quoted"].Success ? match.Groups["quoted"].Value : match.Groups["plain"].Value;
            settings[match.Groups["key"].Value] = Escape().Replace(value, "$1");
            end = match.Index + match.Length;
        }

        return end == location.Length ? settings : throw Unusable(location, "it is neither a URI nor keyword=value pairs");
    }

    private static DrException Unusable(string location, string why) => new(
        DrError.SourceUnknown,
        $"'{Scheme}:{location}' is not the address of a PostgreSQL server: {why}.",
        "Write postgresql://user@host:port/database, postgresql:/var/run/postgresql:5432, postgresql:service=NAME, or postgresql:host=… port=… user=….");

    [GeneratedRegex(@"^//(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?:\[(?<address>[^\]]+)\]|(?<host>[^:/?]*))(?::(?<port>[^/?]*))?(?:/(?<database>[^?]*))?(?:\?(?<query>.*))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex UriForm();

    [GeneratedRegex(@"^(?<host>/.*?)(?::(?<port>[0-9]+)(?:/(?<database>[^/]*))?)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex SocketForm();

    [GeneratedRegex(@"\s*(?<key>[a-z_]+)\s*=\s*(?:'(?<quoted>(?:[^'\\]|\\.)*)'|(?<plain>(?:[^\s'\\]|\\.)*))\s*", RegexOptions.ExplicitCapture)]
    private static partial Regex KeywordForm();

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escape();
}
