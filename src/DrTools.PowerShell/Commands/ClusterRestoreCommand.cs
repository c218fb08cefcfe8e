using System.Collections;
using System.Globalization;
using System.Management.Automation;
using DrTools.PostgreSql.Recovery;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet that plans or makes the restore of a PostgreSQL cluster to a moment.</summary>
public abstract class ClusterRestoreCommand : RecoveryTargetCommand
{
    /// <summary>What the server does at the target.</summary>
    [Parameter]
    public RecoveryTargetAction TargetAction { get; set; } = RecoveryTargetAction.Promote;

    /// <summary>New locations of tablespaces by their old ones.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? TablespaceMapping { get; set; }

    /// <summary>Brings an existing data directory up to date, writing only what differs.</summary>
    [Parameter]
    public SwitchParameter Delta { get; set; }

    /// <summary>A command for the shell that stops the service before anything is replaced.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StopCommand { get; set; }

    /// <summary>A command for the shell that starts the service when the restore is done.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StartCommand { get; set; }

    /// <summary>Starts the server and waits until it has recovered.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>How long to wait at most.</summary>
    [Parameter]
    public TimeSpan? WaitTimeout { get; set; }

    /// <summary>Lets the restored server archive as the original did.</summary>
    [Parameter]
    public SwitchParameter KeepArchiving { get; set; }

    /// <summary>Lets the restored server replicate from where the original did.</summary>
    [Parameter]
    public SwitchParameter KeepReplication { get; set; }

    /// <summary>The restore_command.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RestoreCommand { get; set; }

    /// <summary>The program drtools, as the server's user starts it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Program { get; set; }

    /// <summary>The key file that the server's user opens the repository with.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ArchiveKeyFile { get; set; }

    /// <summary>The user that the files belong to, when root restores.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Owner { get; set; }

    /// <summary>Where PostgreSQL's programs are looked for first.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ProgramFolder { get; set; }

    /// <summary>Number of files written at once; 0 for one per processor, at most 8.</summary>
    [Parameter]
    [ValidateRange(0, 32)]
    public int Parallelism { get; set; }

    /// <summary>What these parameters say.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    private protected DatabaseRestoreOptions Options(string destination, string? backupId, bool force) => new()
    {
        DataDirectory = ResolvePath(destination),
        BackupId = backupId,
        Force = force,
        Target = GivenTarget() ?? RecoveryTarget.Latest,
        Action = TargetAction,
        Delta = Delta,
        TablespaceMapping = TablespaceMapping is null
            ? new Dictionary<string, string>()
            : TablespaceMapping.Cast<DictionaryEntry>().ToDictionary(e => Text(e.Key), e => ResolvePath(Text(e.Value))),
        StopCommand = StopCommand,
        StartCommand = StartCommand,
        Wait = Wait,
        WaitTimeout = WaitTimeout,
        KeepArchiving = KeepArchiving,
        KeepReplication = KeepReplication,
        RestoreCommand = RestoreCommand,
        Program = Program ?? ModuleProgram.Path ?? "drtools",
        KeyFile = ArchiveKeyFile is null ? null : ResolvePath(ArchiveKeyFile),
        Owner = Owner,
        ProgramFolder = ProgramFolder is null ? null : ResolvePath(ProgramFolder),
        Parallelism = Parallelism,
    };

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
}
