namespace DrTools.Plans;

/// <summary>What a starter of a plan is made from.</summary>
public sealed record StarterOptions
{
    /// <summary>Where it is to be written.</summary>
    public required string File { get; init; }

    /// <summary>What the plan is called; the host's name if it is not said.</summary>
    public string? Name { get; init; }

    /// <summary>The repositories; each is looked into for what is backed up already.</summary>
    public IReadOnlyList<PlannedRepository> Repositories { get; init; } = [];

    /// <summary>Sources to be put in beside those that are found.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Whether database servers of this host are looked for.</summary>
    public bool LooksAround { get; init; } = true;

    /// <summary>Whether a plan that is there is replaced.</summary>
    public bool Force { get; init; }
}

/// <summary>A starter, and what it was made from.</summary>
public sealed record StarterResult
{
    /// <summary>Absolute path of the plan.</summary>
    public required string File { get; init; }

    /// <summary>Absolute path of the schema beside it.</summary>
    public required string SchemaFile { get; init; }

    /// <summary>The sources in it.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>What was found and what was not, as sentences.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The text.</summary>
    public required string Text { get; init; }
}
