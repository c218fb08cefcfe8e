using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Physical;

/// <summary>How the files of a cluster are backed up.</summary>
public sealed record PhysicalSourceOptions
{
    /// <summary>A password from a credential; otherwise the password file or service file serves.</summary>
    public string? Password { get; init; }

    /// <summary>Where the data directory is, if it cannot be reached under the name that the server gives it
    /// (containers).</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Whether the WAL that a restored copy needs to become consistent is stored with the backup. Otherwise it
    /// has to be archived before the backup counts as done.</summary>
    public bool IncludeWal { get; init; }

    /// <summary>Whether the checkpoint that a backup starts with is made at once, rather than spread over
    /// <c>checkpoint_completion_target</c>.</summary>
    public bool FastCheckpoint { get; init; } = true;

    /// <summary>How long to wait for WAL to be archived when all else is done.</summary>
    public TimeSpan ArchiveTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The archive that WAL has to arrive in; if there is none, the server's own word
    /// (<c>pg_wal/archive_status</c>) has to do.</summary>
    public IWalArchiveCheck? Archive { get; init; }

    /// <summary>Whether the server's WAL summaries, where it makes them (17 and later), tell what changed, so that pages
    /// that did not are not even read. Page checksums of what is not read are not verified.</summary>
    public bool UseWalSummaries { get; init; } = true;

    /// <summary>How long to wait for the server to summarize its WAL up to the start of the backup.</summary>
    public TimeSpan SummaryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long counting the rows of all tables may take at the end of a backup, at most; zero counts none.
    /// Restores are compared with them. It never takes more than a tenth of the time that the backup has taken, or
    /// <see cref="LeastRowCountBudget"/> where that is more; small tables come first.</summary>
    public TimeSpan RowCountBudget { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What counting may take in a short backup.</summary>
    public TimeSpan LeastRowCountBudget { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Where the programs of a server are looked for first, to run a restored copy.</summary>
    public string? ProgramFolder { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
