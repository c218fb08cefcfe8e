namespace DrTools.Plans;

/// <summary>How plan and reality agree at one point.</summary>
public enum PlanFindingSeverity
{
    /// <summary>They agree.</summary>
    Passed,

    /// <summary>Worth knowing.</summary>
    Information,

    /// <summary>It could not be found out, so it has not passed.</summary>
    NotChecked,

    /// <summary>Something should be done soon.</summary>
    Warning,

    /// <summary>An objective or a rule of the plan is not met.</summary>
    Error,
}

/// <summary>What was found at one point.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Service">The service that it is about; <see langword="null"/> where it is about none alone.</param>
/// <param name="Subject">What was looked at: a repository, a source, a site.</param>
/// <param name="Check">What was looked for, in a few words.</param>
/// <param name="Message">What was found, as a sentence with figures.</param>
/// <param name="Remedy">What to do about it; <see langword="null"/> where there is nothing to do.</param>
/// <param name="Line">The line of the plan that it is about.</param>
public sealed record PlanFinding(PlanFindingSeverity Severity, string? Service, string Subject, string Check, string Message, string? Remedy, int Line);

/// <summary>What the test of a plan found.</summary>
public sealed record PlanTestResult
{
    /// <summary>Absolute path of the plan.</summary>
    public required string File { get; init; }

    /// <summary>The plan; <see langword="null"/> when it makes no sense.</summary>
    public RecoveryPlan? Plan { get; init; }

    /// <summary>When it was tested, UTC.</summary>
    public required DateTimeOffset Tested { get; init; }

    /// <summary>How long that took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Whether the plan was compared with reality, and not only read.</summary>
    public bool ComparedWithReality { get; init; }

    /// <summary>What is wrong with the file.</summary>
    public IReadOnlyList<PlanProblem> Problems { get; init; } = [];

    /// <summary>How plan and reality agree.</summary>
    public IReadOnlyList<PlanFinding> Findings { get; init; } = [];

    /// <summary>Objectives and rules that are not met.</summary>
    public int Errors => Findings.Count(f => f.Severity == PlanFindingSeverity.Error);

    /// <summary>What should be done soon.</summary>
    public int Warnings => Findings.Count(f => f.Severity == PlanFindingSeverity.Warning);

    /// <summary>What could not be found out.</summary>
    public int NotChecked => Findings.Count(f => f.Severity == PlanFindingSeverity.NotChecked);

    /// <summary>Whether the plan makes sense, no objective or rule is unmet, and nothing was left unchecked. Of a plan that was only
    /// read it says that it makes sense, and no more.</summary>
    public bool Passed => Problems.Count == 0 && Errors == 0 && NotChecked == 0;
}
