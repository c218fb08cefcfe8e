using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Diagnosis;

/// <summary>Whether WAL is archived, and arrives.</summary>
internal sealed class ArchivingChecks(DiagnosisRun run)
{
    private const int ManyWaiting = 10;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await run.TryAsync("archiving", () => CheckAsync(cancellationToken)).ConfigureAwait(false);
        await run.TryAsync("replication slots", () => CheckSlotsAsync(cancellationToken)).ConfigureAwait(false);
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        var server = run.Server;
        if (server.ArchiveMode == "off")
        {
            var remedy = "Run Enable-DrLogArchive, or stream the log with Start-DrLogStream.";
            if (run.Physical is { IncludeWal: false })
            {
                run.Fail("archiving", "archive_mode is off: a physical backup could not be made consistent.", "Store the WAL with the backup (-IncludeLog, --include-wal), or set up archiving (Enable-DrLogArchive, drtools archive enable).");
            }
            else
            {
                run.Warn("archiving", "archive_mode is off: only the moments of backups can be restored, and nothing in between.", remedy);
            }

            return;
        }

        if (server.ArchiveCommand.Length == 0)
        {
            run.Fail("archiving", $"archive_mode is {server.ArchiveMode}, and neither archive_command nor archive_library is set: WAL piles up in pg_wal.", "Run Enable-DrLogArchive.");
            return;
        }

        if (server.IsStandby && server.ArchiveMode == "on")
        {
            run.Inform("archiving", "A standby with archive_mode = on archives nothing itself; its primary does.", null);
            return;
        }

        await CheckProgressAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task CheckProgressAsync(CancellationToken cancellationToken)
    {
        string? last = null, failed = null;
        TimeSpan? lastAge = null, failedAge = null;
        long failures = 0;
        await run.QueryAsync(
            "select last_archived_wal, clock_timestamp() - last_archived_time, last_failed_wal, clock_timestamp() - last_failed_time, failed_count from pg_stat_archiver",
            row => (last, lastAge, failed, failedAge, failures) = (
                row.IsDBNull(0) ? null : row.GetString(0), row.IsDBNull(1) ? null : row.GetTimeSpan(1),
                row.IsDBNull(2) ? null : row.GetString(2), row.IsDBNull(3) ? null : row.GetTimeSpan(3), row.GetInt64(4)),
            cancellationToken).ConfigureAwait(false);
        var (waiting, oldest) = (0L, TimeSpan.Zero);
        await run.TryAsync("archiving", () => run.QueryAsync(
            "select count(*), coalesce(max(clock_timestamp() - modification), interval '0') from pg_ls_archive_statusdir() where name like '%.ready'",
            row => (waiting, oldest) = (row.GetInt64(0), row.GetTimeSpan(1)),
            cancellationToken)).ConfigureAwait(false);

        if (failedAge is { } sinceFailure && (lastAge is null || sinceFailure < lastAge))
        {
            run.Fail(
                "archiving",
                $"Archiving fails: {failed} could not be archived {Figures.Duration(sinceFailure)} ago, after {Figures.Count(failures, "failure")}; {Figures.Count(waiting, "file")} wait.",
                "See the server's log for what archive_command says. Until it works again, WAL piles up in pg_wal, and what is not archived is lost with the host.");
        }
        else if (waiting > ManyWaiting)
        {
            run.Warn("archiving", $"{Figures.Count(waiting, "file")} wait to be archived, the oldest for {Figures.Duration(oldest)}: archiving does not keep up.", "Archive asynchronously or with a lower compression level, or check the way to the repository.");
        }
        else if (last is null)
        {
            run.Inform("archiving", "Nothing has been archived since the statistics were reset.", "Run Switch-DrLog to see that archiving works.");
        }
        else
        {
            run.Passed("archiving", $"{last} was archived {Figures.Duration(lastAge ?? TimeSpan.Zero)} ago; {(waiting == 0 ? "nothing waits" : Figures.Count(waiting, "file") + " wait")}.");
        }

        if (last is not null && run.Context.Logs is { } logs && WalFileName.TryParse(last, out _))
        {
            var archive = new RepositoryWal(logs);
            var missing = await archive.FindMissingAsync(run.Server.SystemIdentifier, [last], cancellationToken).ConfigureAwait(false);
            if (missing.Count > 0)
            {
                run.Fail("archive", $"The server says that it archived {last}, and it is not in {archive.Name}.", "Check archive_command: it may lead to another repository, or end with 0 without storing anything. Run Enable-DrLogArchive.");
            }
            else
            {
                run.Passed("archive", $"{last} is in {archive.Name}.");
            }
        }

        var timeout = await run.ScalarAsync<int>("select setting::int from pg_settings where name = 'archive_timeout'", cancellationToken).ConfigureAwait(false);
        if (timeout == 0)
        {
            run.Inform("archive_timeout", "archive_timeout is 0: when little is written, changes stay unarchived until a segment is full.", "Set archive_timeout to the loss that is acceptable (60 s, say), or stream the log with Start-DrLogStream.");
        }
    }

    private async Task CheckSlotsAsync(CancellationToken cancellationToken)
    {
        var (slots, worst) = (0, 0L);
        await run.QueryAsync(
            """
            select slot_name::text, active, coalesce(wal_status, 'lost'), safe_wal_size,
                   coalesce(pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn), 0)::bigint
            from pg_replication_slots where not temporary and restart_lsn is not null
            """,
            row =>
            {
                slots++;
                var (name, active, status, held) = (row.GetString(0), row.GetBoolean(1), row.GetString(2), row.GetInt64(4));
                worst = Math.Max(worst, held);
                if (status is "lost" or "unreserved")
                {
                    run.Warn("replication slots", $"The replication slot {name} has lost WAL that its consumer needs ({status}).", $"Set the consumer up again, or SELECT pg_drop_replication_slot('{name}').");
                }
                else if (!active && held > run.Limits.SlotWal)
                {
                    run.Warn("replication slots", $"The replication slot {name} has no consumer and holds {Figures.Bytes(held)} of WAL; pg_wal grows until the disk is full.", $"Start its consumer, or SELECT pg_drop_replication_slot('{name}'); max_slot_wal_keep_size sets a limit.");
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (slots > 0 && worst <= run.Limits.SlotWal)
        {
            run.Passed("replication slots", $"{Figures.Count(slots, "replication slot")} {(slots == 1 ? "holds" : "hold")} at most {Figures.Bytes(worst)} of WAL.");
        }
    }
}
