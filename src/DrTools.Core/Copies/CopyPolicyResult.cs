using DrTools.Repositories.Journal;

namespace DrTools.Copies;

/// <summary>The backups of one source in one repository.</summary>
public sealed record CopyState
{
    /// <summary>Where the repository is.</summary>
    public required string Repository { get; init; }

    /// <summary>Its identity.</summary>
    public required Guid RepositoryId { get; init; }

    /// <summary>The medium that is declared.</summary>
    public string? Medium { get; init; }

    /// <summary>The site that is declared.</summary>
    public string? Site { get; init; }

    /// <summary>Whether nobody can delete what is in it for a time.</summary>
    public bool IsImmutable { get; init; }

    /// <summary>Number of backups.</summary>
    public int Backups { get; init; }

    /// <summary>The newest one.</summary>
    public required string NewestId { get; init; }

    /// <summary>When that was started, UTC.</summary>
    public DateTimeOffset NewestStarted { get; init; }

    /// <summary>How long ago that was.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>When a backup of the source was last verified here by reading its content or restoring it, UTC.</summary>
    public DateTimeOffset? LastVerified { get; init; }

    /// <summary>How that was done: <c>Content</c>, <c>Restore</c>.</summary>
    public string? VerifiedBy { get; init; }

    /// <summary>How it ended.</summary>
    public RunOutcome? VerifiedOutcome { get; init; }

    /// <summary>Whether it counts as verified.</summary>
    public bool IsVerified { get; init; }

    /// <summary>Whether it counts as a copy.</summary>
    public bool Counts { get; init; }
}

/// <summary>Something that a rule demands and that is not so.</summary>
/// <param name="Missing">What is missing.</param>
/// <param name="Remedy">What to do.</param>
public sealed record CopyPolicyFinding(string Missing, string Remedy);

/// <summary>How the copies of one source stand against a rule.</summary>
public sealed record CopyPolicyResult
{
    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>Its host.</summary>
    public required string Host { get; init; }

    /// <summary>The rule, as its numbers.</summary>
    public required string Policy { get; init; }

    /// <summary>Copies that count, the production data included.</summary>
    public int Copies { get; init; }

    /// <summary>Different media of those, that of the production data included.</summary>
    public int Media { get; init; }

    /// <summary>How many of them are at another site.</summary>
    public int OffSite { get; init; }

    /// <summary>How many of them nobody can delete for a time.</summary>
    public int Immutable { get; init; }

    /// <summary>How many of them are not verified.</summary>
    public int Unverified { get; init; }

    /// <summary>The repositories that have backups of it.</summary>
    public required IReadOnlyList<CopyState> Repositories { get; init; }

    /// <summary>What is missing.</summary>
    public required IReadOnlyList<CopyPolicyFinding> Findings { get; init; }

    /// <summary>Whether nothing is missing.</summary>
    public bool Passed => Findings.Count == 0;
}
