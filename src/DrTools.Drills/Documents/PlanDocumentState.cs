using DrTools.Backup;
using DrTools.Drills;
using DrTools.Drills.Actions;
using DrTools.Plans;

namespace DrTools.Documents;

/// <summary>The language of a document.</summary>
public enum DocumentLanguage
{
    /// <summary>English.</summary>
    En,

    /// <summary>Japanese.</summary>
    Ja,
}

/// <summary>The newest backup of a source in a repository.</summary>
/// <param name="Source">The source.</param>
/// <param name="Repository">The repository, by its name in the plan.</param>
/// <param name="Backup">The backup; <see langword="null"/> where there is none.</param>
public sealed record NewestBackup(string Source, string Repository, BackupInfo? Backup);

/// <summary>The last time that backups of a source were verified at a level.</summary>
/// <param name="Source">The source.</param>
/// <param name="Level">The level: <c>Catalog</c>, <c>Content</c>, <c>Restore</c>.</param>
/// <param name="Finished">When, UTC.</param>
/// <param name="Passed">Whether nothing was found.</param>
public sealed record LastVerification(string Source, string Level, DateTimeOffset Finished, bool Passed);

/// <summary>How things stand beside the plan, as far as they could be asked.</summary>
public sealed record PlanDocumentState
{
    /// <summary>When that was, UTC.</summary>
    public required DateTimeOffset Asked { get; init; }

    /// <summary>Whether anything was asked: otherwise there is only the plan.</summary>
    public bool WasAsked { get; init; }

    /// <summary>How plan and reality agree.</summary>
    public IReadOnlyList<PlanFinding> Findings { get; init; } = [];

    /// <summary>How services stand against their objectives.</summary>
    public IReadOnlyList<ObjectiveMeasurement> Objectives { get; init; } = [];

    /// <summary>What recovery costs.</summary>
    public CostEstimate? Cost { get; init; }

    /// <summary>The drills that were held, the oldest first.</summary>
    public IReadOnlyList<DrillResult> Drills { get; init; } = [];

    /// <summary>What is to be made better.</summary>
    public IReadOnlyList<ImprovementAction> Actions { get; init; } = [];

    /// <summary>The newest backups.</summary>
    public IReadOnlyList<NewestBackup> Newest { get; init; } = [];

    /// <summary>The last verifications.</summary>
    public IReadOnlyList<LastVerification> Verifications { get; init; } = [];

    /// <summary>What could not be asked, and why.</summary>
    public IReadOnlyList<string> NotAsked { get; init; } = [];
}
