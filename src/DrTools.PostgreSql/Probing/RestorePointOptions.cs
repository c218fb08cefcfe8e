using DrTools.Backup;
using DrTools.PostgreSql.Recovery;

namespace DrTools.PostgreSql.Probing;

/// <summary>What is looked for, and where.</summary>
public sealed record RestorePointOptions
{
    /// <summary>A query that tells a good state from a bad one: it holds when its first value is true, or a number other
    /// than zero. It does not when that is false, zero or null, when there is no row, or when what it asks for does not
    /// exist (a table that was dropped).</summary>
    public required string Probe { get; init; }

    /// <summary>The database that is asked.</summary>
    public required string Database { get; init; }

    /// <summary>Where the search begins, as a state that is known to be good; where the backup ends if not given.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Where it ends; with the log if not given.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>How long a probe waits for a lock that a transaction holds which had not ended at that moment. Another copy
    /// is then ended there, which undoes the transaction, and asked.</summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>One look at the past.</summary>
/// <param name="Point">The last commit that it saw; <see langword="null"/> for the state that the search began with.</param>
/// <param name="Held">Whether the probe held.</param>
/// <param name="Detail">What the query said.</param>
/// <param name="Duration">How long it took to get there and ask.</param>
public sealed record ProbeResult(CommitPoint? Point, bool Held, string Detail, TimeSpan Duration);

/// <summary>How far a search is.</summary>
/// <param name="Step">What is being done, as a short phrase.</param>
/// <param name="Candidates">How many commits the answer is still among; 0 while that is not known.</param>
/// <param name="LastGood">The last commit known to be good.</param>
/// <param name="FirstBad">The first commit known to be bad.</param>
public readonly record struct ProbeProgress(string Step, long Candidates, CommitPoint? LastGood, CommitPoint? FirstBad);

/// <summary>The boundary between good and bad, down to one transaction.</summary>
public sealed record RestorePointResult
{
    /// <summary>The backup that the search started from.</summary>
    public BackupInfo? Backup { get; init; }

    /// <summary>The last commit at which the probe held; <see langword="null"/> when that is the state that the search began
    /// with.</summary>
    public CommitPoint? LastGood { get; init; }

    /// <summary>The commit right behind it, at which the probe did not hold: the bad write. <see langword="null"/> when the
    /// probe held to the end.</summary>
    public CommitPoint? FirstBad { get; init; }

    /// <summary>Where a recovery has to end to have everything up to the last good state, and nothing later.</summary>
    public required RecoveryTarget Target { get; init; }

    /// <summary>Commits in the stretch that was searched.</summary>
    public long Commits { get; init; }

    /// <summary>Every look, in order.</summary>
    public IReadOnlyList<ProbeResult> Probes { get; init; } = [];

    /// <summary>How often the backup was restored.</summary>
    public int Restores { get; init; }

    /// <summary>Segments of the log that were read for their commits.</summary>
    public int Segments { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Whether a bad write was found.</summary>
    public bool Found => FirstBad is not null;
}
