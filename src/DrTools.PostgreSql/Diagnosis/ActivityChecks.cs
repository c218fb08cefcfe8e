namespace DrTools.PostgreSql.Diagnosis;

/// <summary>Sessions that a backup would meet: long transactions, and locks.</summary>
internal sealed class ActivityChecks(DiagnosisRun run)
{
    private const int MostNamed = 5;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await run.TryAsync("long transactions", () => CheckTransactionsAsync(cancellationToken)).ConfigureAwait(false);
        await run.TryAsync("locks", () => CheckLocksAsync(cancellationToken)).ConfigureAwait(false);
    }

    private async Task CheckTransactionsAsync(CancellationToken cancellationToken)
    {
        var found = 0;
        await run.QueryAsync(
            $"""
            select pid, coalesce(usename::text, '?'), coalesce(datname::text, '?'), clock_timestamp() - xact_start, coalesce(state, '?')
            from pg_stat_activity
            where xact_start < clock_timestamp() - {DiagnosisLimits.Interval(run.Limits.LongTransaction)} and backend_type = 'client backend' and pid <> pg_backend_pid()
            order by xact_start
            """,
            row =>
            {
                if (found++ < MostNamed)
                {
                    run.Warn(
                        "long transactions",
                        $"Process {row.GetInt32(0)} ({row.GetString(1)} in {row.GetString(2)}, {row.GetString(4)}) has had a transaction open for {Figures.Duration(row.GetTimeSpan(3))}; dead rows cannot be removed, and recovery to a point after it replays it all.",
                        $"End it, or SELECT pg_terminate_backend({row.GetInt32(0)}); idle_in_transaction_session_timeout sets a limit.");
                }
            },
            cancellationToken).ConfigureAwait(false);
        await run.QueryAsync(
            $"select gid, database::text, clock_timestamp() - prepared from pg_prepared_xacts where prepared < clock_timestamp() - {DiagnosisLimits.Interval(run.Limits.LongTransaction)} order by prepared limit 5",
            row =>
            {
                found++;
                run.Warn("long transactions", $"The prepared transaction '{row.GetString(0)}' in {row.GetString(1)} has waited for {Figures.Duration(row.GetTimeSpan(2))}; it holds its locks also in every restored copy.", "COMMIT PREPARED or ROLLBACK PREPARED it.");
            },
            cancellationToken).ConfigureAwait(false);
        if (found == 0)
        {
            run.Passed("long transactions", $"No transaction is older than {Figures.Duration(run.Limits.LongTransaction)}.");
        }
    }

    private async Task CheckLocksAsync(CancellationToken cancellationToken)
    {
        var found = 0;
        await run.QueryAsync(
            $"""
            select a.pid, coalesce(a.usename::text, '?'), coalesce(a.datname::text, '?'), clock_timestamp() - coalesce(a.query_start, a.xact_start), array_to_string(pg_blocking_pids(a.pid), ', ')
            from pg_stat_activity a
            where a.wait_event_type = 'Lock' and a.query_start < clock_timestamp() - {DiagnosisLimits.Interval(run.Limits.LockWait)}
            order by a.query_start limit 5
            """,
            row =>
            {
                found++;
                run.Warn("locks", $"Process {row.GetInt32(0)} ({row.GetString(1)} in {row.GetString(2)}) has waited for a lock for {Figures.Duration(row.GetTimeSpan(3))}; process {row.GetString(4)} holds it.", "End the process that holds it, or wait. lock_timeout sets a limit.");
            },
            cancellationToken).ConfigureAwait(false);
        if (run.Physical is null)
        {
            await run.QueryAsync(
                $"""
                select l.pid, l.relation::regclass::text, clock_timestamp() - a.xact_start
                from pg_locks l join pg_stat_activity a using (pid)
                where l.mode = 'AccessExclusiveLock' and l.granted and l.locktype = 'relation' and l.relation >= 16384
                  and l.database = (select oid from pg_database where datname = current_database()) and a.xact_start < clock_timestamp() - {DiagnosisLimits.Interval(run.Limits.LockWait / 6)}
                order by a.xact_start limit 5
                """,
                row =>
                {
                    found++;
                    run.Warn("locks", $"Process {row.GetInt32(0)} has locked {row.GetString(1)} exclusively for {Figures.Duration(row.GetTimeSpan(2))}; a dump would wait for it.", "Take the backup when it is done.");
                },
                cancellationToken).ConfigureAwait(false);
        }

        if (found == 0)
        {
            run.Passed("locks", "Nobody waits for a lock.");
        }
    }
}
