namespace DrTools.Drills.Coverage;

/// <summary>Which of the kept backups of a service are known to be good for a recovery, because they were restored.</summary>
public sealed record DrillCoverage
{
    /// <summary>Name of the service.</summary>
    public required string Service { get; init; }

    /// <summary>When it was looked at, UTC.</summary>
    public required DateTimeOffset Measured { get; init; }

    /// <summary>Within which every kept backup is to be tested once: a year.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Every kept backup, those to be tested first before the others.</summary>
    public IReadOnlyList<BackupCoverage> Backups { get; init; } = [];

    /// <summary>What could not be looked at; then the figures are of the rest.</summary>
    public IReadOnlyList<DrillFinding> Findings { get; init; } = [];

    /// <summary>How many of them passed a test within the period.</summary>
    public int Covered => Backups.Count(b => b.IsCovered);

    /// <summary>How many were never tested.</summary>
    public int NeverTested => Backups.Count(b => b.Tests.Count == 0);

    /// <summary>How many did not pass when they were last tested.</summary>
    public int Failing => Backups.Count(b => b.Last is { Passed: false });

    /// <summary>How often a drill is to be held of the least tested backup, so that as many as there are now are tested within the
    /// period; <see langword="null"/> when there is no backup.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Whether every kept backup passed a test within the period, and none failed its last one.</summary>
    public bool Passed => Backups.Count > 0 && Findings.Count == 0 && Backups.All(b => b.IsCovered);
}

/// <summary>A kept backup, and how it was tested.</summary>
public sealed record BackupCoverage
{
    /// <summary>Canonical name of the source.</summary>
    public required string Source { get; init; }

    /// <summary>Name of the plan's repository that it is in.</summary>
    public required string Repository { get; init; }

    /// <summary>Its id.</summary>
    public required string BackupId { get; init; }

    /// <summary>When it was started, UTC.</summary>
    public required DateTimeOffset Taken { get; init; }

    /// <summary>Its content, bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Every time that it was tested, the oldest first.</summary>
    public IReadOnlyList<BackupTest> Tests { get; init; } = [];

    /// <summary>Whether it passed its last test, and that within the period.</summary>
    public bool IsCovered { get; init; }

    /// <summary>When it is to be tested next, UTC, so that all are within the period.</summary>
    public DateTimeOffset Due { get; init; }

    /// <summary>The last time that it was tested; <see langword="null"/> if never.</summary>
    public BackupTest? Last => Tests.Count > 0 ? Tests[^1] : null;
}
