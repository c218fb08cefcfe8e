using System.Globalization;
using DrTools.PostgreSql.Replication.Protocol;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication;

/// <summary>Who a server is and where it stands (IDENTIFY_SYSTEM).</summary>
/// <param name="SystemIdentifier">The cluster's identity, decimal.</param>
/// <param name="Timeline">The timeline it writes, or replays.</param>
/// <param name="Position">Where its flushed log ends.</param>
internal sealed record SystemIdentity(string SystemIdentifier, uint Timeline, Lsn Position);

/// <summary>A physical replication slot.</summary>
/// <param name="Restart">From where the server keeps its log for it; invalid when it keeps nothing yet.</param>
/// <param name="Timeline">The timeline of that position; 0 when there is none.</param>
internal sealed record PhysicalSlot(Lsn Restart, uint Timeline);

/// <summary>The commands of a replication connection.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/protocol-replication.html">Streaming Replication
/// Protocol</see>.</remarks>
internal static class ReplicationCommands
{
    public static SystemIdentity IdentifySystem(this ReplicationConnection connection)
    {
        var answer = Single(connection, "IDENTIFY_SYSTEM");
        return new SystemIdentity(answer.Required("systemid"), Number(answer.Required("timeline")), Lsn.Parse(answer.Required("xlogpos")));
    }

    /// <summary>A setting as SHOW writes it.</summary>
    public static string Show(this ReplicationConnection connection, string setting)
    {
        var answer = Single(connection, "SHOW " + setting);
        return answer.Required(answer.Columns[0]);
    }

    /// <summary>A size as SHOW writes it (<c>16MB</c>), in bytes.</summary>
    public static long ShowBytes(this ReplicationConnection connection, string setting)
    {
        var text = connection.Show(setting);
        var digits = text.TrimEnd('k', 'M', 'G', 'T', 'B');
        return long.Parse(digits, CultureInfo.InvariantCulture) * text[digits.Length..] switch
        {
            "kB" => 1L << 10,
            "MB" => 1L << 20,
            "GB" => 1L << 30,
            "TB" => 1L << 40,
            _ => throw new InvalidDataException($"the server gives {setting} as '{text}'"),
        };
    }

    /// <summary>Makes a slot; it keeps the log from now on.</summary>
    /// <param name="connection">The connection; a temporary slot ends with it.</param>
    /// <param name="name">Lower-case letters, digits and underscores.</param>
    /// <param name="temporary">Whether it goes with the connection.</param>
    public static void CreatePhysicalSlot(this ReplicationConnection connection, string name, bool temporary) =>
        connection.Query($"CREATE_REPLICATION_SLOT {Quoted(name)}{(temporary ? " TEMPORARY" : string.Empty)} PHYSICAL (RESERVE_WAL true)");

    public static void DropSlot(this ReplicationConnection connection, string name) =>
        connection.Query($"DROP_REPLICATION_SLOT {Quoted(name)}");

    /// <summary>Looks a slot up.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    public static PhysicalSlot? ReadSlot(this ReplicationConnection connection, string name)
    {
        var answer = Single(connection, $"READ_REPLICATION_SLOT {Quoted(name)}");
        return answer["slot_type"] is null
            ? null
            : new PhysicalSlot(
                answer["restart_lsn"] is { } restart ? Lsn.Parse(restart) : Lsn.Invalid,
                answer["restart_tli"] is { } timeline ? Number(timeline) : 0);
    }

    /// <summary>The history file of a timeline other than the first, byte by byte.</summary>
    public static (string FileName, byte[] Content) TimelineHistory(this ReplicationConnection connection, uint timeline)
    {
        var answer = Single(connection, string.Create(CultureInfo.InvariantCulture, $"TIMELINE_HISTORY {timeline}"));
        return (answer.Required("filename"), answer.Bytes("content") ?? []);
    }

    /// <summary>A string literal of the replication grammar.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    internal static uint Number(string text) => uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>An identifier of the replication grammar.</summary>
    public static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static ResultSet Single(ReplicationConnection connection, string command) =>
        connection.Query(command) is [var result, ..] ? result : throw new InvalidDataException($"the server answered nothing to {command}");
}
