namespace DrTools.Drills;

/// <summary>What somebody said in a drill.</summary>
public sealed record DrillNote
{
    /// <summary>When, UTC.</summary>
    public required DateTimeOffset Moment { get; init; }

    /// <summary>What the step was called.</summary>
    public required string Step { get; init; }

    /// <summary>Who, if it was noted.</summary>
    public string? Who { get; init; }

    /// <summary>What it is.</summary>
    public required DrillNoteKind Kind { get; init; }

    /// <summary>What was said.</summary>
    public required string Text { get; init; }
}

/// <summary>What a note of a drill is.</summary>
public enum DrillNoteKind
{
    /// <summary>An answer, or something worth knowing.</summary>
    Remark,

    /// <summary>Something that was decided.</summary>
    Decision,

    /// <summary>A question that stays open.</summary>
    Question,

    /// <summary>Something that would not work as it is planned: the step has not passed.</summary>
    Problem,
}
