using Npgsql;

namespace DrTools.PostgreSql.Connections;

/// <summary>Turns what a server says, once it is connected, into <see cref="DrException"/>s.</summary>
internal static class ServerErrors
{
    /// <summary>A failed statement.</summary>
    /// <param name="cause">What happened.</param>
    /// <param name="what">What the server did not do, as the end of a sentence that starts with "The server".</param>
    public static DrException Of(NpgsqlException cause, string what) => cause switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } denied => new DrException(
            DrError.PrivilegeMissing, $"The server {what}: {denied.MessageText}", "Connect as a superuser, or grant what is missing.", cause),
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow } ended => Lost(what, ended.MessageText, cause),
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure } conflict => new DrException(
            DrError.ServerFailure,
            $"The server {what}: {conflict.MessageText}",
            "The standby could not both answer and replay its log. Raise max_standby_streaming_delay or set hot_standby_feedback, and try again.",
            cause),
        PostgresException said => new DrException(
            DrError.ServerFailure,
            $"The server {what}: {said.MessageText}{(said.Detail is null ? string.Empty : $" ({said.Detail})")}",
            said.Hint ?? "See the server's log.",
            cause),
        _ => Lost(what, cause.InnerException?.Message ?? cause.Message, cause),
    };

    private static DrException Lost(string what, string why, Exception cause) => new(
        DrError.ServerUnreachable,
        $"The server {what}: the connection was lost ({why}).",
        "The server was stopped, restarted or crashed, or the network failed. See its log, and try again when it runs.",
        cause);
}
