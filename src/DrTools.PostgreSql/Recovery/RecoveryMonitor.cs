using System.Globalization;
using System.Text.RegularExpressions;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Recovery;

/// <summary>
/// Watches a server recover: by asking it where it answers, and otherwise by its control file, its log and
/// <c>postmaster.pid</c>. The rate is that between two looks of one monitor.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL">Recovery
/// Control Functions</see>.</remarks>
public sealed partial class RecoveryMonitor
{
    /// <summary>Log left of which a warning is given, bytes.</summary>
    public const long LagWarning = 1_000_000_000;

    /// <summary>Time after which a warning is given.</summary>
    public static readonly TimeSpan DurationWarning = TimeSpan.FromHours(2);

    private const int LinesShown = 10;

    /// <summary>Index of the status in <c>postmaster.pid</c> (<c>LOCK_FILE_LINE_PM_STATUS</c>).</summary>
    private const int StatusLine = 7;

    private readonly string? _dataDirectory;
    private readonly ServerAddress? _address;
    private readonly string? _password;
    private readonly TimeProvider _time;
    private (DateTimeOffset At, Lsn Position)? _last;

    /// <summary>Watches the server of a data directory on this host.</summary>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="user">Whom to connect as; a superuser of the cluster if not given.</param>
    /// <param name="password">A password from a credential, if any.</param>
    /// <param name="time">The clock.</param>
    public RecoveryMonitor(string dataDirectory, string? user = null, string? password = null, TimeProvider? time = null)
    {
        (_dataDirectory, User, _password, _time) = (Path.GetFullPath(dataDirectory), user, password, time ?? TimeProvider.System);
    }

    /// <summary>Watches a server that is reached by its address alone.</summary>
    /// <param name="address">The server.</param>
    /// <param name="password">A password from a credential, if any.</param>
    /// <param name="time">The clock.</param>
    public RecoveryMonitor(ServerAddress address, string? password = null, TimeProvider? time = null) =>
        (_address, _password, _time) = (address, password, time ?? TimeProvider.System);

    /// <summary>Where the log ends that is there, if the caller knows (the archive's end); makes the remaining time known.</summary>
    public Lsn? End { get; set; }

    private string? User { get; }

    /// <summary>Looks once.</summary>
    /// <exception cref="DrException"><see cref="DrError.SourceMissing"/> where there is no data directory;
    /// <see cref="DrError.ServerUnreachable"/> where only an address is known and it does not answer.</exception>
    public async Task<RecoveryProgress> ReadAsync(CancellationToken cancellationToken)
    {
        var progress = _dataDirectory is { } directory ? FromFiles(directory) : new RecoveryProgress { State = RecoveryState.Starting, At = _time.GetUtcNow() };
        if (progress.State != RecoveryState.NotRunning && (_address ?? FindAddress()) is { } address)
        {
            try
            {
                progress = await AskAsync(address, progress, cancellationToken).ConfigureAwait(false);
            }
            catch (DrException e) when (e.Error == DrError.ServerUnreachable && _dataDirectory is not null)
            {
                // It does not answer yet, or not us: the files have told what they can.
                progress = progress with { Unanswered = e.InnerException is PostgresException { SqlState: var state } refusal && state.StartsWith("28", StringComparison.Ordinal) ? refusal.MessageText : null };
            }
        }

        return Judge(progress);
    }

