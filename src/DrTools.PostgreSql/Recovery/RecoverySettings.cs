using System.Text;

namespace DrTools.PostgreSql.Recovery;

/// <summary>
/// Makes a restored data directory recover: settings at the end of <c>postgresql.auto.conf</c>, where they win over
/// everything but the command line, and an empty <c>recovery.signal</c>.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-PITR-RECOVERY">Recovering
/// Using a Continuous Archive Backup</see>. Never <c>recovery.conf</c>: PostgreSQL 12 and later refuse to start with it.</remarks>
public sealed record RecoverySettings
{
    /// <summary>The file of settings that servers write themselves.</summary>
    public const string SettingsFile = "postgresql.auto.conf";

    /// <summary>The file that asks for a targeted recovery.</summary>
    public const string SignalFile = "recovery.signal";

    private static readonly string[] TargetNames =
        ["recovery_target", "recovery_target_time", "recovery_target_lsn", "recovery_target_xid", "recovery_target_name"];

    private const string Heading = "# Recovery, written by DrTools";

    /// <summary>The moment to recover to.</summary>
    public required RecoveryTarget Target { get; init; }

    /// <summary>What the server does there.</summary>
    public RecoveryTargetAction Action { get; init; }

    /// <summary>The command that fetches WAL; none where all that is needed lies in <c>pg_wal</c>.</summary>
    public string? RestoreCommand { get; init; }

    /// <summary>Whether the restored server archives its WAL as the original did.</summary>
    public bool KeepsArchiving { get; init; }

    /// <summary>Whether the restored server streams from where the original did, and its subscriptions run.</summary>
    public bool KeepsReplication { get; init; }

    /// <summary>The settings, in the order in which they are written.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: action and target do not go together.</exception>
    public IReadOnlyList<KeyValuePair<string, string>> ToSettings()
    {
        if (Target.Kind == RecoveryTargetKind.Latest && Action != RecoveryTargetAction.Promote)
        {
            throw new DrException(
                DrError.BadUsage,
                $"A recovery to the end of the log cannot {(Action == RecoveryTargetAction.Pause ? "pause" : "shut down")} there: the server always ends recovery when no more log comes.",
                "Name a target (a time, an LSN, a restore point), or let the server be promoted.");
        }

        // Targets that an earlier recovery left in the files would be a second one, which servers refuse. They are emptied
        // before the target is set: a server that reads an empty one behind it takes even that for a second.
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var wanted = Target.ToSettings();
        foreach (var other in TargetNames.Where(n => !wanted.Any(w => w.Key == n)))
        {
            settings[other] = string.Empty;
        }

        foreach (var (name, value) in wanted)
        {
            settings[name] = value;
        }

        settings["recovery_target_action"] = Action switch
        {
            RecoveryTargetAction.Pause => "pause",
            RecoveryTargetAction.Shutdown => "shutdown",
            _ => "promote",
        };

        // Servers refuse a recovery without a command; this one has nothing.
        settings["restore_command"] = RestoreCommand ?? "false";
        settings["recovery_end_command"] = string.Empty;
        settings["archive_cleanup_command"] = string.Empty;
        if (!KeepsArchiving)
        {
            settings["archive_mode"] = "off";
        }

        if (!KeepsReplication)
        {
            settings["primary_conninfo"] = string.Empty;
            settings["primary_slot_name"] = string.Empty;

            // Subscriptions come with the copied catalogue: their workers would take the changes that production waits for.
            settings["max_logical_replication_workers"] = "0";
        }

        return [.. settings];
    }

    /// <summary>Writes them into a data directory that no server uses.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> or <see cref="DrError.TargetFailure"/>.</exception>
    public void Write(string dataDirectory)
    {
        ArgumentNullException.ThrowIfNull(dataDirectory);
        var lines = ToSettings().Select(s => ConfigurationText.Line(s.Key, s.Value)).Prepend($"{Heading}, to {Target}").ToList();
        Append(dataDirectory, lines);
        try
        {
            File.Delete(Path.Combine(dataDirectory, "recovery.conf"));
            File.Delete(Path.Combine(dataDirectory, "standby.signal"));
            File.WriteAllBytes(Path.Combine(dataDirectory, SignalFile), []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(dataDirectory, e);
        }
    }

    /// <summary>Adds lines at the end of the settings of a data directory that no server uses.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    internal static void Append(string dataDirectory, IEnumerable<string> lines)
    {
        var path = Path.Combine(dataDirectory, SettingsFile);
        try
        {
            var before = File.Exists(path) ? File.ReadAllText(path) : string.Empty;
            if (before.Length > 0 && !before.EndsWith('\n'))
            {
                before += "\n";
            }

            // A new file, so that a full disk does not leave half of the old one.
            var next = path + ".drtools";
            File.WriteAllText(next, before + string.Join('\n', lines) + "\n", new UTF8Encoding(false));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            File.Move(next, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(dataDirectory, e);
        }
    }

    private static DrException Failed(string dataDirectory, Exception cause) => new(
        DrError.TargetFailure, $"The recovery settings cannot be written into {dataDirectory}: {cause.Message}", "Check the folder, its permissions and its free space.", cause) { Subject = dataDirectory };
}
