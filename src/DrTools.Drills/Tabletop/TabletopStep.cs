namespace DrTools.Drills.Tabletop;

/// <summary>A step that a team talks through.</summary>
/// <param name="Step">What it belongs to.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Role">Who would do it.</param>
/// <param name="What">What would be done, each as a sentence.</param>
/// <param name="Questions">What the team answers.</param>
public sealed record TabletopStep(DrillStep Step, string Name, string Role, IReadOnlyList<string> What, IReadOnlyList<string> Questions)
{
    /// <summary>How long it should take, by the plan.</summary>
    public TimeSpan? Expected { get; init; }

    /// <summary>Whether the team says yes or no to it: a criterion of the drill.</summary>
    public bool IsCriterion { get; init; }
}
