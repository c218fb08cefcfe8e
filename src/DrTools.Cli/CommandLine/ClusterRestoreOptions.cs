using System.CommandLine;
using DrTools.PostgreSql.Recovery;

namespace DrTools.Cli.CommandLine;

/// <summary>The options that say how a PostgreSQL cluster is restored.</summary>
internal sealed class ClusterRestoreOptions
{
    private readonly RecoveryTargetOptions _target = new();
    private readonly Option<RecoveryTargetAction?> _action = ChoiceOption.Create<RecoveryTargetAction>("--target-action", "PostgreSQL, physical: what the server does at the target; promote if not given.");
    private readonly Option<string[]> _tablespaces = new("--tablespace-mapping") { Description = "PostgreSQL, physical: a tablespace's new folder; may be repeated.", HelpName = "OLD=NEW" };
    private readonly Option<bool> _delta = new("--delta") { Description = "PostgreSQL, physical: bring an existing data directory up to date, writing only what differs." };
    private readonly Option<string?> _stop = new("--stop-command") { Description = "PostgreSQL, physical: stops the service before anything is replaced.", HelpName = "COMMAND" };
    private readonly Option<string?> _start = new("--start-command") { Description = "PostgreSQL, physical: starts the service when the restore is done.", HelpName = "COMMAND" };
    private readonly Option<bool> _wait = new("--wait") { Description = "PostgreSQL, physical: start the server and wait until it has recovered." };
    private readonly Option<bool> _keepArchiving = new("--keep-archiving") { Description = "PostgreSQL, physical: let the restored server archive as the original did." };
    private readonly Option<bool> _keepReplication = new("--keep-replication") { Description = "PostgreSQL, physical: let the restored server replicate from where the original did." };
    private readonly Option<string?> _keyFile = new("--archive-key-file") { Description = "PostgreSQL, physical: the key file that the server's user opens the repository with.", HelpName = "FILE" };
    private readonly Option<string?> _owner = new("--owner") { Description = "PostgreSQL, physical: the user that the files belong to, when root restores.", HelpName = "USER" };

    public void AddTo(Command command)
    {
        _target.AddTo(command);
        foreach (var option in new Option[] { _action, _tablespaces, _delta, _stop, _start, _wait, _keepArchiving, _keepReplication, _keyFile, _owner })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The target that was given; <see langword="null"/> when none was.</summary>
    public RecoveryTarget? Target(CommandRun run) => _target.Read(run);

    public DatabaseRestoreOptions Read(CommandRun run, string destination, string? backupId, bool force, string? programs) => new()
    {
        DataDirectory = Path.GetFullPath(destination),
        BackupId = backupId,
        Force = force,
        Target = _target.Read(run) ?? RecoveryTarget.Latest,
        Action = run.Get(_action) ?? RecoveryTargetAction.Promote,
        Delta = run.Get(_delta),
        TablespaceMapping = CommandLine.TablespaceMapping.Parse(run.Get(_tablespaces)!),
        StopCommand = run.Get(_stop),
        StartCommand = run.Get(_start),
        Wait = run.Get(_wait),
        KeepArchiving = run.Get(_keepArchiving),
        KeepReplication = run.Get(_keepReplication),
        Program = Environment.ProcessPath ?? "drtools",
        KeyFile = run.Get(_keyFile) is { } file ? Path.GetFullPath(file) : null,
        Owner = run.Get(_owner),
        ProgramFolder = programs,
    };
}
