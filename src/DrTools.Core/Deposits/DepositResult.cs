using DrTools.Backup;
using DrTools.Sources;

namespace DrTools.Deposits;

/// <summary>A backup that was deposited.</summary>
public sealed record DepositResult
{
    /// <summary>Id of the deposit.</summary>
    public required string DepositId { get; init; }

    /// <summary>Where it lies.</summary>
    public required string Location { get; init; }

    /// <summary>Fingerprint of the public key that it is sealed for.</summary>
    public required string Recipient { get; init; }

    /// <summary>Objects that were stored.</summary>
    public required int Objects { get; init; }

    /// <summary>The backup in it.</summary>
    public required BackupInfo Backup { get; init; }

    /// <summary>Entries that are missing or not as they should be.</summary>
    public IReadOnlyList<EntryIssue> Issues { get; init; } = [];

    /// <summary>What is worth knowing about how it was taken.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>What can be said of a deposit without opening it.</summary>
public sealed record Deposit
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The host whose folder it lies in.</summary>
    public required string Host { get; init; }

    /// <summary>Where it lies.</summary>
    public required string Location { get; init; }

    /// <summary>When its newest object was stored, by the store's clock, UTC.</summary>
    public required DateTimeOffset Stored { get; init; }

    /// <summary>Number of its objects.</summary>
    public required int Objects { get; init; }

    /// <summary>Their size, bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Ids of the backups in it; none when it was not finished.</summary>
    public required IReadOnlyList<string> BackupIds { get; init; }

    /// <summary>Whether it holds a backup; otherwise it is being written, or whoever wrote it was stopped.</summary>
    public bool IsComplete => BackupIds.Count > 0;

    /// <summary>Whether everything in it is in the repository.</summary>
    public bool IsReceived { get; init; }
}

/// <summary>What became of a deposit.</summary>
public enum DepositOutcome
{
    /// <summary>Its backups are in the repository now.</summary>
    Received,

    /// <summary>They were there already.</summary>
    AlreadyThere,

    /// <summary>It holds no backup (yet).</summary>
    Unfinished,

    /// <summary>It was not taken.</summary>
    Refused,

    /// <summary>It would be received; for a run that changes nothing.</summary>
    ToReceive,
}

/// <summary>What became of one deposit.</summary>
public sealed record ReceivedDeposit
{
    /// <summary>The deposit.</summary>
    public required Deposit Deposit { get; init; }

    /// <summary>What became of it.</summary>
    public required DepositOutcome Outcome { get; init; }

    /// <summary>The backups that came with it, as they are in the repository.</summary>
    public IReadOnlyList<BackupInfo> Backups { get; init; } = [];

    /// <summary>Whether it was removed from where it lay.</summary>
    public bool IsRemoved { get; init; }

    /// <summary>Why it was refused, or could not be removed.</summary>
    public string? Problem { get; init; }

    /// <summary>What is worth knowing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What was wrong, with its remedy.</summary>
    public DrException? Error { get; init; }
}
