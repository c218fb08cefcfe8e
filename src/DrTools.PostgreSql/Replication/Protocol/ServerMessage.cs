using Npgsql;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>An error or notice of the server.</summary>
/// <param name="Severity">ERROR, FATAL, WARNING, NOTICE … whatever the server's language.</param>
/// <param name="SqlState">The code of five characters.</param>
/// <param name="Text">What happened.</param>
/// <param name="Detail">More about it, or <see langword="null"/>.</param>
/// <param name="Hint">What the server says should be done, or <see langword="null"/>.</param>
/// <remarks><see href="https://www.postgresql.org/docs/current/protocol-error-fields.html">Error and Notice Message
/// Fields</see>.</remarks>
internal sealed record ServerMessage(string Severity, string SqlState, string Text, string? Detail, string? Hint)
{
    public static ServerMessage Parse(ReadOnlySpan<byte> payload)
    {
        var fields = new Dictionary<char, string>();
        var reader = new PayloadReader(payload);
        while (reader.Rest.Length > 0 && reader.Byte() is not 0 and var code)
        {
            fields[(char)code] = reader.Text();
        }

        return new ServerMessage(
            fields.GetValueOrDefault('V') ?? fields.GetValueOrDefault('S') ?? "ERROR",
            fields.GetValueOrDefault('C') ?? "XX000",
            fields.GetValueOrDefault('M') ?? "The server gave no reason.",
            fields.GetValueOrDefault('D'),
            fields.GetValueOrDefault('H'));
    }

    /// <summary>The same as the exception that Npgsql throws, so that one place maps both to errors with remedies.</summary>
    public PostgresException ToException() => new(
        Detail is null ? Text : $"{Text} ({Detail})", Severity, Severity, SqlState, detail: Detail, hint: Hint);
}
