using System.Net.Sockets;
using Npgsql;

namespace DrTools.PostgreSql.Connections;

/// <summary>Opens connections outside any pool, and turns what servers and networks say into <see cref="DrException"/>s.</summary>
public static class ServerConnection
{
    /// <summary>Connection settings for an address.</summary>
    /// <param name="address">The server.</param>
    /// <param name="password">A password from a credential; otherwise password and service files serve.</param>
    /// <param name="database">The database; that of the address, or <c>postgres</c>, if not given.</param>
    public static NpgsqlConnectionStringBuilder Settings(ServerAddress address, string? password = null, string? database = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = address.Host,
            Port = address.Port,
            Username = address.User,
            Database = database ?? address.Database ?? "postgres",
            Pooling = false,
            ApplicationName = "drtools",
            Timeout = 15,
            CommandTimeout = 0,
            KeepAlive = 30,
            IncludeErrorDetail = true,
        };
        if ((password ?? address.ServicePassword) is { } secret)
        {
            settings.Password = secret;
        }

        if (address.PasswordFile is { } file)
        {
            settings.Passfile = file;
        }

        if (address.SslMode is { } mode)
        {
            settings.SslMode = Enum.TryParse<SslMode>(mode.Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true, out var parsed)
                ? parsed
                : throw new DrException(DrError.SourceUnknown, $"'{mode}' is not an sslmode.", "Use disable, allow, prefer, require, verify-ca or verify-full.");
        }

        if (address.SslRootCertificate is { } certificates)
        {
            settings.RootCertificate = certificates;
        }

        return settings;
    }

    /// <summary>Connects.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerUnreachable"/>, with what to do about it.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(ServerAddress address, string? password, string? database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(Settings(address, password, database).ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or IOException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw Unreachable(address, e);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Why a connection could not be made, with its remedy.</summary>
    public static DrException Unreachable(ServerAddress address, Exception cause)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(cause);
        var remedy = cause switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
                $"Check the user '{address.User}', the server's pg_hba.conf, and the password in the password file (~/.pgpass, mode 0600), the service file or the credential.",
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => "Check the name of the database.",
            PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } => "The server is starting up, shutting down or in recovery; try again when it accepts connections.",
            PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => "Raise max_connections, or close connections.",
            NpgsqlException { InnerException: null } when cause.Message.Contains("password", StringComparison.OrdinalIgnoreCase) =>
                "Put the password into the password file (~/.pgpass, mode 0600) or a service file, or pass a credential.",
            _ when address.IsSocket => $"Check that the server runs and has its socket in {address.Host} (unix_socket_directories) with port {address.Port}.",
            _ => "Check that the server runs, that listen_addresses and firewalls let this host in, and the port.",
        };
        var detail = (cause as PostgresException)?.MessageText ?? cause.InnerException?.Message ?? cause.Message;
        if (address.IsSocket && (cause as SocketException ?? cause.InnerException as SocketException)?.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // What the runtime makes of a file that is not there.
            detail = "there is no socket";
        }

        return new DrException(
            DrError.ServerUnreachable,
            $"The PostgreSQL server at {address.SourceName[(ServerAddress.Scheme.Length + 1)..]} cannot be reached as {address.User}: {detail}",
            remedy,
            cause)
        { Subject = address.SourceName };
    }

    /// <summary>Turns a server's refusal into an error with a remedy.</summary>
    public static DrException Failed(ServerAddress address, string what, Exception cause)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(cause);
        var (error, remedy) = cause switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } p =>
                (DrError.PrivilegeMissing, p.Hint ?? $"Grant the privilege to '{address.User}', or connect as another user."),
            PostgresException p => (DrError.ServerFailure, p.Hint ?? "See the server's log for more."),
            _ => (DrError.ServerFailure, "Check that the server still runs, and see its log."),
        };
        var detail = (cause as PostgresException)?.MessageText ?? cause.InnerException?.Message ?? cause.Message;
        return new DrException(error, $"{what}: {detail}", remedy, cause) { Subject = address.SourceName };
    }
}
