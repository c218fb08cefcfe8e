using System.Data;
using System.Globalization;
using DrTools.PostgreSql.Connections;
using Npgsql;

namespace DrTools.PostgreSql.Physical;

/// <summary>What a server says of itself before a backup.</summary>
internal sealed record ServerState
{
    private const string Query = """
        select current_setting('server_version_num')::int,
               current_setting('server_version'),
               pg_is_in_recovery(),
               rolsuper,
               rolsuper or rolreplication,
               has_function_privilege('pg_backup_start(text, boolean)', 'execute') and has_function_privilege('pg_backup_stop(boolean)', 'execute'),
               case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('data_directory') end,
               current_setting('archive_mode'),
               coalesce(current_setting('archive_command'), '') || coalesce(current_setting('archive_library', true), ''),
               current_setting('wal_level'),
               coalesce(current_setting('summarize_wal', true), 'off'),
               pg_postmaster_start_time(),
               current_setting('port')::int,
               system_identifier,
               current_user::text
        from pg_control_system(), pg_roles where rolname = current_user
        """;

    public required int VersionNumber { get; init; }

    public required string Version { get; init; }

    public required bool IsStandby { get; init; }

    public required bool IsSuperuser { get; init; }

    public required bool MayReplicate { get; init; }

    public required bool MayBackUp { get; init; }

    /// <summary><see langword="null"/> where this user may not know.</summary>
    public required string? DataDirectory { get; init; }

    public required string ArchiveMode { get; init; }

    /// <summary>archive_command and archive_library, one of which is empty.</summary>
    public required string ArchiveCommand { get; init; }

    public required string WalLevel { get; init; }

    public required bool SummarizesWal { get; init; }

    public required DateTime Started { get; init; }

    public required int Port { get; init; }

    public required ulong SystemIdentifier { get; init; }

    public required string User { get; init; }

    public int MajorVersion => VersionNumber / 10000;

    /// <summary>Asks a server.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerSetting"/> where it is older than 15.</exception>
    public static async Task<ServerState> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < 15)
        {
            throw new DrException(
                DrError.ServerSetting,
                $"The server is PostgreSQL {connection.PostgreSqlVersion}, and physical backups need 15 or later.",
                "Upgrade the server, or take a logical backup.");
        }

        var command = new NpgsqlCommand(Query, connection);
        await using (command.ConfigureAwait(false))
        {
            try
            {
                var row = await command.ExecuteReaderAsync(CommandBehavior.SingleRow, cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                    return new ServerState
                    {
                        VersionNumber = row.GetInt32(0),
                        Version = row.GetString(1),
                        IsStandby = row.GetBoolean(2),
                        IsSuperuser = row.GetBoolean(3),
                        MayReplicate = row.GetBoolean(4),
                        MayBackUp = row.GetBoolean(5),
                        DataDirectory = Text(row, 6),
                        ArchiveMode = row.GetString(7),
                        ArchiveCommand = row.GetString(8),
                        WalLevel = row.GetString(9),
                        SummarizesWal = row.GetString(10) == "on",
                        Started = row.GetDateTime(11),
                        Port = row.GetInt32(12),
                        SystemIdentifier = (ulong)row.GetInt64(13),
                        User = row.GetString(14),
                    };
                }
            }
            catch (NpgsqlException e)
            {
                throw ServerErrors.Of(e, "could not be asked for its settings");
            }
        }
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"PostgreSQL {Version}");
}
