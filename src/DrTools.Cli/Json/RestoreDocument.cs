using DrTools.Restore;

namespace DrTools.Cli.Json;

/// <summary>What <c>restore --dry-run</c> prints.</summary>
internal sealed record RestorePlanDocument
{
    public required string BackupId { get; init; }

    public required string Source { get; init; }

    public required string Target { get; init; }

    public required long Files { get; init; }

    public required long Directories { get; init; }

    public required long Others { get; init; }

    public required long Bytes { get; init; }

    public required long FreeBytes { get; init; }

    public required bool Fits { get; init; }

    public required long ReplacedCount { get; init; }

    public required IReadOnlyList<string> Replaced { get; init; }

    public required bool Resumes { get; init; }

    public required double? ExpectedSeconds { get; init; }

    public required IReadOnlyList<string> Obstacles { get; init; }

    public static RestorePlanDocument Of(RestorePlan plan) => new()
    {
        BackupId = plan.Backup.Id,
        Source = plan.Backup.Source,
        Target = plan.Target,
        Files = plan.Files,
        Directories = plan.Directories,
        Others = plan.Others,
        Bytes = plan.Bytes,
        FreeBytes = plan.FreeBytes,
        Fits = plan.Fits,
        ReplacedCount = plan.ReplacedCount,
        Replaced = plan.Replaced,
        Resumes = plan.Resumes,
        ExpectedSeconds = plan.ExpectedDuration is { } duration ? Scalars.Seconds(duration) : null,
        Obstacles = plan.Obstacles,
    };
}

/// <summary>What <c>restore</c> prints.</summary>
internal sealed record RestoreDocument
{
    public required string BackupId { get; init; }

    public required string Source { get; init; }

    public required string Target { get; init; }

    public required bool Passed { get; init; }

    public required long Files { get; init; }

    public required long Directories { get; init; }

    public required long Others { get; init; }

    public required long Bytes { get; init; }

    public required long ReusedFiles { get; init; }

    public required double Seconds { get; init; }

    public required long LossCount { get; init; }

    public required string? ReplacedFolder { get; init; }

    public required long IssueCount { get; init; }

    public required IReadOnlyList<IssueDocument> Issues { get; init; }

    public required IReadOnlyList<SourceCheckDocument> Checks { get; init; }

    public static RestoreDocument Of(RestoreResult result) => new()
    {
        BackupId = result.Backup.Id,
        Source = result.Backup.Source,
        Target = result.Target,
        Passed = result.Passed,
        Files = result.Files,
        Directories = result.Directories,
        Others = result.Others,
        Bytes = result.Bytes,
        ReusedFiles = result.ReusedFiles,
        Seconds = Scalars.Seconds(result.Duration),
        LossCount = result.LossCount,
        ReplacedFolder = result.ReplacedFolder,
        IssueCount = result.IssueCount,
        Issues = IssueDocument.Of(result.Issues),
        Checks = SourceCheckDocument.Of(result.Checks),
    };
}
