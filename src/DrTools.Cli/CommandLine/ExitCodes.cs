namespace DrTools.Cli.CommandLine;

/// <summary>The one table of exit codes: what each means, and which errors lead to it.</summary>
internal static class ExitCodes
{
    /// <summary>Every code with its meaning, the least grave first.</summary>
    public static IReadOnlyList<(ExitCode Code, string Meaning)> Meanings { get; } =
    [
        (ExitCode.Done, "Done."),
        (ExitCode.Partial, "Done, but some entries could not be read; each is named."),
        (ExitCode.Failed, "Anything else went wrong."),
        (ExitCode.RepositoryMissing, "There is no repository at the location."),
        (ExitCode.LeaseHeld, "Another process holds a live lease."),
        (ExitCode.WrongKey, "The passphrase or key file is wrong, or needed and not given; or the KMS key cannot be used."),
        (ExitCode.BadUsage, "The command line makes no sense."),
        (ExitCode.IntegrityFailure, "Stored data is damaged, or a verification or the check of a restore failed."),
        (ExitCode.StandbyRetries, "wal get, in a standby: the archive could not be asked; the standby asks again."),
        (ExitCode.RecoveryEnds, "wal get: the archive could not be asked; PostgreSQL stops. (1: it was, and has no such file.)"),
        (ExitCode.Interrupted, "Interrupted by Ctrl+C or SIGTERM."),
    ];

    /// <summary>The code for an error.</summary>
    public static ExitCode Of(DrError error) => error switch
    {
        DrError.RepositoryMissing => ExitCode.RepositoryMissing,
        DrError.LeaseHeld or DrError.LeaseLost => ExitCode.LeaseHeld,
        DrError.WrongKey or DrError.KeyRequired or DrError.KeyServiceDenied or DrError.KeyUnusable => ExitCode.WrongKey,
        DrError.IntegrityFailure or DrError.ObjectMissing or DrError.RepositoryHeaderDamaged
            or DrError.RestoreMismatch or DrError.UnsafePath => ExitCode.IntegrityFailure,
        DrError.BadUsage or DrError.SourceUnknown => ExitCode.BadUsage,
        _ => ExitCode.Failed,
    };

    /// <summary>The graver of two, for a command that did several things.</summary>
    public static ExitCode Worse(ExitCode a, ExitCode b) => Gravity(a) >= Gravity(b) ? a : b;

    private static int Gravity(ExitCode code)
    {
        for (var i = 0; i < Meanings.Count; i++)
        {
            if (Meanings[i].Code == code)
            {
                return i;
            }
        }

        return Meanings.Count;
    }
}
