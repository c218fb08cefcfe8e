namespace DrTools.PostgreSql.Recovery;

/// <summary>How a cluster is to be restored.</summary>
public sealed record DatabaseRestoreOptions
{
    /// <summary>The data directory to restore into.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The moment to recover to.</summary>
    public RecoveryTarget Target { get; init; } = RecoveryTarget.Latest;

    /// <summary>What the server does there.</summary>
    public RecoveryTargetAction Action { get; init; }

    /// <summary>The backup to start from; the newest that leads to the target if not given.</summary>
    public string? BackupId { get; init; }

    /// <summary>Whether what is in the data directory may be replaced. It is kept until the restore has succeeded.</summary>
    public bool Force { get; init; }

    /// <summary>Whether an existing data directory is brought up to date: only files and pages that differ are written, in
    /// their place. What was there is not kept.</summary>
    public bool Delta { get; init; }

    /// <summary>New locations of tablespaces by their old ones; those that are not named stay where they were.</summary>
    public IReadOnlyDictionary<string, string> TablespaceMapping { get; init; } = new Dictionary<string, string>();

    /// <summary>A command for the shell that stops the service before anything is replaced.</summary>
    public string? StopCommand { get; init; }

    /// <summary>A command for the shell that starts the service when the restore is done, or when what was there has been
    /// put back.</summary>
    public string? StartCommand { get; init; }

    /// <summary>Whether the restored server archives as the original did. It would archive into the same place.</summary>
    public bool KeepArchiving { get; init; }

    /// <summary>Whether the restored server replicates from where the original did.</summary>
    public bool KeepReplication { get; init; }

    /// <summary>Whether to start the server (by <see cref="StartCommand"/>, or directly) and wait until it has recovered.</summary>
    public bool Wait { get; init; }

    /// <summary>How long to wait at most; without limit if not given.</summary>
    public TimeSpan? WaitTimeout { get; init; }

    /// <summary>The <c>restore_command</c>; by default <c>drtools wal get</c> from the repository of the backup.</summary>
    public string? RestoreCommand { get; init; }

    /// <summary>The program in the default <c>restore_command</c>.</summary>
    public string Program { get; init; } = "drtools";

    /// <summary>The key file in the default <c>restore_command</c>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Folder of the server's programs; otherwise the usual places and PATH.</summary>
    public string? ProgramFolder { get; init; }

    /// <summary>The user that the files belong to, when root restores; by default the owner of what is there, or else
    /// <c>postgres</c>.</summary>
    public string? Owner { get; init; }

    /// <summary>Number of files written at once; 0 for one per processor, at most 8.</summary>
    public int Parallelism { get; init; }
}
