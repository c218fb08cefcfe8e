namespace DrTools.Drills.Actions;

/// <summary>How far an improvement action is.</summary>
public enum ActionStatus
{
    /// <summary>Nobody has begun.</summary>
    Open,

    /// <summary>Somebody works at it.</summary>
    InProgress,

    /// <summary>Somebody says that it is done. No drill has shown it yet.</summary>
    Done,

    /// <summary>A later drill has shown that it is done.</summary>
    Closed,

    /// <summary>It will not be done; the note says why.</summary>
    Dropped,
}

/// <summary>
/// Something to be mended or made better: what has not passed in a drill, or what somebody has written down. A later drill in which
/// the same thing passes closes it, and one in which it does not opens it again.
/// </summary>
public sealed record ImprovementAction
{
    /// <summary>Its id, eight hexadecimal digits; of the same problem of the same service always the same.</summary>
    public required string Id { get; init; }

    /// <summary>The service that it is about.</summary>
    public required string Service { get; init; }

    /// <summary>Canonical name of the source that it is about; <see langword="null"/> for the service as a whole.</summary>
    public string? Source { get; init; }

    /// <summary>The backup that it is about, when it is about one.</summary>
    public string? BackupId { get; init; }

    /// <summary>The check that has not passed, or what is to be done.</summary>
    public required string Title { get; init; }

    /// <summary>What was wrong when it was last seen.</summary>
    public required string Problem { get; init; }

    /// <summary>What to do, if that is known.</summary>
    public string? Remedy { get; init; }

    /// <summary>How far it is.</summary>
    public ActionStatus Status { get; init; }

    /// <summary>Who takes care of it.</summary>
    public string? Owner { get; init; }

    /// <summary>Until which day.</summary>
    public DateOnly? Due { get; init; }

    /// <summary>What was last said of it.</summary>
    public string? Note { get; init; }

    /// <summary>When it was first seen, UTC.</summary>
    public required DateTimeOffset Opened { get; init; }

    /// <summary>When it was last seen, UTC.</summary>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>Ids of the drills in which it was seen, the oldest first; none of one that somebody has written down.</summary>
    public IReadOnlyList<string> Drills { get; init; } = [];

    /// <summary>How often it was closed and seen again.</summary>
    public int Reopened { get; init; }

    /// <summary>When a drill closed it, UTC; or when it was said to be done or dropped.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Id of the drill that closed it.</summary>
    public string? ClosedBy { get; init; }

    /// <summary>Whether there is still something to do.</summary>
    public bool IsOpen => Status is ActionStatus.Open or ActionStatus.InProgress;

    /// <summary>Whether its day has passed and there is still something to do.</summary>
    public bool IsOverdue { get; init; }
}