    private RecoveryProgress FromFiles(string directory)
    {
        if (!File.Exists(Path.Combine(directory, "PG_VERSION")))
        {
            throw new DrException(DrError.SourceMissing, $"{directory} is no data directory: it has no PG_VERSION.", "Check the path.") { Subject = directory };
        }

        var now = _time.GetUtcNow();
        var lines = ServerFiles.RunningServer(directory) is null ? null : ServerFiles.ReadPidFile(directory);
        var log = NewestLog(directory) is { } path ? new ServerLog(path).ReadEnd() : string.Empty;
        var control = ControlFile.Read(directory);

        // A server that lets clients in says so there ("ready"), in recovery too. By then its control file is its own, and no
        // longer that of the backup, of a server in production.
        var state = lines is null ? RecoveryState.NotRunning
            : lines.Count <= StatusLine || lines[StatusLine] != "ready" ? RecoveryState.Starting
            : control.State == ClusterState.InProduction ? RecoveryState.Finished : RecoveryState.Replaying;
        var position = ServerLog.LastPosition(log);
        if (control.MinimumRecoveryPoint.Value > 0 && !(position > control.MinimumRecoveryPoint))
        {
            position = control.MinimumRecoveryPoint;
        }

        return new RecoveryProgress
        {
            DataDirectory = directory,
            State = state,
            At = now,
            Position = state == RecoveryState.Finished ? null : position,
            LastCommit = ServerLog.LastCommit(log),
            Target = ReadTarget(directory),
            Elapsed = lines is { Count: > 2 } && long.TryParse(lines[2], NumberStyles.None, CultureInfo.InvariantCulture, out var started) ? now - DateTimeOffset.FromUnixTimeSeconds(started) : null,
            LogLines = ServerLog.LastLines(log, LinesShown),
        };
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(query, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is T value ? value : default!;
    }

    /// <summary>Which settings are lower than the log demands of a server that answers queries.</summary>
    /// <remarks><see href="https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN">Hot Standby,
    /// Administrator's Overview</see>.</remarks>
    private static async Task<Dictionary<string, int>> TooLowAsync(NpgsqlConnection connection, ControlFile control, CancellationToken cancellationToken)
    {
        var tooLow = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, needed) in ((string, int)[])
            [
                ("max_connections", control.MaxConnections), ("max_worker_processes", control.MaxWorkerProcesses), ("max_wal_senders", control.MaxWalSenders),
                ("max_prepared_transactions", control.MaxPreparedTransactions), ("max_locks_per_transaction", control.MaxLocksPerTransaction),
            ])
        {
            if (await ScalarAsync<int>(connection, $"select current_setting('{name}')::int", cancellationToken).ConfigureAwait(false) < needed)
            {
                tooLow[name] = needed;
            }
        }

