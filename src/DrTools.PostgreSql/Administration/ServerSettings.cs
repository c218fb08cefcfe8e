using DrTools.PostgreSql.Connections;
using Npgsql;

namespace DrTools.PostgreSql.Administration;

/// <summary>Changes settings with <c>ALTER SYSTEM</c>, and takes the changes back.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/sql-altersystem.html">ALTER SYSTEM</see>.</remarks>
internal sealed class ServerSettings(NpgsqlConnection connection)
{
    /// <summary>What the server shows for archive_command as long as archive_mode is off.</summary>
    private const string Hidden = "(disabled)";

    private static readonly TimeSpan ReloadTimeout = TimeSpan.FromSeconds(10);

    private List<(string Name, string? Before, bool NeedsRestart)> _changed = [];

    /// <summary>Works out which of the wanted values are not in force yet.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerSetting"/> where a value stands on the server's command line,
    /// <see cref="DrError.PrivilegeMissing"/>.</exception>
    public async Task<IReadOnlyList<SettingChange>> PlanAsync(IReadOnlyDictionary<string, string> wanted, CancellationToken cancellationToken)
    {
        var changes = new List<SettingChange>();
        string? onCommandLine = null, denied = null;
        await RowsAsync(
            "select name, case when unit is null then setting else current_setting(name) end, source, context = 'postmaster', has_parameter_privilege(name, 'alter system'), pending_restart from pg_settings where name = any($1) order by name",
            [wanted.Keys.ToArray()],
            row =>
            {
                var (name, value) = (row.GetString(0), row.GetString(1));
                if (value == wanted[name] && !row.GetBoolean(5))
                {
                    return;
                }

                onCommandLine = row.GetString(2) == "command line" ? name : onCommandLine;
                denied = row.GetBoolean(4) ? denied : name;
                changes.Add(new SettingChange(name, value, wanted[name], row.GetBoolean(3)));
            },
            cancellationToken).ConfigureAwait(false);
        if (onCommandLine is not null)
        {
            throw new DrException(DrError.ServerSetting, $"{onCommandLine} is set on the server's command line, which goes before all else.", "Take it out of there (service unit, container), and try again.") { Subject = onCommandLine };
        }

        return denied is null ? changes : throw new DrException(
            DrError.PrivilegeMissing,
            $"This user may not change {denied}.",
            $"Connect as a superuser, or GRANT ALTER SYSTEM ON PARAMETER {string.Join(", ", changes.Select(c => c.Name))}.")
        { Subject = denied };
    }

    /// <summary>Makes changes, and has them read.</summary>
    /// <exception cref="DrException">The server refused; what had been changed is as it was.</exception>
    public async Task ApplyAsync(IReadOnlyList<SettingChange> changes, CancellationToken cancellationToken)
    {
        var before = new Dictionary<string, string>(StringComparer.Ordinal);
        await RowsAsync(
            "select name, setting from pg_file_settings where sourcefile = current_setting('data_directory') || '/postgresql.auto.conf' and setting is not null order by seqno",
            [],
            row => before[row.GetString(0)] = row.GetString(1),
            cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var change in changes)
            {
                await ExecuteAsync($"alter system set {change.Name} = {Literal(change.NewValue)}", cancellationToken).ConfigureAwait(false);
                _changed.Add((change.Name, before.GetValueOrDefault(change.Name), change.NeedsRestart));
            }

            await ReloadAsync(changes.Where(c => !c.NeedsRestart).ToList(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or DrException)
        {
            await UndoAsync().ConfigureAwait(false);
            throw e is NpgsqlException refused ? ServerErrors.Of(refused, "did not take the settings") : e;
        }
    }

    /// <summary>Goes on in another connection, which can then put back what needs no restart.</summary>
    public ServerSettings ContinueIn(NpgsqlConnection other) => new(other) { _changed = [.. _changed.Where(c => !c.NeedsRestart)] };

    /// <summary>Puts back what <see cref="ApplyAsync"/> changed.</summary>
    public async Task UndoAsync()
    {
        foreach (var (name, before, _) in _changed)
        {
            await ExecuteAsync(before is null ? $"alter system reset {name}" : $"alter system set {name} = {Literal(before)}", CancellationToken.None).ConfigureAwait(false);
        }

        _changed.Clear();
        await ExecuteAsync("select pg_reload_conf()", CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Reloads, and waits until the server uses the values.</summary>
    private async Task ReloadAsync(List<SettingChange> changes, CancellationToken cancellationToken)
    {
        await ExecuteAsync("select pg_reload_conf()", cancellationToken).ConfigureAwait(false);
        var started = TimeProvider.System.GetTimestamp();
        while (changes.Count > 0)
        {
            var current = new Dictionary<string, string>(StringComparer.Ordinal);
            await RowsAsync(
                "select name, case when unit is null then setting else current_setting(name) end from pg_settings where name = any($1)",
                [changes.Select(c => c.Name).ToArray()],
                row => current[row.GetString(0)] = row.GetString(1),
                cancellationToken).ConfigureAwait(false);
            changes.RemoveAll(c => current.GetValueOrDefault(c.Name) is var now && (now == c.NewValue || now == Hidden));
            if (changes.Count > 0 && TimeProvider.System.GetElapsedTime(started) > ReloadTimeout)
            {
                throw new DrException(
                    DrError.ServerSetting,
                    $"The server reloaded its settings, and {changes[0].Name} is still '{current.GetValueOrDefault(changes[0].Name)}'.",
                    "A line of a later file, or of ALTER DATABASE or ALTER ROLE, may override it, or a file has an error: see pg_file_settings.")
                { Subject = changes[0].Name };
            }

            await Task.Delay(20, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Literal(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private async Task ExecuteAsync(string statement, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(statement, connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RowsAsync(string query, object[] parameters, Action<NpgsqlDataReader> take, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(query, connection);
        await using (command.ConfigureAwait(false))
        {
            foreach (var value in parameters)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    take(rows);
                }
            }
        }
    }
}
