using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Diagnosis;
using DrTools.PostgreSql.Physical;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Administration;

/// <summary>How a server is restarted.</summary>
public sealed record ServerRestartOptions
{
    /// <summary>A password from a credential; otherwise the password file or service file serves.</summary>
    public string? Password { get; init; }

    /// <summary>A command that restarts the server, run by the shell (<c>systemctl restart postgresql@15-main</c>); without
    /// one <c>pg_ctl</c> is run as the owner of the data directory.</summary>
    public string? ServiceCommand { get; init; }

    /// <summary>Where the data directory is, if it cannot be reached under the name that the server gives it.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Whether to restart in spite of what the checks before found (a backup that runs, sessions that write).</summary>
    public bool Force { get; init; }

    /// <summary>How long to wait until the server has stopped and accepts connections again.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What a restart came to.</summary>
public sealed record ServerRestartResult
{
    /// <summary>How long the server did not answer.</summary>
    public required TimeSpan Downtime { get; init; }

    /// <summary>What was found before.</summary>
    public required IReadOnlyList<SourceFinding> Before { get; init; }

    /// <summary>What was found afterwards.</summary>
    public required IReadOnlyList<SourceFinding> After { get; init; }

    /// <summary>Whether the server is as it was: same cluster, same role, and no setting waits for another restart.</summary>
    public bool Passed => After.All(f => f.Severity != FindingSeverity.Error);
}

/// <summary>Restarts a server, with checks before (would it come up again, what would be interrupted) and after.</summary>
public sealed class ServerRestart(ServerAddress address, ServerRestartOptions options)
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks at what a restart would interrupt. Nothing is changed.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerUnreachable"/>.</exception>
    public async Task<IReadOnlyList<SourceFinding>> PlanAsync(CancellationToken cancellationToken)
    {
        var (_, findings) = await CheckBeforeAsync(cancellationToken).ConfigureAwait(false);
        return findings;
    }

