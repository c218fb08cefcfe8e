using DrTools.Backup;

namespace DrTools.Retention;

/// <summary>A backup as the planner sees it.</summary>
public sealed record RetentionCandidate
{
    /// <summary>Identifier of the backup.</summary>
    public required string Id { get; init; }

    /// <summary>What it is a backup of, including the host; backups of one source are judged together.</summary>
    public required string Source { get; init; }

    /// <summary>Its type.</summary>
    public required BackupType Type { get; init; }

    /// <summary>The moment that its data dates from.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Its place among the backups of the source. What is newer is told by this and not by the clock, which may
    /// have been set back.</summary>
    public required long Sequence { get; init; }

    /// <summary>Whether entries are missing from it because they could not be read.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Whether someone has said that it must be kept.</summary>
    public bool IsPinned { get; init; }

    /// <summary>Why they did.</summary>
    public string? PinReason { get; init; }

    /// <summary>Whether a running backup builds on it.</summary>
    public bool IsLeased { get; init; }

    /// <summary>Whether it is known that it cannot be restored completely as it is.</summary>
    public bool IsDamaged { get; init; }
}
