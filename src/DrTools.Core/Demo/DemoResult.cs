using DrTools.Backup;

namespace DrTools.Demo;

/// <summary>What the demo came to.</summary>
public sealed record DemoResult
{
    /// <summary>When it started, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it was over, UTC.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>The folder in which it happened.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>Whether data and repository are still there.</summary>
    public required bool Kept { get; init; }

    /// <summary>The report: an HTML file.</summary>
    public required string ReportPath { get; init; }

    /// <summary>What the figures are held against.</summary>
    public required DemoObjectives Objectives { get; init; }

    /// <summary>What was played, in the words of its report.</summary>
    public DemoNarrative Narrative { get; init; } = new();

    /// <summary>Where and with what it ran.</summary>
    public required DemoEnvironment Environment { get; init; }

    /// <summary>What was protected, in figures, at the moment of the last backup.</summary>
    public required DemoData Data { get; init; }

    /// <summary>The backups, in the order in which they were taken.</summary>
    public required IReadOnlyList<BackupInfo> Backups { get; init; }

    /// <summary>The steps, in order.</summary>
    public required IReadOnlyList<DemoPhase> Phases { get; init; }

    /// <summary>What was destroyed by mistake and brought back before the disaster, if that was played.</summary>
    public DemoMistake? Mistake { get; init; }

    /// <summary>The moment from which on changes are lost, of the source that lost most, UTC.</summary>
    public required DateTimeOffset LastGood { get; init; }

    /// <summary>The moment of the disaster, UTC.</summary>
    public required DateTimeOffset Disaster { get; init; }

    /// <summary>When everything was restored and had passed its checks, UTC; <see langword="null"/> when that was not
    /// reached.</summary>
    public required DateTimeOffset? Recovered { get; init; }

    /// <summary>From the disaster to the checked recovery; <see langword="null"/> when that was not reached.</summary>
    public required TimeSpan? MeasuredRto { get; init; }

    /// <summary>From the last good moment to the disaster.</summary>
    public required TimeSpan MeasuredRpo { get; init; }

    /// <summary>What was lost, for each source.</summary>
    public required IReadOnlyList<DemoLoss> Losses { get; init; }

    /// <summary>Everything that was checked, the objectives included.</summary>
    public required IReadOnlyList<DemoCheck> Checks { get; init; }

    /// <summary>Whether the recovery took no longer than the objective.</summary>
    public bool MeetsRto => MeasuredRto <= Objectives.Rto;

    /// <summary>Whether no more was lost than the objective allows.</summary>
    public bool MeetsRpo => MeasuredRpo <= Objectives.Rpo;

    /// <summary>Whether every check passed.</summary>
    public bool Passed => Checks.All(c => c.Passed);
}

/// <summary>Where and with what the demo ran.</summary>
public sealed record DemoEnvironment
{
    /// <summary>Version of DrTools.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>Version of .NET.</summary>
    public required string Runtime { get; init; }

    /// <summary>The operating system.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>The host's name.</summary>
    public required string Host { get; init; }

    /// <summary>Number of processors.</summary>
    public required int Processors { get; init; }

    /// <summary>Version of the database engine.</summary>
    public required string DatabaseEngine { get; init; }

    /// <summary>Identity of the repository.</summary>
    public required Guid RepositoryId { get; init; }

    /// <summary>Version of the repository's format.</summary>
    public required int RepositoryFormat { get; init; }

    /// <summary>How the repository's key is protected.</summary>
    public required string KeyProtection { get; init; }

    /// <summary>Seed of the data.</summary>
    public required int Seed { get; init; }
}

/// <summary>What was protected, in figures.</summary>
/// <param name="Tables">Tables of the database.</param>
/// <param name="Rows">Rows of all tables.</param>
/// <param name="DatabaseBytes">Size of the database, bytes.</param>
/// <param name="Files">Regular files of the tree, hard links counted as such.</param>
/// <param name="Folders">Folders of the tree.</param>
/// <param name="Links">Symbolic links of the tree.</param>
/// <param name="FileBytes">Size of all files, bytes, holes included.</param>
public sealed record DemoData(int Tables, long Rows, long DatabaseBytes, int Files, int Folders, int Links, long FileBytes);
