namespace DrTools.Cli.CommandLine;

/// <summary>How <c>drtools</c> ends. Scripts depend on the numbers.</summary>
internal enum ExitCode
{
    Done = 0,
    Failed = 1,
    Partial = 3,
    RepositoryMissing = 10,
    LeaseHeld = 11,
    WrongKey = 12,
    IntegrityFailure = 20,
    BadUsage = 64,
    StandbyRetries = 75,
    RecoveryEnds = 126,
    Interrupted = 130,
}
