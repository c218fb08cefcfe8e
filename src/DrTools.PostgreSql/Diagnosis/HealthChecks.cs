namespace DrTools.PostgreSql.Diagnosis;

/// <summary>What the server knows of damage: checksum failures, replication, the error log.</summary>
internal sealed class HealthChecks(DiagnosisRun run)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await run.TryAsync("checksum failures", () => CheckChecksumsAsync(cancellationToken)).ConfigureAwait(false);
        if (run.Server.IsStandby)
        {
            await run.TryAsync("replication", () => CheckReplicationAsync(cancellationToken)).ConfigureAwait(false);
        }

        await run.TryAsync("error log", () => CheckLogAsync(cancellationToken)).ConfigureAwait(false);
    }

    private async Task CheckChecksumsAsync(CancellationToken cancellationToken)
    {
        var found = false;
        await run.QueryAsync(
            "select coalesce(datname::text, 'shared relations'), checksum_failures, clock_timestamp() - checksum_last_failure from pg_stat_database where checksum_failures > 0",
            row =>
            {
                found = true;
                run.Fail(
                    "checksum failures",
                    $"The server met {Figures.Count(row.GetInt64(1), "page")} with a wrong checksum in {row.GetString(0)}{(row.IsDBNull(2) ? string.Empty : $", the last {Figures.Duration(row.GetTimeSpan(2))} ago")}.",
                    "Back up at once to see which blocks they are, check the disk, and restore the relation from a backup that is whole.");
            },
            cancellationToken).ConfigureAwait(false);
        if (!found)
        {
            run.Passed("checksum failures", "The server has met no page with a wrong checksum.");
        }
    }

    private async Task CheckReplicationAsync(CancellationToken cancellationToken)
    {
        var streams = await run.ScalarAsync<bool>("select exists (select from pg_stat_wal_receiver where status = 'streaming')", cancellationToken).ConfigureAwait(false);
        TimeSpan? age = null;
        await run.QueryAsync("select clock_timestamp() - pg_last_xact_replay_timestamp()", row => age = row.IsDBNull(0) ? null : row.GetTimeSpan(0), cancellationToken).ConfigureAwait(false);
        var replayed = age is { } known ? $"; the last transaction that it replayed was committed {Figures.Duration(known)} ago" : string.Empty;
        if (streams)
        {
            run.Passed("replication", $"The standby streams from its primary{replayed}.");
        }
        else
        {
            run.Warn("replication", $"The standby does not stream from its primary{replayed}.", "Check primary_conninfo and the primary. A backup of a standby that lags is as old as the standby.");
        }
    }

    private async Task CheckLogAsync(CancellationToken cancellationToken)
    {
        var file = await run.ScalarAsync<object>("select pg_current_logfile('stderr')", cancellationToken).ConfigureAwait(false) as string;
        if (file is null)
        {
            run.Inform("error log", "The server does not collect its log itself, so that it was not looked at.", "Set logging_collector = on (a restart is needed), or look at the log yourself.");
            return;
        }

        var path = Path.IsPathRooted(file) || run.DataDirectory is null ? file : Path.Combine(run.DataDirectory, file);
        if (!File.Exists(path))
        {
            run.Inform("error log", $"The server's log {path} cannot be reached here.", null);
            return;
        }

        var log = ErrorLog.Read(path);
        if (log.Damage.Count > 0)
        {
            run.Fail("error log", $"The log tells of damage: {log.Damage[^1]}", $"See {path}. Check the disk, and restore what is damaged from a backup that is whole.");
        }

        if (log.Panics > 0)
        {
            run.Fail("error log", $"The last part of the log has {Figures.Count(log.Panics, "line")} with PANIC: {log.LastPanic}", $"See {path}: the server crashed.");
        }

        var message = $"The last part of the log has {Figures.Count(log.Errors, "line")} with ERROR and {Figures.Count(log.Fatals, "line")} with FATAL.";
        if (log.Errors + log.Fatals > 0)
        {
            run.Inform("error log", message + (log.LastError is null ? string.Empty : $" The last one: {log.LastError}"), $"See {path}.");
        }
        else if (log.Panics + log.Damage.Count == 0)
        {
            run.Passed("error log", message);
        }
    }
}
