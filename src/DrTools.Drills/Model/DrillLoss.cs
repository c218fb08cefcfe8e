namespace DrTools.Drills;

/// <summary>What one source lost.</summary>
public sealed record DrillLoss
{
    /// <summary>Canonical name of the source.</summary>
    public required string Source { get; init; }

    /// <summary>What was counted (<c>canary rows</c>).</summary>
    public required string Items { get; init; }

    /// <summary>How what was written was protected in the drill, and what the plan says; as a sentence.</summary>
    public required string Protection { get; init; }

    /// <summary>How many canaries were written before the event.</summary>
    public required int Written { get; init; }

    /// <summary>How many of them are missing after the recovery.</summary>
    public required int Lost { get; init; }

    /// <summary>When the last one that came back was written, UTC.</summary>
    public DateTimeOffset? LastKept { get; init; }

    /// <summary>When the first one that is missing was written, UTC.</summary>
    public DateTimeOffset? FirstLost { get; init; }

    /// <summary>From the last canary that came back to the event: what the drill itself lost. Zero when none is missing.</summary>
    public required TimeSpan Measured { get; init; }

    /// <summary>From the newest moment that the plan's repository could restore to the event: what production would have lost,
    /// had it happened there.</summary>
    public TimeSpan? Exposure { get; init; }

    /// <summary>The most that can be lost as the plan has it: the longest interval of its schedule or log, if it gives one.</summary>
    public TimeSpan? Planned { get; init; }

    /// <summary>The larger of <see cref="Measured"/> and <see cref="Exposure"/>.</summary>
    public TimeSpan Span => Exposure is { } exposure && exposure > Measured ? exposure : Measured;
}

/// <summary>A backup that a drill was held with.</summary>
public sealed record DrillBackup
{
    /// <summary>Canonical name of the source.</summary>
    public required string Source { get; init; }

    /// <summary>Name of the plan's repository that it was fetched from.</summary>
    public required string Repository { get; init; }

    /// <summary>Its id.</summary>
    public required string BackupId { get; init; }

    /// <summary>When it was started, UTC.</summary>
    public required DateTimeOffset Taken { get; init; }

    /// <summary>Whether it was the newest one.</summary>
    public required bool IsNewest { get; init; }

    /// <summary>How many backups there were to choose from.</summary>
    public required int Kept { get; init; }

    /// <summary>Its content, bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>How long it took to fetch and restore it; <see langword="null"/> when it could not be.</summary>
    public TimeSpan? RestoreDuration { get; init; }

    /// <summary>Bytes restored in a second.</summary>
    public double? BytesPerSecond => RestoreDuration is { Ticks: > 0 } duration ? Bytes / duration.TotalSeconds : null;
}
