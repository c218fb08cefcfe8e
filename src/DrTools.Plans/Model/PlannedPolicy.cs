namespace DrTools.Plans;

/// <summary>Principles and requirements that a plan follows.</summary>
public sealed record PlannedPolicy
{
    /// <summary>The principles, each as a sentence.</summary>
    public IReadOnlyList<string> Principles { get; init; } = [];

    /// <summary>What else is required of recovery (availability, confidentiality, …), each as a sentence.</summary>
    public IReadOnlyList<string> Requirements { get; init; } = [];
}

/// <summary>A rule of law, contract or trade.</summary>
public sealed record PlannedRegulation
{
    /// <summary>Its short name.</summary>
    public required string Name { get; init; }

    /// <summary>Its full title.</summary>
    public string? Title { get; init; }

    /// <summary>What it demands.</summary>
    public required string Requires { get; init; }

    /// <summary>How that is met.</summary>
    public required string MetBy { get; init; }

    /// <summary>How long backups must be kept by it, if it says so.</summary>
    public TimeSpan? KeepFor { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }
}

/// <summary>A change of the plan.</summary>
/// <param name="Date">The day.</param>
/// <param name="Author">Who made it.</param>
/// <param name="Change">What was changed.</param>
public sealed record PlanChange(DateOnly Date, string Author, string Change);

/// <summary>Someone who answers for something, or takes part in it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Role">What they do.</param>
/// <param name="Contact">How to reach them.</param>
public sealed record PlannedPerson(string Name, string? Role, string? Contact);
