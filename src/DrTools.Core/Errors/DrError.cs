namespace DrTools;

/// <summary>
/// Stable identifiers of everything that can go wrong. Scripts match on them, so a member is never renamed or
/// removed; the numbers carry no meaning.
/// </summary>
public enum DrError
{
    /// <summary>A failure with no identifier of its own.</summary>
    Unexpected,

    /// <summary>An option or argument makes no sense.</summary>
    BadUsage,

    /// <summary>A library of the system is needed and not installed.</summary>
    LibraryMissing,

    /// <summary>There is no repository at the location.</summary>
    RepositoryMissing,

    /// <summary>There is a repository (or other data) where a new one should be created.</summary>
    RepositoryExists,

    /// <summary>The repository was written by a newer version of the format.</summary>
    RepositoryNewerFormat,

    /// <summary>What is asked for needs a newer format than the repository has; it can be upgraded.</summary>
    RepositoryOlderFormat,

    /// <summary>Both copies of the repository header are damaged.</summary>
    RepositoryHeaderDamaged,

    /// <summary>The passphrase or key file does not open the repository.</summary>
    WrongKey,

    /// <summary>A passphrase or key file is needed and none was given.</summary>
    KeyRequired,

    /// <summary>Another process holds a live lease.</summary>
    LeaseHeld,

    /// <summary>This process lost its lease, so that it may no longer commit.</summary>
    LeaseLost,

    /// <summary>Stored bytes are not what was written.</summary>
    IntegrityFailure,

    /// <summary>An object that a manifest names is missing.</summary>
    ObjectMissing,

    /// <summary>An object with this name exists already.</summary>
    ObjectExists,

    /// <summary>The store refuses to be written.</summary>
    StoreReadOnly,

    /// <summary>The store, or a disk that is restored to, is full.</summary>
    OutOfSpace,

    /// <summary>The store failed in another way.</summary>
    StoreFailure,

    /// <summary>A source does not exist or cannot be opened at all.</summary>
    SourceMissing,

    /// <summary>A source exists and could not be read as a whole.</summary>
    SourceFailure,

    /// <summary>A source kind or location cannot be parsed.</summary>
    SourceUnknown,

    /// <summary>No backup matches.</summary>
    BackupMissing,

    /// <summary>A pinned backup, or the last restorable one of a source, would be removed.</summary>
    BackupProtected,

    /// <summary>The restore target holds data and nothing allows it to be replaced.</summary>
    TargetNotEmpty,

    /// <summary>A path in a manifest would leave the restore target.</summary>
    UnsafePath,

    /// <summary>A restored copy is not what was backed up.</summary>
    RestoreMismatch,

    /// <summary>A restore could not write to its target.</summary>
    TargetFailure,

    /// <summary>The log archive holds an object of this name with other content.</summary>
    LogConflict,

    /// <summary>A log that is needed is not in the archive.</summary>
    LogMissing,

    /// <summary>A database server cannot be reached, or refuses the connection.</summary>
    ServerUnreachable,

    /// <summary>A database server refused or failed at what it was asked for.</summary>
    ServerFailure,

    /// <summary>A setting of a database server does not allow what was asked for.</summary>
    ServerSetting,

    /// <summary>The user that connects to a database server lacks a privilege.</summary>
    PrivilegeMissing,

    /// <summary>A server runs where none may.</summary>
    ServerRunning,

    /// <summary>A program that is needed is not installed, or is of the wrong version.</summary>
    ToolMissing,

    /// <summary>A recovery target cannot be reached with what is in the repository.</summary>
    TargetUnreachable,

    /// <summary>A restored server did not start, or did not recover.</summary>
    RecoveryFailed,

    /// <summary>A store does not answer, or not in time.</summary>
    StoreUnreachable,

    /// <summary>The bucket or container that a store lies in does not exist where it is looked for.</summary>
    StoreMissing,

    /// <summary>A store refuses the credentials, or what they may do does not suffice to read.</summary>
    StoreDenied,

    /// <summary>An object lies in an archive and cannot be read before a copy has been made.</summary>
    ObjectArchived,

    /// <summary>An object is locked and cannot be removed before its time.</summary>
    ObjectLocked,

    /// <summary>The clocks of this machine and of a store are too far apart.</summary>
    ClockSkew,

    /// <summary>A key management service refuses the credentials, or does not let them use the key.</summary>
    KeyServiceDenied,

    /// <summary>A key management service does not answer, or not in time.</summary>
    KeyServiceUnreachable,

    /// <summary>A key management service failed in another way.</summary>
    KeyServiceFailure,

    /// <summary>The key of a key management service cannot be used: it is disabled, about to be deleted, or not there.</summary>
    KeyUnusable,

    /// <summary>There is no plan file.</summary>
    PlanMissing,

    /// <summary>The plan file says something that makes no sense.</summary>
    PlanInvalid,

    /// <summary>The plan file was written for a newer version.</summary>
    PlanNewer,

    /// <summary>There is a plan file where a new one should be written.</summary>
    PlanExists,

    /// <summary>There is a file where a new one should be written.</summary>
    FileExists,

    /// <summary>No drill matches.</summary>
    DrillMissing,

    /// <summary>A file is no report, or the report in it cannot be read.</summary>
    ReportInvalid,

    /// <summary>A step of a runbook did not achieve what it should.</summary>
    StepFailed,

    /// <summary>No improvement action matches.</summary>
    ActionMissing,
}