        return tooLow;
    }

    private async Task<RecoveryProgress> AskAsync(ServerAddress address, RecoveryProgress progress, CancellationToken cancellationToken)
    {
        await using var connection = await ServerConnection.OpenAsync(address, _password, null, cancellationToken).ConfigureAwait(false);
        try
        {
            var started = await ScalarAsync<DateTime>(connection, "select pg_postmaster_start_time()", cancellationToken).ConfigureAwait(false);
            progress = progress with { Elapsed = _time.GetUtcNow() - new DateTimeOffset(started) };
            if (!await ScalarAsync<bool>(connection, "select pg_is_in_recovery()", cancellationToken).ConfigureAwait(false))
            {
                return progress with { State = RecoveryState.Finished, Position = null };
            }

            var pause = connection.PostgreSqlVersion.Major >= 14
                ? await ScalarAsync<string>(connection, "select pg_get_wal_replay_pause_state()", cancellationToken).ConfigureAwait(false)
                : await ScalarAsync<bool>(connection, "select pg_is_wal_replay_paused()", cancellationToken).ConfigureAwait(false) ? "paused" : "not paused";
            var position = await ScalarAsync<string?>(connection, "select pg_last_wal_replay_lsn()::text", cancellationToken).ConfigureAwait(false);
            var received = await ScalarAsync<string?>(connection, "select pg_last_wal_receive_lsn()::text", cancellationToken).ConfigureAwait(false);
            var commit = await ScalarAsync<DateTime?>(connection, "select pg_last_xact_replay_timestamp()", cancellationToken).ConfigureAwait(false);
            var target = await ScalarAsync<string?>(
                connection,
                "select string_agg(name || ' = ' || setting, ', ') from pg_settings where name in ('recovery_target', 'recovery_target_time', 'recovery_target_lsn', 'recovery_target_xid', 'recovery_target_name') and setting <> ''",
                cancellationToken).ConfigureAwait(false);
            return progress with
            {
                TooLow = pause == "paused" && _dataDirectory is not null ? await TooLowAsync(connection, ControlFile.Read(_dataDirectory), cancellationToken).ConfigureAwait(false) : progress.TooLow,
                State = pause == "paused" ? RecoveryState.Paused : RecoveryState.Replaying,
                PauseState = pause == "not paused" ? null : pause,
                Position = Lsn.TryParse(position, out var replayed) ? replayed : progress.Position,
                End = Lsn.TryParse(received, out var end) ? end : progress.End,
                LastCommit = commit is { } time ? new DateTimeOffset(time) : progress.LastCommit,
                Target = target ?? progress.Target,
            };
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectNotInPrerequisiteState)
        {
            // Recovery ended between two questions.
            return progress with { State = RecoveryState.Finished, Position = null };
        }
        catch (NpgsqlException e)
        {
            throw ServerConnection.Failed(address, "The server did not tell how far it is", e);
        }
    }

    private RecoveryProgress Judge(RecoveryProgress progress)
    {
        progress = progress with { End = End > progress.End || progress.End is null ? End ?? TargetPosition(progress) : progress.End };
        if (progress.Position is { } position)
        {
            if (_last is { } last && progress.At > last.At && position >= last.Position)
            {
                progress = progress with { BytesPerSecond = (position.Value - last.Position.Value) / (progress.At - last.At).TotalSeconds };
            }

            _last = (progress.At, position);
        }

        var warnings = new List<string>();
        if (progress.State is RecoveryState.Starting or RecoveryState.Replaying)
        {
            if (progress.RemainingBytes > LagWarning)
            {
                warnings.Add($"{Figures.Bytes(progress.RemainingBytes.Value)} of log are left, more than {Figures.Bytes(LagWarning)}.");
            }

            if (progress.Elapsed > DurationWarning)
            {
                warnings.Add($"The recovery has been running for {Figures.Duration(progress.Elapsed.Value)}, longer than {Figures.Duration(DurationWarning)}.");
            }
        }
        else if (progress.TooLow.Count > 0)
        {
            warnings.Add($"Replay is paused because the original was given more meanwhile: set {string.Join(", ", progress.TooLow.Select(s => $"{s.Key} = {s.Value}"))} and start the server again.");
        }
        else if (progress.State == RecoveryState.Paused)
        {
            warnings.Add("Replay is paused: look at the data, then end recovery with pg_wal_replay_resume(), or shut down and choose a later target.");
        }

        return progress with { Warnings = warnings };
    }

    private static Lsn? TargetPosition(RecoveryProgress progress) =>
        progress.Target is { } target && TargetForm().Match(target) is { Success: true } match && Lsn.TryParse(match.Groups["lsn"].Value, out var lsn) ? lsn : null;

    /// <summary>Through the socket (or the address) that <c>postmaster.pid</c> names.</summary>
    private ServerAddress? FindAddress()
    {
        if (ServerFiles.ReadPidFile(_dataDirectory!) is not { Count: > 5 } lines || !int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return null;
        }

        var host = lines[4].Length > 0 ? lines[4] : lines[5] is "*" or "0.0.0.0" ? "127.0.0.1" : lines[5];
        return host.Length == 0 ? null : new ServerAddress { Host = host, Port = port, User = User ?? BootstrapSuperuser.Find(_dataDirectory!) };
    }

    /// <summary>The target in the settings that servers write themselves; the last of several counts.</summary>
    private static string? ReadTarget(string directory)
    {
        var path = Path.Combine(directory, RecoverySettings.SettingsFile);
        if (!File.Exists(path))
        {
            return null;
        }

        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var match in File.ReadLines(path).Select(l => SettingForm().Match(l)).Where(m => m.Success))
        {
            settings[match.Groups["name"].Value] = match.Groups["value"].Value.Replace("''", "'", StringComparison.Ordinal);
        }

        var named = settings.Where(s => s.Value.Length > 0).Select(s => $"{s.Key} = {s.Value}").ToList();
        return named.Count == 0 ? null : string.Join(", ", named);
    }

    private static string? NewestLog(string directory)
    {
        var folder = Path.Combine(directory, "log");
        var logs = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.log") : [];
        return logs.Append(Path.Combine(directory, ServerStart.LogFile)).Where(File.Exists).MaxBy(File.GetLastWriteTimeUtc);
    }

    [GeneratedRegex(@"^\s*(?<name>recovery_target(?:_time|_lsn|_xid|_name)?)\s*=\s*'(?<value>(?:[^']|'')*)'")]
    private static partial Regex SettingForm();

    [GeneratedRegex(@"recovery_target_lsn = (?<lsn>[0-9A-Fa-f]+/[0-9A-Fa-f]+)")]
    private static partial Regex TargetForm();
}
