using System.Net.Sockets;
using System.Security.Authentication;
using DrTools.PostgreSql.Connections;
using Npgsql;

namespace DrTools.PostgreSql.Replication;

/// <summary>Turns what goes wrong on a replication connection into errors with remedies.</summary>
internal static class ReplicationErrors
{
    /// <summary>Whether an exception is a network's or a server's failure, and no defect.</summary>
    public static bool IsFailure(Exception e) =>
        e is PostgresException or IOException or SocketException or AuthenticationException or InvalidDataException or ObjectDisposedException or TimeoutException;

    /// <summary>Why there is no connection.</summary>
    public static DrException Connecting(ServerAddress address, Exception cause) => cause switch
    {
        DrException already => already,
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } p => new DrException(
            DrError.PrivilegeMissing,
            $"{address.User} may not use replication connections to {address}: {p.MessageText}",
            $"As a superuser: ALTER ROLE \"{address.User}\" REPLICATION;",
            cause)
        { Subject = address.SourceName },
        PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } p when p.MessageText.Contains("pg_hba", StringComparison.Ordinal) => new DrException(
            DrError.ServerUnreachable,
            $"The PostgreSQL server at {address} refuses replication connections of {address.User}: {p.MessageText}",
            address.IsSocket
                ? $"Add the line 'local replication {address.User} peer' (or scram-sha-256) to pg_hba.conf and reload it."
                : $"Add the line 'hostssl replication {address.User} <address of this host> scram-sha-256' to pg_hba.conf and reload it.",
            cause)
        { Subject = address.SourceName },
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } p when p.MessageText.Contains("max_wal_senders", StringComparison.Ordinal) => new DrException(
            DrError.ServerSetting,
            $"The PostgreSQL server at {address} has no replication connection left: {p.MessageText}",
            "Raise max_wal_senders (and restart the server), or end a replication connection (pg_stat_replication).",
            cause)
        { Subject = address.SourceName },
        AuthenticationException => new DrException(
            DrError.ServerUnreachable,
            $"The PostgreSQL server at {address} cannot be reached as {address.User} with TLS: {cause.Message}",
            "Check sslrootcert (or ~/.postgresql/root.crt) and the server's certificate; sslmode=verify-full wants the name of the host in it.",
            cause)
        { Subject = address.SourceName },
        _ => ServerConnection.Unreachable(address, cause),
    };

    /// <summary>Whether the server has not written so far as it was asked from. That error has no code of its own.</summary>
    public static bool IsBehind(PostgresException e) => e.MessageText.Contains("ahead of the WAL flush position", StringComparison.Ordinal);

    /// <summary>Why the log is not received, or not any more.</summary>
    /// <param name="address">The server.</param>
    /// <param name="slot">The slot, if one is used.</param>
    /// <param name="cause">What happened.</param>
    public static DrException Streaming(ServerAddress address, string? slot, Exception cause)
    {
        DrException Of(DrError error, string message, string remedy) => new(error, message, remedy, cause) { Subject = slot ?? address.SourceName };
        return cause switch
        {
            PostgresException { SqlState: PostgresErrorCodes.ObjectInUse } p => Of(
                DrError.LeaseHeld,
                $"The replication slot '{slot}' of {address} is in use: {p.MessageText}.",
                "Stop the other receiver, or give this one a slot of its own. If the other one lost its connection, the server lets go of the slot after wal_sender_timeout (60 s)."),
            PostgresException p when IsBehind(p) => Of(
                DrError.ServerFailure,
                $"The server at {address} is behind what was received of its cluster: {p.MessageText}.",
                "It is a standby that lags, or was put back to an earlier state. Receive from the server whose log is archived; or promote this one, so that it goes on with a timeline of its own."),
            PostgresException { SqlState: PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.FeatureNotSupported } p when slot is not null => Of(
                DrError.ServerSetting,
                $"The replication slot '{slot}' of {address} cannot be used: {p.MessageText}.",
                $"Name another slot, which can be created. If this one was invalidated because it held too much log (max_slot_wal_keep_size), nobody needs it any more: SELECT pg_drop_replication_slot('{slot}')."),
            _ => Broken(address, "Receiving WAL", cause),
        };
    }

    /// <summary>Why something that had begun did not end well.</summary>
    /// <param name="address">The server.</param>
    /// <param name="what">What had begun, as the start of a sentence (<c>The base backup of X</c>).</param>
    /// <param name="cause">What happened.</param>
    public static DrException Broken(ServerAddress address, string what, Exception cause) => cause switch
    {
        DrException already => already,
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } p => new DrException(
            DrError.ServerFailure,
            $"{what} broke off: {p.MessageText}",
            "The server was stopped or crashed; run it again when the server accepts connections.",
            cause)
        { Subject = address.SourceName },
        PostgresException => ServerConnection.Failed(address, $"{what} failed", cause),
        _ => new DrException(
            DrError.ServerFailure,
            $"{what} broke off: the connection was lost ({cause.InnerException?.Message ?? cause.Message}).",
            "Check that the server still runs, see its log, and run it again.",
            cause)
        { Subject = address.SourceName },
    };
}