    /// <summary>Restarts it.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerSetting"/> where a check before speaks against it (nothing has
    /// been done then), <see cref="DrError.ToolMissing"/>, <see cref="DrError.PrivilegeMissing"/>, or
    /// <see cref="DrError.ServerFailure"/> where it did not come up.</exception>
    public async Task<ServerRestartResult> RunAsync(CancellationToken cancellationToken)
    {
        var (state, before) = await CheckBeforeAsync(cancellationToken).ConfigureAwait(false);
        if (!options.Force && before.FirstOrDefault(f => f.Severity == FindingSeverity.Error) is { } obstacle)
        {
            throw new DrException(DrError.ServerSetting, $"{address} is not restarted: {obstacle.Message}", $"{obstacle.Remedy} Or use -Force.");
        }

        RestartCommand command = options.ServiceCommand is { } service
            ? new ServiceRestart(service)
            : ControlProgramRestart.Prepare(LocalDataDirectory.Find(state, options.DataDirectory, out _), state.MajorVersion);
        var stopped = options.Time.GetTimestamp();
        await command.RunAsync(options.Timeout, cancellationToken).ConfigureAwait(false);
        var now = await WaitAsync(state, stopped, cancellationToken).ConfigureAwait(false);
        return new ServerRestartResult
        {
            Downtime = options.Time.GetElapsedTime(stopped),
            Before = before,
            After = await CheckAfterAsync(state, now, cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<(ServerState State, IReadOnlyList<SourceFinding> Findings)> CheckBeforeAsync(CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(address, options.Password, null, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var state = await ServerState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            var run = new DiagnosisRun(connection, state, null, new DiagnosisContext { Time = options.Time }, DiagnosisLimits.Default);
            await run.TryAsync("configuration", () => CheckConfigurationAsync(run, cancellationToken)).ConfigureAwait(false);
            await run.TryAsync("sessions", () => CheckSessionsAsync(run, cancellationToken)).ConfigureAwait(false);
            return (state, run.Findings);
        }
    }

    /// <summary>A server that has been stopped with a wrong setting does not start.</summary>
    /// <remarks>The view says of a setting that counts only after a restart the same as of one whose value is wrong, so
    /// that of those settings wrong values go unnoticed here.</remarks>
    private static async Task CheckConfigurationAsync(DiagnosisRun run, CancellationToken cancellationToken)
    {
        var wrong = 0;
        await run.QueryAsync(
            """
            select coalesce(f.name, '?'), coalesce(f.setting, ''), f.sourcefile, f.sourceline, f.error
            from pg_file_settings f left join pg_settings s on s.name = f.name
            where f.error is not null and (f.error <> 'setting could not be applied' or s.context is distinct from 'postmaster')
            """,
            row =>
            {
                wrong++;
                run.Fail("configuration", $"{row.GetString(2)} line {row.GetInt32(3)}: {row.GetString(0)} = '{row.GetString(1)}': {row.GetString(4)}. The server would not start.", "Mend the line.");
            },
            cancellationToken).ConfigureAwait(false);
        var pending = new List<string>();
        await run.QueryAsync("select name from pg_settings where pending_restart order by name", row => pending.Add(row.GetString(0)), cancellationToken).ConfigureAwait(false);
        if (wrong == 0)
        {
            run.Passed("configuration", pending.Count == 0 ? "The files of settings have no errors, and no setting waits for a restart." : $"The files of settings have no errors; {string.Join(", ", pending)} {(pending.Count == 1 ? "waits" : "wait")} for the restart.");
        }
    }

    private static async Task CheckSessionsAsync(DiagnosisRun run, CancellationToken cancellationToken)
    {
        var (sessions, active) = (0L, 0L);
        await run.QueryAsync(
            "select count(*), count(*) filter (where xact_start is not null) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
            row => (sessions, active) = (row.GetInt64(0), row.GetInt64(1)),
            cancellationToken).ConfigureAwait(false);
        if (active > 0)
        {
            run.Warn("sessions", $"{Figures.Count(sessions, "session")} would be ended, {active} of them in a transaction that would be rolled back.", "Restart when there is less going on.");
        }
        else
        {
            run.Passed("sessions", $"{Figures.Count(sessions, "session")} would be ended, none in a transaction.");
        }

        await run.QueryAsync(
            "select a.pid, coalesce(a.application_name, '') from pg_stat_activity a where a.pid in (select pid from pg_stat_progress_basebackup) or (a.application_name = 'drtools' and a.query ilike '%pg_backup_start%' and a.pid <> pg_backend_pid())",
            row => run.Fail("backup", $"Process {row.GetInt32(0)} takes a backup, which would be void.", "Wait until it is done."),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<ServerState> WaitAsync(ServerState before, long stopped, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var connection = await ServerConnection.OpenAsync(address, options.Password, null, cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    var now = await ServerState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
                    if (now.Started != before.Started)
                    {
                        return now;
                    }
                }
            }
            catch (DrException e) when (e.Error == DrError.ServerUnreachable && options.Time.GetElapsedTime(stopped) < options.Timeout)
            {
                // Not up yet.
            }

            if (options.Time.GetElapsedTime(stopped) > options.Timeout)
            {
                throw new DrException(
                    DrError.ServerFailure,
                    $"{address} was not restarted: it still runs since {before.Started.ToUniversalTime():u}.",
                    "Check the command that should have restarted it.");
            }

            await Task.Delay(BetweenTries, options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<SourceFinding>> CheckAfterAsync(ServerState before, ServerState now, CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(address, options.Password, null, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var run = new DiagnosisRun(connection, now, null, new DiagnosisContext { Time = options.Time }, DiagnosisLimits.Default);
            if (now.SystemIdentifier != before.SystemIdentifier)
            {
                run.Fail("identity", $"Another cluster answers now: its system identifier is {now.SystemIdentifier}, and was {before.SystemIdentifier}.", "Check the service that was restarted.");
            }
            else if (now.IsStandby != before.IsStandby)
            {
                run.Fail("identity", $"The server was a {(before.IsStandby ? "standby" : "primary")} before, and is a {(now.IsStandby ? "standby" : "primary")} now.", "Look for standby.signal and what removed or made it.");
            }
            else
            {
                run.Passed("identity", $"The same cluster answers, {now}{(now.VersionNumber == before.VersionNumber ? string.Empty : $", which was {before}")}.");
            }

            await run.TryAsync("configuration", () => CheckConfigurationAsync(run, cancellationToken)).ConfigureAwait(false);
            return run.Findings;
        }
    }
}
