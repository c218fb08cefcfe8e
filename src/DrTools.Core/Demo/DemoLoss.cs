namespace DrTools.Demo;

/// <summary>What one source lost: written after its last backup, and gone.</summary>
public sealed record DemoLoss
{
    /// <summary>Canonical name of the source.</summary>
    public required string Source { get; init; }

    /// <summary>What was counted (<c>marker rows</c>).</summary>
    public required string Items { get; init; }

    /// <summary>The backup that it was restored from.</summary>
    public required string BackupId { get; init; }

    /// <summary>The moment from which on the backup may miss changes, UTC.</summary>
    public required DateTimeOffset LastGood { get; init; }

    /// <summary>From there to the disaster: the measured recovery point.</summary>
    public required TimeSpan Span { get; init; }

    /// <summary>How many were written after the backup.</summary>
    public required int Written { get; init; }

    /// <summary>How many of them are missing after the recovery.</summary>
    public required int Lost { get; init; }

    /// <summary>When the first one that is missing was written, UTC.</summary>
    public DateTimeOffset? FirstLost { get; init; }

    /// <summary>When the last one that is missing was written, UTC.</summary>
    public DateTimeOffset? LastLost { get; init; }

    /// <summary>The first that are missing, by name.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];
}
