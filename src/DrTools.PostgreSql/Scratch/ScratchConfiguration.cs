using System.Globalization;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Recovery;

namespace DrTools.PostgreSql.Scratch;

/// <summary>The configuration of a scratch instance: its own, whole, with nothing taken over from the original.</summary>
internal static class ScratchConfiguration
{
    public const int Port = 5432;

    /// <param name="folder">The private folder.</param>
    /// <param name="sockets">Where the socket goes.</param>
    /// <param name="control">What the original ran with: hot standby needs at least as much.</param>
    /// <param name="majorVersion">The server's version.</param>
    /// <param name="options">The user's wishes.</param>
    /// <param name="recovery">The target, or <see langword="null"/> for a start as it is.</param>
    /// <param name="isReadable">Whether the server answers queries during recovery.</param>
    public static IEnumerable<string> Lines(
        string folder, string sockets, ControlFile control, int majorVersion, ScratchOptions options, RecoverySettings? recovery, bool isReadable)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // Private: nobody but this process and its user reaches it.
            ["listen_addresses"] = string.Empty,
            ["port"] = Text(Port),
            ["unix_socket_directories"] = sockets,
            ["unix_socket_permissions"] = "0700",
            ["unix_socket_group"] = string.Empty,
            ["hba_file"] = Path.Combine(folder, "pg_hba.conf"),
            ["ident_file"] = Path.Combine(folder, "pg_ident.conf"),
            ["ssl"] = "off",

            // Reaches nobody: no archive, no primary, no subscription, no job.
            ["archive_mode"] = "off",
            ["archive_command"] = string.Empty,
            ["primary_conninfo"] = string.Empty,
            ["primary_slot_name"] = string.Empty,
            ["max_logical_replication_workers"] = "0",
            ["shared_preload_libraries"] = string.Join(", ", options.PreloadLibraries.Select(l => $"\"{l}\"")),
            ["session_preload_libraries"] = string.Empty,
            ["local_preload_libraries"] = string.Empty,
            ["autovacuum"] = "off",

            // At least what the original had, or its log cannot be replayed while queries run.
            ["max_connections"] = Text(Math.Max(control.MaxConnections, 20)),
            ["max_worker_processes"] = Text(Math.Max(control.MaxWorkerProcesses, 8)),
            ["max_wal_senders"] = Text(control.MaxWalSenders),
            ["max_prepared_transactions"] = Text(control.MaxPreparedTransactions),
            ["max_locks_per_transaction"] = Text(Math.Max(control.MaxLocksPerTransaction, 64)),

            // Small, and throwaway: after a crash of the host it is removed, not recovered.
            ["shared_buffers"] = "64MB",
            ["huge_pages"] = "off",
            ["dynamic_shared_memory_type"] = "mmap",
            ["work_mem"] = "16MB",
            ["maintenance_work_mem"] = "64MB",
            ["fsync"] = "off",
            ["full_page_writes"] = "off",
            ["synchronous_commit"] = "off",
            ["synchronous_standby_names"] = string.Empty,
            ["checkpoint_timeout"] = "1h",
            ["max_wal_size"] = "4GB",
            ["wal_level"] = "replica",
            ["jit"] = "off",
            ["hot_standby"] = isReadable ? "on" : "off",
            ["max_standby_archive_delay"] = "0",

            // Words that can be read, in a file that is removed with the rest.
            ["logging_collector"] = "off",
            ["log_destination"] = "stderr",
            ["log_min_messages"] = "warning",
            ["log_line_prefix"] = "%m [%p] ",
            ["log_timezone"] = "UTC",
            ["timezone"] = "UTC",
            ["datestyle"] = "ISO, MDY",
            ["lc_messages"] = "C",
            ["log_startup_progress_interval"] = "10s",
        };
        if (majorVersion < 15)
        {
            settings.Remove("log_startup_progress_interval");
        }
        else
        {
            settings["archive_library"] = string.Empty;
            settings["allow_in_place_tablespaces"] = "on";
            settings["recovery_prefetch"] = "try";
        }

        if (majorVersion >= 17)
        {
            settings["event_triggers"] = "off";
            settings["summarize_wal"] = "off";
        }

        foreach (var (name, value) in recovery?.ToSettings() ?? [])
        {
            settings[name] = value;
        }

        foreach (var (name, value) in options.Settings)
        {
            settings[name] = value;
        }

        return settings.Select(s => ConfigurationText.Line(s.Key, s.Value));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
