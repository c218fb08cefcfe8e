namespace DrTools.Demo;

/// <summary>What of a report's words depends on what was played. By default, SQLite and files.</summary>
public sealed record DemoNarrative
{
    /// <summary>What the demo ran on, as a short phrase.</summary>
    public string Subject { get; init; } = "Demo on generated data";

    /// <summary>What holds when every check has passed, as the rest of a sentence.</summary>
    public string Proven { get; init; } = "every row and every file is as it was at the last backup";

    /// <summary>What the picture of time shows.</summary>
    public string Timeline { get; init; } = "Whatever was written between the last good moment and the disaster is in no backup.";

    /// <summary>How what was lost is known.</summary>
    public string Loss { get; init; } = "While production went on after the last backup, markers were written at known times. Those that are missing now show what the loss came to.";

    /// <summary>Why not all was lost that was written after the last backup.</summary>
    public string Survived { get; init; } = "lay where the disaster did not reach; restoring left them alone";

    /// <summary>What the comparison rests on.</summary>
    public string Evidence { get; init; } = "What came back was compared with a record that the demo itself took at the last backup: plain SQL, a walk of its own and SHA-256.";

    /// <summary>How the measured recovery point is counted.</summary>
    public string RecoveryPoint { get; init; } = "from the start of the last backup, so that nothing is counted as saved that may not be";
}
