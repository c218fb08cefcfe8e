namespace DrTools.Retention;

/// <summary>What is to become of a backup.</summary>
/// <param name="Candidate">The backup.</param>
/// <param name="Keep">Whether it is kept.</param>
/// <param name="Reasons">Everything that keeps it, or why it is removed; never empty.</param>
public sealed record RetentionDecision(RetentionCandidate Candidate, bool Keep, IReadOnlyList<string> Reasons);

/// <summary>What a policy keeps and removes.</summary>
/// <param name="Decisions">One for each backup, by source and newest first.</param>
public sealed record RetentionPlan(IReadOnlyList<RetentionDecision> Decisions)
{
    /// <summary>The backups that are kept.</summary>
    public IEnumerable<RetentionCandidate> Kept => Decisions.Where(decision => decision.Keep).Select(decision => decision.Candidate);

    /// <summary>The backups that are to be removed.</summary>
    public IEnumerable<RetentionCandidate> Removed => Decisions.Where(decision => !decision.Keep).Select(decision => decision.Candidate);
}
