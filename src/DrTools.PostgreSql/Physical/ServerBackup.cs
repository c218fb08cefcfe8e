using System.Data;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Wal;
using Npgsql;
using NpgsqlTypes;

namespace DrTools.PostgreSql.Physical;

/// <summary>
/// The server's side of a backup: started and stopped in one connection, which stays open in between. When it breaks, the
/// server ends backup mode by itself, and the backup is void.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP">PostgreSQL:
/// Making a Base Backup Using the Low Level API</see>.</remarks>
internal sealed class ServerBackup : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly bool _isStandby;
    private readonly DatabasePlaces _places;
    private readonly Lock _asking = new();
    private ulong _written;

    private ServerBackup(NpgsqlConnection connection, bool isStandby, DatabasePlaces places, Lsn start, DateTimeOffset startTime, ulong startXid)
    {
        (_connection, _isStandby, _places, Start, StartTime, StartXid) = (connection, isStandby, places, start, startTime, startXid);
        _written = start.Value;
    }

    /// <summary>Where recovery of the backup starts: every change before it is in the files.</summary>
    public Lsn Start { get; }

    /// <summary>When it was started, by the server's clock, UTC.</summary>
    public DateTimeOffset StartTime { get; }

    /// <summary>Transactions from this one on may have committed after the start.</summary>
    public ulong StartXid { get; }

    /// <summary>Starts a backup; waits for a checkpoint.</summary>
    /// <param name="connection">A connection, which this object then owns.</param>
    /// <param name="server">What the server said of itself.</param>
    /// <param name="label">What to call the backup.</param>
    /// <param name="fast">Whether to make the checkpoint at once.</param>
    /// <param name="keepWal">Whether the server has to keep the WAL from the start on, whatever checkpoints come.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="DrException">The server refused, or went away.</exception>
    public static async Task<ServerBackup> StartAsync(
        NpgsqlConnection connection, ServerState server, string label, bool fast, bool keepWal, CancellationToken cancellationToken)
    {
        try
        {
            if (keepWal)
            {
                await KeepWalAsync(connection, cancellationToken).ConfigureAwait(false);
            }

            var startXid = await ScalarAsync<string>(connection, "select pg_snapshot_xmin(pg_current_snapshot())::text", cancellationToken).ConfigureAwait(false);
            var places = await DatabasePlaces.ReadAsync(query => ScalarAsync<string>(connection, query, cancellationToken)).ConfigureAwait(false);
            var command = new NpgsqlCommand("select clock_timestamp(), pg_backup_start($1, $2)", connection)
            {
                Parameters = { new NpgsqlParameter { Value = label }, new NpgsqlParameter { Value = fast } },
            };
            await using (command.ConfigureAwait(false))
            {
                var row = await command.ExecuteReaderAsync(CommandBehavior.SingleRow, cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                    return new ServerBackup(
                        connection,
                        server.IsStandby,
                        places,
                        new Lsn((ulong)row.GetFieldValue<NpgsqlLogSequenceNumber>(1)),
                        row.GetFieldValue<DateTimeOffset>(0),
                        ulong.Parse(startXid, System.Globalization.CultureInfo.InvariantCulture));
                }
            }
        }
        catch (NpgsqlException e)
        {
            throw ServerErrors.Of(e, "did not start a backup");
        }
    }

    /// <summary>Stops the backup.</summary>
    /// <returns>Where a restored copy is consistent at the earliest, the label, the map of tablespaces, and when it was
    /// stopped by the server's clock.</returns>
    /// <exception cref="DrException"><see cref="DrError.SourceFailure"/> where what happened meanwhile made the backup
    /// void; nothing of it is of use.</exception>
    public async Task<(Lsn Stop, BackupLabel Label, string TablespaceMap, DateTimeOffset StopTime)> StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            // All files have been read: what is moved from here on is moved again by the log, from files that are there.
            _places.RequireUnmoved(await DatabasePlaces.ReadAsync(query => ScalarAsync<string>(_connection, query, cancellationToken)).ConfigureAwait(false));

            // Whether WAL has been archived is looked for later, with a limit and with the archive's own word.
            var command = new NpgsqlCommand("select lsn, labelfile, spcmapfile, clock_timestamp() from pg_backup_stop(wait_for_archive => false)", _connection);
            await using (command.ConfigureAwait(false))
            {
                var row = await command.ExecuteReaderAsync(CommandBehavior.SingleRow, cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                    return (
                        new Lsn((ulong)row.GetFieldValue<NpgsqlLogSequenceNumber>(0)),
                        BackupLabel.Parse(row.GetString(1)),
                        row.IsDBNull(2) ? string.Empty : row.GetString(2),
                        row.GetFieldValue<DateTimeOffset>(3));
                }
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectNotInPrerequisiteState)
        {
            throw new DrException(
                DrError.SourceFailure,
                $"The backup is void, because of what happened to the server while it was taken: {e.MessageText}",
                e.MessageText.Contains("promoted", StringComparison.Ordinal)
                    ? "The standby became a primary. Take the backup again; what is stored is reused."
                    : e.Hint ?? "Take the backup again; what is stored is reused.",
                e);
        }
        catch (NpgsqlException e)
        {
            throw ServerErrors.Of(e, "did not complete the backup, which is void");
        }
    }

    /// <summary>Whether an LSN is one that the server can have given by now. Asks the server only when it has to.</summary>
    /// <remarks>A page with a later one was not written by this server.</remarks>
    /// <exception cref="DrException">The server went away.</exception>
    public bool HasWritten(ulong lsn)
    {
        lock (_asking)
        {
            if (lsn > _written)
            {
                try
                {
                    using var command = new NpgsqlCommand(
                        _isStandby
                            ? "select coalesce(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')"
                            : "select case when pg_is_in_recovery() then '0/0' else pg_current_wal_insert_lsn() end",
                        _connection);
                    _written = Math.Max(_written, (ulong)(NpgsqlLogSequenceNumber)command.ExecuteScalar()!);
                }
                catch (NpgsqlException e)
                {
                    throw ServerErrors.Of(e, "did not tell how far its log is");
                }
            }

            return lsn <= _written;
        }
    }

    /// <summary>Runs a query that has one row and one column while files are read.</summary>
    public T Query<T>(string query)
    {
        lock (_asking)
        {
            using var command = new NpgsqlCommand(query, _connection);
            return (T)command.ExecuteScalar()!;
        }
    }

    /// <summary>Runs a query and takes its rows while files are read.</summary>
    public void QueryRows(string query, Action<NpgsqlDataReader> take, params object[] parameters)
    {
        lock (_asking)
        {
            using var command = new NpgsqlCommand(query, _connection);
            foreach (var value in parameters)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                take(rows);
            }
        }
    }

    /// <summary>Ends the connection, and with it the backup if it was not stopped.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>A temporary slot: the server removes it when the connection ends, however it ends.</summary>
    private static async Task KeepWalAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await ScalarAsync<string>(
                connection,
                "select slot_name::text from pg_create_physical_replication_slot('drtools_backup_' || pg_backend_pid(), immediately_reserve => true, temporary => true)",
                cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e)
        {
            throw new DrException(
                e.SqlState == PostgresErrorCodes.InsufficientPrivilege ? DrError.PrivilegeMissing : DrError.ServerSetting,
                $"The server cannot be made to keep its WAL during the backup: {e.MessageText}",
                e.SqlState == PostgresErrorCodes.InsufficientPrivilege
                    ? "Give the user the REPLICATION attribute, or archive WAL instead of storing it with the backup."
                    : "Raise max_replication_slots (a restart is needed), or archive WAL instead of storing it with the backup.",
                e);
        }
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(query, connection);
        await using (command.ConfigureAwait(false))
        {
            return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }
}
