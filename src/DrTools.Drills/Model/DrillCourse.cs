using DrTools.Plans;

namespace DrTools.Drills;

/// <summary>What a drill would do. Nothing has been changed to find out.</summary>
public sealed record DrillCourse
{
    /// <summary>Name of the service.</summary>
    public required string Service { get; init; }

    /// <summary>What happens.</summary>
    public required DrillScenario Scenario { get; init; }

    /// <summary>How far it goes.</summary>
    public required DrillLevel Level { get; init; }

    /// <summary>What must be achieved.</summary>
    public required Objectives Objectives { get; init; }

    /// <summary>The backups that would be used.</summary>
    public required IReadOnlyList<DrillBackup> Backups { get; init; }

    /// <summary>What the random choices come from.</summary>
    public required int Seed { get; init; }

    /// <summary>Where scratch copies would be made.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>Space that they would take there at most, bytes.</summary>
    public required long NeededBytes { get; init; }

    /// <summary>Space that is free there, bytes.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>The steps, in their order.</summary>
    public required IReadOnlyList<DrillCourseStep> Steps { get; init; }

    /// <summary>What stands in the way, if anything: the drill would fail.</summary>
    public IReadOnlyList<DrillFinding> Obstacles { get; init; } = [];

    /// <summary>Name of the service and of the scenario.</summary>
    public override string ToString() => $"{Scenario} of {Service}";
}

/// <summary>A step of a drill that has not been held.</summary>
/// <param name="Step">The step.</param>
/// <param name="Source">The source that it is about, if it is about one.</param>
/// <param name="By">Who or what does it.</param>
/// <param name="What">What is done, as a sentence.</param>
public sealed record DrillCourseStep(DrillStep Step, string? Source, string By, string What)
{
    /// <summary>What it is called, where that says more than <see cref="Step"/>: of a tabletop and of a runbook.</summary>
    public string? Name { get; init; }

    /// <summary>How long it should take, by the plan.</summary>
    public TimeSpan? Expected { get; init; }

    /// <summary>What it is called.</summary>
    public string Title => Name ?? Step.Title();
}
