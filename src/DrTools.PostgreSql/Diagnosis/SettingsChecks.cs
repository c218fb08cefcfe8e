using DrTools.PostgreSql.Physical;

namespace DrTools.PostgreSql.Diagnosis;

/// <summary>Privileges, and settings of the server that backups depend on.</summary>
internal sealed class SettingsChecks(DiagnosisRun run)
{
    private static readonly string[] HidingDamage = ["zero_damaged_pages", "ignore_checksum_failure"];

    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (run.Physical is { } physical)
        {
            CheckPrivileges(physical);
            FindDataDirectory(physical);
        }

        await run.TryAsync("settings", () => CheckSettingsAsync(cancellationToken)).ConfigureAwait(false);
        await run.TryAsync("clock", () => CheckClockAsync(cancellationToken)).ConfigureAwait(false);
    }

    private void CheckPrivileges(PhysicalSourceOptions physical)
    {
        var server = run.Server;
        if (!server.MayBackUp)
        {
            run.Fail("privileges", $"{server.User} may not start and stop backups.", $"GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), pg_backup_stop(boolean) TO \"{server.User}\".");
        }
        else if (server.DataDirectory is null)
        {
            run.Fail("privileges", $"{server.User} may not read all settings, so that the data directory is not known.", $"GRANT pg_read_all_settings TO \"{server.User}\".");
        }
        else if (physical.IncludeWal && !server.MayReplicate)
        {
            run.Fail("privileges", $"{server.User} may not create the replication slot that keeps WAL during a backup that includes it.", $"ALTER ROLE \"{server.User}\" REPLICATION.");
        }
        else
        {
            run.Passed("privileges", server.IsSuperuser ? $"{server.User} is a superuser." : $"{server.User} has the privileges that a backup needs.");
        }
    }

    private void FindDataDirectory(PhysicalSourceOptions physical)
    {
        try
        {
            run.DataDirectory = LocalDataDirectory.Find(run.Server, physical.DataDirectory, out _);
            run.Passed("data directory", $"{run.DataDirectory} is on this host and that of the server.");
        }
        catch (DrException e)
        {
            run.Warn("data directory", $"The files cannot be read here: {e.Message}", e.Remedy);
        }
    }

    private async Task CheckSettingsAsync(CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        await run.QueryAsync(
            "select name, setting from pg_settings where name in ('wal_level', 'full_page_writes', 'fsync', 'data_checksums', 'wal_log_hints', 'summarize_wal', 'max_replication_slots', 'zero_damaged_pages', 'ignore_checksum_failure')",
            row => settings[row.GetString(0)] = row.GetString(1),
            cancellationToken).ConfigureAwait(false);
        if (run.Physical is not null && settings["wal_level"] == "minimal")
        {
            run.Fail("wal_level", "wal_level is minimal, which allows no physical backup while the server runs.", "Set wal_level = replica and restart the server.");
        }
        else
        {
            run.Passed("wal_level", $"wal_level is {settings["wal_level"]}.");
        }

        if (settings["data_checksums"] == "on")
        {
            run.Passed("data checksums", "Pages bear checksums, which every backup verifies.");
        }
        else
        {
            run.Warn(
                "data checksums",
                $"Pages bear no checksums: damage on disk is backed up unnoticed{(settings["wal_log_hints"] == "on" ? "." : ", and changed pages have to be found by comparing content.")}",
                "Stop the server and run pg_checksums --enable.");
        }

        if (settings["fsync"] == "off")
        {
            run.Fail("fsync", "fsync is off: a crash of the host can leave the cluster damaged.", "Set fsync = on and reload.");
        }

        if (settings["full_page_writes"] == "off")
        {
            run.Warn("full_page_writes", "full_page_writes is off: pages that are half written in a crash cannot be repaired.", "Set full_page_writes = on and reload, unless the file system writes pages atomically.");
        }

        foreach (var dangerous in HidingDamage.Where(name => settings.GetValueOrDefault(name) == "on"))
        {
            run.Warn(dangerous, $"{dangerous} is on: damage goes unnoticed, or is made permanent.", $"Set {dangerous} = off.");
        }

        if (run.Physical is not null && run.Server.MajorVersion >= 17 && !run.Server.SummarizesWal)
        {
            run.Inform("summarize_wal", "summarize_wal is off: changed pages are found by reading all changed files.", "Set summarize_wal = on and reload; incremental backups of large files then read only what changed.");
        }

        if (run.Physical is { IncludeWal: true })
        {
            var used = await run.ScalarAsync<long>("select count(*) from pg_replication_slots", cancellationToken).ConfigureAwait(false);
            var most = long.Parse(settings["max_replication_slots"], System.Globalization.CultureInfo.InvariantCulture);
            if (used >= most)
            {
                run.Fail("replication slots", $"All {most} replication slots are in use, and a backup that includes WAL needs one.", "Raise max_replication_slots and restart, or drop a slot that nobody uses.");
            }
        }
    }

    private async Task CheckClockAsync(CancellationToken cancellationToken)
    {
        var before = run.Context.Time.GetUtcNow();
        var there = await run.ScalarAsync<DateTime>("select clock_timestamp()", cancellationToken).ConfigureAwait(false);
        var skew = new DateTimeOffset(there.ToUniversalTime()) - before;
        if (skew.Duration() > ClockTolerance)
        {
            run.Warn("clock", $"The server's clock is {Figures.Duration(skew.Duration())} {(skew > TimeSpan.Zero ? "ahead of" : "behind")} this host's.", "Synchronise both (NTP): points in time are by the server's clock, and the ages of backups by this one's.");
        }
        else
        {
            run.Passed("clock", "The clocks of the server and of this host agree.");
        }
    }
}
