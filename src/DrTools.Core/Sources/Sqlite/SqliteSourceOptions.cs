namespace DrTools.Sources.Sqlite;

/// <summary>How a SQLite database is copied.</summary>
public sealed record SqliteSourceOptions
{
    /// <summary>How long to wait for a writer that keeps the database locked, counted from the last page that could be
    /// copied.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes copied while the database's shared lock is held once; writers get their turn in between.</summary>
    public int StepBytes { get; init; } = 4 << 20;

    /// <summary>Pause between two steps without a lock, so that a writer that polls for the lock finds it free.</summary>
    public TimeSpan StepPause { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How often a writer may make the copy start again before it is made in one go, with writers waiting.
    /// (Databases in WAL mode never start again.)</summary>
    public int MaxRestarts { get; init; } = 3;

    /// <summary>Takes the progress of the copy, after each step.</summary>
    public IProgress<SqliteCopyProgress>? Progress { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the jitter of waiting comes from.</summary>
    public Random Jitter { get; init; } = Random.Shared;

    /// <summary>Bytes that can be written to a folder.</summary>
    internal Func<string, long> FreeSpace { get; init; } = static folder => new DriveInfo(folder).AvailableFreeSpace;
}
