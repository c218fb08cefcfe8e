using DrTools.Restore;

namespace DrTools.PostgreSql.Recovery;

/// <summary>What restoring a cluster came to.</summary>
public sealed record DatabaseRestoreResult
{
    /// <summary>What was planned.</summary>
    public required DatabaseRestorePlan Plan { get; init; }

    /// <summary>The files.</summary>
    public required RestoreResult Files { get; init; }

    /// <summary>Commands that stopped and started the service, in order.</summary>
    public IReadOnlyList<ServiceCommandResult> Commands { get; init; } = [];

    /// <summary>Where the restored server listens; <see langword="null"/> when it was not started, or by a command.</summary>
    public ServerPlace? Place { get; init; }

    /// <summary>How far the server recovered; <see langword="null"/> when it was not waited for.</summary>
    public RecoveryProgress? Recovery { get; init; }

    /// <summary>How long the recovery took; <see langword="null"/> when it was not waited for.</summary>
    public TimeSpan? RecoveryDuration { get; init; }

    /// <summary>How long all of it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What is worth knowing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether everything is there.</summary>
    public bool Passed => Files.Passed;
}

/// <summary>What a restore of a cluster is doing.</summary>
public enum DatabaseRestorePhase
{
    /// <summary>The service is being stopped, and what is there set aside.</summary>
    Preparing,

    /// <summary>Files are being written.</summary>
    Restoring,

    /// <summary>The server recovers.</summary>
    Recovering,
}

/// <summary>How far a restore of a cluster is.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="Files">How far the files are.</param>
/// <param name="Recovery">How far the recovery is.</param>
public readonly record struct DatabaseRestoreProgress(DatabaseRestorePhase Phase, RestoreProgress? Files, RecoveryProgress? Recovery);
