namespace DrTools.Reports;

/// <summary>What the check of evidence came to.</summary>
public sealed record EvidenceResult
{
    /// <summary>The report that was checked; none when only a repository was.</summary>
    public string? Report { get; init; }

    /// <summary>What the report is about, in words.</summary>
    public string? Subject { get; init; }

    /// <summary>When the report was made, UTC.</summary>
    public DateTimeOffset? Made { get; init; }

    /// <summary>Every check.</summary>
    public required IReadOnlyList<EvidenceCheck> Checks { get; init; }

    /// <summary>Whether every check was made and found nothing.</summary>
    public bool Passed => Checks.Count > 0 && Checks.All(c => c.Outcome == EvidenceOutcome.Passed);

    /// <summary>What is wrong, of all checks.</summary>
    public IReadOnlyList<string> Findings => [.. Checks.SelectMany(c => c.Findings)];
}

/// <summary>How a check ended.</summary>
public enum EvidenceOutcome
{
    /// <summary>Nothing is wrong.</summary>
    Passed,

    /// <summary>Something was altered, or is gone.</summary>
    Failed,

    /// <summary>It could not be made: that is no proof.</summary>
    NotRun,
}

/// <summary>A check.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Subject">Of what: a repository by its name, or the report.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">In figures, or why it could not be made.</param>
/// <param name="Findings">What is wrong: each record, object and figure by its name.</param>
public sealed record EvidenceCheck(string Name, string Subject, EvidenceOutcome Outcome, string Detail, IReadOnlyList<string> Findings);
