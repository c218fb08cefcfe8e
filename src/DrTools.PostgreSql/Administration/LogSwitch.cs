using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Wal;
using Npgsql;
using NpgsqlTypes;

namespace DrTools.PostgreSql.Administration;

/// <summary>How a switch of the log is made.</summary>
public sealed record LogSwitchOptions
{
    /// <summary>A password from a credential; otherwise the password file or service file serves.</summary>
    public string? Password { get; init; }

    /// <summary>The archive that the segment has to arrive in; if there is none, the server's own word has to do.</summary>
    public IWalArchiveCheck? Archive { get; init; }

    /// <summary>How long to wait for it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What a switch of the log came to.</summary>
/// <param name="Segment">The segment that was ended and has been archived.</param>
/// <param name="Position">Where it was ended: all that was written before is in the archive.</param>
/// <param name="Switched">When, by the server's clock, UTC.</param>
/// <param name="Duration">How long it took until it had arrived.</param>
public sealed record LogSwitchResult(string Segment, Lsn Position, DateTimeOffset Switched, TimeSpan Duration);

/// <summary>Ends the current WAL segment, and waits until it has been archived. What was committed before is then safe.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-BACKUP">pg_switch_wal</see>.</remarks>
public sealed class LogSwitch(ServerAddress address, LogSwitchOptions options)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Switches, and waits.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerSetting"/> where nothing is archived or the server is a
    /// standby, <see cref="DrError.PrivilegeMissing"/>, <see cref="DrError.LogMissing"/> where the segment did not arrive.</exception>
    public async Task<LogSwitchResult> RunAsync(CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(address, options.Password, null, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var server = await ServerState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            Require(server);
            return await SwitchAsync(connection, server, cancellationToken).ConfigureAwait(false);
        }
    }

    internal async Task<LogSwitchResult> SwitchAsync(NpgsqlConnection connection, ServerState server, CancellationToken cancellationToken)
    {
        try
        {
            return await SwitchAndWaitAsync(connection, server, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException e)
        {
            throw ServerErrors.Of(e, "did not switch its log");
        }
    }

    private async Task<LogSwitchResult> SwitchAndWaitAsync(NpgsqlConnection connection, ServerState server, CancellationToken cancellationToken)
    {
        var started = options.Time.GetTimestamp();
        var watch = await ArchiverWatch.StartAsync(connection, KnockAsync, options.Time, cancellationToken).ConfigureAwait(false);
        var (segment, position, switched) = await SwitchAsync(connection, cancellationToken).ConfigureAwait(false);
        var pause = FirstPause;
        while (!await HasArrivedAsync(connection, server, segment, cancellationToken).ConfigureAwait(false))
        {
            if (await watch.HasFailedAsync(cancellationToken).ConfigureAwait(false))
            {
                throw NotArrived(segment, watch);
            }

            if (options.Time.GetElapsedTime(started) > options.Timeout)
            {
                await watch.ReadLogAsync(cancellationToken).ConfigureAwait(false);
                throw NotArrived(segment, watch);
            }

            await Task.Delay(pause, options.Time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        return new LogSwitchResult(segment, position, switched, options.Time.GetElapsedTime(started));
    }

    private async Task KnockAsync(CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(address, options.Password, null, cancellationToken).ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private DrException NotArrived(string segment, ArchiverWatch watch)
    {
        var (what, remedy) = watch switch
        {
            { ExitCode: 126 } => ("archive_command may not be run (exit code 126)", "Let the server's user run the program, and enter every folder above it; or name another copy of it (--program, -Program)."),
            { ExitCode: 127 } => ("the program of archive_command is not found (exit code 127)", "Name the program by its whole path, as the server's user and host see it (--program, -Program)."),
            { ExitCode: > 128 and var code } => ($"archive_command was killed by signal {code - 128}", "See the kernel's log for a lack of memory, and run the command by hand as the server's user."),
            { Failures: > 0 } => ($"archive_command failed {Figures.Count(watch.Failures, "time")}", "Run it by hand as the server's user, and see the server's log for all that it says."),
            { Ends: > 0 } => ("the server's archiver ended, as it does when archive_command cannot be run or is killed", "See the server's log; the program of archive_command has to be named as the server's user and host see it (--program, -Program)."),
            _ => ($"nothing came within {Figures.Duration(options.Timeout)}", "See the server's log: archive_command may be slow or hang, or earlier segments still wait (pg_wal/archive_status)."),
        };
        return new DrException(
            DrError.LogMissing,
            $"The segment {segment} did not arrive in {options.Archive?.Name ?? "the archive"}: {what}.{(watch.Said.Length > 0 ? $" The server's log says: {watch.Said}" : string.Empty)}",
            remedy)
        { Subject = segment };
    }

    private void Require(ServerState server)
    {
        if (server.IsStandby)
        {
            throw new DrException(DrError.ServerSetting, $"{address} is a standby, which cannot end a segment.", "Switch the log of its primary.");
        }

        if (server.ArchiveMode == "off" || server.ArchiveCommand.Length == 0)
        {
            throw new DrException(
                DrError.ServerSetting,
                $"{address} archives nothing (archive_mode is {server.ArchiveMode}{(server.ArchiveMode == "off" ? string.Empty : ", and there is no archive_command")}).",
                "Run Enable-DrLogArchive first.");
        }
    }

    /// <summary>Something is written first: a segment with nothing in it would not be ended.</summary>
    private static async Task<(string Segment, Lsn Position, DateTimeOffset Switched)> SwitchAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var mark = new NpgsqlCommand("select pg_create_restore_point('drtools_switch')", connection);
        await using (mark.ConfigureAwait(false))
        {
            await mark.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        // The position that is returned is the end of the record that ends the segment.
        var command = new NpgsqlCommand("select lsn, pg_walfile_name(lsn - 1), clock_timestamp() from pg_switch_wal() lsn", connection);
        await using (command.ConfigureAwait(false))
        {
            var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                return (row.GetString(1), new Lsn((ulong)row.GetFieldValue<NpgsqlLogSequenceNumber>(0)), row.GetFieldValue<DateTimeOffset>(2));
            }
        }
    }

    private async Task<bool> HasArrivedAsync(NpgsqlConnection connection, ServerState server, string segment, CancellationToken cancellationToken)
    {
        if (options.Archive is { } archive && (await archive.FindMissingAsync(server.SystemIdentifier, [segment], cancellationToken).ConfigureAwait(false)).Count > 0)
        {
            return false;
        }

        // What works ahead may store a segment before an earlier one; the server asks for one after the other, and its word
        // stands for all of them. Names of segments of one timeline sort as they were written.
        var command = new NpgsqlCommand("select coalesce(max(last_archived_wal), '') >= $1 from pg_stat_archiver where last_archived_wal ~ '^[0-9A-F]{24}$' and left(last_archived_wal, 8) = left($1, 8)", connection)
        {
            Parameters = { new NpgsqlParameter { Value = segment } },
        };
        await using (command.ConfigureAwait(false))
        {
            return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }
}
