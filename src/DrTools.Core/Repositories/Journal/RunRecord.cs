using System.Text.Json.Serialization;
using DrTools.Stores;

namespace DrTools.Repositories.Journal;

/// <summary>How an operation ended.</summary>
public enum RunOutcome
{
    /// <summary>Everything that was to be done was done.</summary>
    Succeeded,

    /// <summary>Done, but some entries could not be read.</summary>
    Partial,

    /// <summary>Not done; see the error.</summary>
    Failed,

    /// <summary>Stopped by the user.</summary>
    Interrupted,

    /// <summary>The process ended without a word; a later run noticed.</summary>
    Abandoned,
}

/// <summary>One operation on a repository, as the journal keeps it.</summary>
public sealed record RunRecord
{
    /// <summary>Number in the journal, from 1 without gaps. Set when the record is appended.</summary>
    public long Sequence { get; init; }

    /// <summary>SHA-256 of the record before this one (its object as stored), hexadecimal; 64 zeros for the first.</summary>
    public string Previous { get; init; } = string.Empty;

    /// <summary>What was done: <c>backup</c>, <c>verify</c>, <c>restore</c>, <c>expire</c>, <c>key-rotation</c>, …</summary>
    public required string Operation { get; init; }

    /// <summary>How it ended.</summary>
    public required RunOutcome Outcome { get; init; }

    /// <summary>When it was started, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended, UTC.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>Who ran it.</summary>
    public string User { get; init; } = Environment.UserName;

    /// <summary>Where it ran.</summary>
    public string Host { get; init; } = Environment.MachineName;

    /// <summary>The backup that it made or used.</summary>
    public string? BackupId { get; init; }

    /// <summary>The source.</summary>
    public string? Source { get; init; }

    /// <summary>Type of the backup, level of the verification, and the like.</summary>
    public string? Mode { get; init; }

    /// <summary>Why, in the user's words.</summary>
    public string? Reason { get; init; }

    /// <summary>Entries handled.</summary>
    public long Entries { get; init; }

    /// <summary>Content handled, bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes written to (backup) or read from (verify, restore) the repository, or freed (expire).</summary>
    public long StoredBytes { get; init; }

    /// <summary>How much of <see cref="StoredBytes"/> an expiry freed of logs, bytes; the rest was of backups.</summary>
    public long? LogBytes { get; init; }

    /// <summary>Problems that did not end it.</summary>
    public long IssueCount { get; init; }

    /// <summary>Stable id of the error that ended it.</summary>
    public string? ErrorId { get; init; }

    /// <summary>The error that ended it.</summary>
    public string? Error { get; init; }

    /// <summary>Ids of the backups that an expiry removed; tells a manifest that was removed from one that vanished.</summary>
    public IReadOnlyList<string>? RemovedBackups { get; init; }

    /// <summary>What is unusual about a backup; see <see cref="Backup.BackupInfo.Unusual"/>.</summary>
    public IReadOnlyList<string>? Unusual { get; init; }

    /// <summary>What went between the machine and the store, where requests are what a store costs.</summary>
    public StoreTraffic? Traffic { get; init; }

    /// <summary>An object of the repository that says more (<c>drills/…</c>).</summary>
    public string? ObjectName { get; init; }

    /// <summary>SHA-256 of that object as stored, hexadecimal: with the chain of the journal it shows later that the object is
    /// what was written.</summary>
    public string? ObjectHash { get; init; }

    /// <summary>A summary in words.</summary>
    public string? Detail { get; init; }

    /// <summary>How long it took.</summary>
    [JsonIgnore]
    public TimeSpan Duration => Finished - Started;
}
