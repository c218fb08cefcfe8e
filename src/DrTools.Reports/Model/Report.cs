using DrTools.Drills;
using DrTools.Drills.Actions;
using DrTools.Drills.Trends;

namespace DrTools.Reports;

/// <summary>
/// A report: what it rests on, the figures that follow, and the hashes of the records that they follow from. As JSON it is the
/// report for programs, and it is in every report as HTML or Markdown, so that all of them can be checked later.
/// </summary>
public sealed record Report
{
    /// <summary>What a file of this kind says it is.</summary>
    public const string FormatName = "drtools-report";

    /// <summary>The newest version that this program writes and reads.</summary>
    public const int NewestVersion = 1;

    /// <summary>Says what it is.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Version of its form.</summary>
    public int Version { get; init; } = NewestVersion;

    /// <summary>How its pages are laid out; see <see cref="Layout.ReportLayout.Number"/>.</summary>
    public required int Layout { get; init; }

    /// <summary>What it rests on beside the records.</summary>
    public required ReportBasis Basis { get; init; }

    /// <summary>What follows.</summary>
    public required ReportFigures Figures { get; init; }

    /// <summary>The records that it follows from.</summary>
    public required IReadOnlyList<RepositoryEvidence> Evidence { get; init; }
}

/// <summary>What a report rests on in a repository.</summary>
public sealed record RepositoryEvidence
{
    /// <summary>Name of the repository in the plan.</summary>
    public required string Repository { get; init; }

    /// <summary>Its identity.</summary>
    public required Guid RepositoryId { get; init; }

    /// <summary>The records that figures were made of, in runs without gaps.</summary>
    public required IReadOnlyList<CitedRecords> Records { get; init; }

    /// <summary>The results of drills.</summary>
    public required IReadOnlyList<CitedDrill> Drills { get; init; }

    /// <summary>HMAC-SHA256 of the report without its seals, hexadecimal, by a key that follows from the repository's.</summary>
    public string? Seal { get; init; }
}

/// <summary>Records that follow one another.</summary>
/// <param name="First">Number of the first.</param>
/// <param name="Hashes">SHA-256 of each as stored, hexadecimal.</param>
public sealed record CitedRecords(long First, IReadOnlyList<string> Hashes);

/// <summary>The result of a drill.</summary>
/// <param name="Object">Name of the object.</param>
/// <param name="Sequence">The record that names it.</param>
/// <param name="Hash">SHA-256 of the object as stored, hexadecimal, as that record has it.</param>
public sealed record CitedDrill(string Object, long Sequence, string Hash);

/// <summary>What a report says.</summary>
public sealed record ReportFigures
{
    /// <summary>What a reader has to do, the most pressing first.</summary>
    public required IReadOnlyList<ReportFinding> Findings { get; init; }

    /// <summary>Everything together.</summary>
    public required ReportTotals Totals { get; init; }

    /// <summary>Each service.</summary>
    public required IReadOnlyList<ServiceFigures> Services { get; init; }

    /// <summary>Runs that did not succeed, the oldest first; at most <see cref="MaximumFailures"/>.</summary>
    public required IReadOnlyList<FailedRun> Failures { get; init; }

    /// <summary>The drills of the time, the oldest first.</summary>
    public required IReadOnlyList<DrillFigures> Drills { get; init; }

    /// <summary>These and those before, for trends; the oldest first.</summary>
    public required IReadOnlyList<DrillFigures> DrillHistory { get; init; }

    /// <summary>How the drills of each service went over time.</summary>
    public required IReadOnlyList<DrillTrend> Trends { get; init; }

    /// <summary>Improvement actions that there is still something to do about, and those that ended in the time; the oldest
    /// first.</summary>
    public required IReadOnlyList<ImprovementAction> Actions { get; init; }

    /// <summary>The result of the drill that the report is about, if it is about one.</summary>
    public DrillResult? Drill { get; init; }

    /// <summary>How many failures a report names.</summary>
    public const int MaximumFailures = 200;
}
