using System.Globalization;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Administration;

/// <summary>How archiving is set up.</summary>
public sealed record LogArchiveOptions
{
    /// <summary>A password from a credential; otherwise the password file or service file serves.</summary>
    public string? Password { get; init; }

    /// <summary>What the server is to run for every segment.</summary>
    public required ArchiveCommand Command { get; init; }

    /// <summary>The archive that <see cref="Command"/> leads to: a segment has to arrive there.</summary>
    public required IWalArchiveCheck Archive { get; init; }

    /// <summary>After how long a segment is ended even if it is not full (<c>archive_timeout</c>), in whole seconds; zero
    /// for never. What is written since is what a lost host loses.</summary>
    public TimeSpan ArchiveTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether another archive_command may be replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Restarts the server where a setting needs that; if there is nothing to do so, the caller is told.</summary>
    public ServerRestart? Restart { get; init; }

    /// <summary>How long to wait for the segment that proves it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>What setting up archiving came to.</summary>
public sealed record LogArchiveResult
{
    /// <summary>What was changed; nothing when all was as it should be.</summary>
    public required IReadOnlyList<SettingChange> Changes { get; init; }

    /// <summary>Whether the server has to be restarted before anything is archived. Then nothing is proven yet.</summary>
    public required bool RestartNeeded { get; init; }

    /// <summary>The segment that was switched and has arrived; the proof.</summary>
    public LogSwitchResult? Proof { get; init; }

    /// <summary>The restart, if there was one.</summary>
    public ServerRestartResult? Restart { get; init; }
}

/// <summary>
/// Sets a server up to archive its WAL, and proves it with a segment that really arrives. What does not work is taken
/// back.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-ARCHIVING-WAL">PostgreSQL:
/// Setting Up WAL Archiving</see>.</remarks>
public sealed class LogArchiveSetup(ServerAddress address, LogArchiveOptions options)
{
    /// <summary>Says what would be changed. Nothing is.</summary>
    /// <exception cref="DrException">See <see cref="RunAsync"/>.</exception>
    public async Task<IReadOnlyList<SettingChange>> PlanAsync(CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(address, options.Password, null, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var server = await ServerState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            Require(server);
            return await new ServerSettings(connection).PlanAsync(Wanted(server), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sets it up.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerSetting"/> where something else archives already,
    /// <see cref="DrError.PrivilegeMissing"/>, <see cref="DrError.LogMissing"/> where the segment did not arrive; the
    /// settings are then as they were.</exception>
    public async Task<LogArchiveResult> RunAsync(CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(address, options.Password, null, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var server = await ServerState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            Require(server);
            var settings = new ServerSettings(connection);
            var changes = await settings.PlanAsync(Wanted(server), cancellationToken).ConfigureAwait(false);
            if (changes.Count > 0)
            {
                await settings.ApplyAsync(changes, cancellationToken).ConfigureAwait(false);
            }

            if (!changes.Any(c => c.NeedsRestart))
            {
                try
                {
                    return new LogArchiveResult { Changes = changes, RestartNeeded = false, Proof = await Switch().SwitchAsync(connection, server, cancellationToken).ConfigureAwait(false) };
                }
                catch (DrException e) when (changes.Count > 0)
                {
                    await settings.UndoAsync().ConfigureAwait(false);
                    throw TakenBack(e);
                }
                catch (OperationCanceledException)
                {
                    await settings.UndoAsync().ConfigureAwait(false);
                    throw;
                }
            }

            if (options.Restart is null)
            {
                return new LogArchiveResult { Changes = changes, RestartNeeded = true };
            }

            return await RestartAndProveAsync(changes, settings, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<LogArchiveResult> RestartAndProveAsync(IReadOnlyList<SettingChange> changes, ServerSettings before, CancellationToken cancellationToken)
    {
        ServerRestartResult restart;
        try
        {
            restart = await options.Restart!.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error is DrError.ServerSetting or DrError.PrivilegeMissing or DrError.ToolMissing)
        {
            // It was not stopped in the first place.
            await before.UndoAsync().ConfigureAwait(false);
            throw TakenBack(e);
        }

        var connection = await ServerConnection.OpenAsync(address, options.Password, null, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var server = await ServerState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            try
            {
                return new LogArchiveResult
                {
                    Changes = changes,
                    RestartNeeded = false,
                    Restart = restart,
                    Proof = await Switch().SwitchAsync(connection, server, cancellationToken).ConfigureAwait(false),
                };
            }
            catch (DrException e)
            {
                // archive_mode stays on, which does nothing without a command, rather than restarting once more.
                await before.ContinueIn(connection).UndoAsync().ConfigureAwait(false);
                throw TakenBack(e);
            }
        }
    }

    private LogSwitch Switch() => new(address, new LogSwitchOptions { Password = options.Password, Archive = options.Archive, Timeout = options.Timeout });

    private static DrException TakenBack(DrException cause) =>
        new(cause.Error, $"{cause.Message} The settings were put back as they were.", cause.Remedy, cause) { Subject = cause.Subject };

    private Dictionary<string, string> Wanted(ServerState server)
    {
        var seconds = (long)options.ArchiveTimeout.TotalSeconds;
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["archive_command"] = options.Command.ToString(),
            ["archive_library"] = string.Empty,
            ["archive_timeout"] = Time(seconds),
        };
        if (server.ArchiveMode == "off")
        {
            wanted["archive_mode"] = "on";
        }

        if (server.WalLevel == "minimal")
        {
            wanted["wal_level"] = "replica";
        }

        return wanted;
    }

    private void Require(ServerState server)
    {
        if (server.IsStandby)
        {
            throw new DrException(
                DrError.ServerSetting,
                $"{address} is a standby: its archiving cannot be proven, because it writes no WAL of its own.",
                "Set up the primary. ALTER SYSTEM settings of a primary are copied to standbys that are made from it later.");
        }

        if (server.ArchiveMode != "off" && server.ArchiveCommand.Length > 0 && server.ArchiveCommand != options.Command.ToString() && !options.Force)
        {
            throw new DrException(
                DrError.ServerSetting,
                $"{address} archives already, with: {server.ArchiveCommand}",
                "Use --force (-Force) to replace it. What relies on the archive so far gets nothing any more.");
        }
    }

    /// <summary>A number of seconds in the words of <c>current_setting</c>.</summary>
    private static string Time(long seconds)
    {
        var (value, unit) = seconds switch
        {
            0 => (0, string.Empty),
            _ when seconds % 86400 == 0 => (seconds / 86400, "d"),
            _ when seconds % 3600 == 0 => (seconds / 3600, "h"),
            _ when seconds % 60 == 0 => (seconds / 60, "min"),
            _ => (seconds, "s"),
        };
        return value.ToString(CultureInfo.InvariantCulture) + unit;
    }
}
