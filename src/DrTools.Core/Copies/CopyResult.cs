using DrTools.Backup;
using DrTools.Repositories.Logs;
using DrTools.Stores;
using DrTools.Verification;

namespace DrTools.Copies;

/// <summary>What became of a backup that was to be copied.</summary>
public enum CopyOutcome
{
    /// <summary>It is in the target now.</summary>
    Copied,

    /// <summary>It was in the target before.</summary>
    AlreadyThere,

    /// <summary>It would be copied (dry run).</summary>
    ToCopy,

    /// <summary>The target's retention removed it, or the source's did while the copy ran; it was left alone.</summary>
    Skipped,

    /// <summary>It could not be copied; the target does not have it.</summary>
    Refused,
}

/// <summary>A backup that was to be copied.</summary>
public sealed record CopiedBackup
{
    /// <summary>Its id, the same in both repositories.</summary>
    public required string BackupId { get; init; }

    /// <summary>Its source.</summary>
    public required string Source { get; init; }

    /// <summary>The host that the source is on.</summary>
    public required string Host { get; init; }

    /// <summary>Its type.</summary>
    public required BackupType Type { get; init; }

    /// <summary>What became of it.</summary>
    public required CopyOutcome Outcome { get; init; }

    /// <summary>The backup; <see langword="null"/> when its manifest was not read (it was there already) or cannot be.</summary>
    public BackupInfo? Backup { get; init; }

    /// <summary>Packs that it refers to.</summary>
    public int Packs { get; init; }

    /// <summary>Packs that were copied for it, or would be.</summary>
    public int CopiedPacks { get; init; }

    /// <summary>Bytes that were stored for it, or would be.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Packs that were read back from the target as a whole, every frame of them authenticated: all that were copied, and
    /// those that an interrupted copy had left.</summary>
    public int ReadBackPacks { get; init; }

    /// <summary>Packs that the target had for other backups: seen to be there with their size, and not read.</summary>
    public int ListedPacks { get; init; }

    /// <summary>Whether it was pinned in the source and is now in the target.</summary>
    public bool IsPinned { get; init; }

    /// <summary>Why it was refused or skipped.</summary>
    public string? Problem { get; init; }

    /// <summary>Why it was refused, as an error.</summary>
    public DrException? Error { get; init; }

    /// <summary>What is damaged in the source, and which entries suffer.</summary>
    public IReadOnlyList<VerifyFinding> Findings { get; init; } = [];
}

/// <summary>A log that could not be copied.</summary>
/// <param name="Name">The log.</param>
/// <param name="Error">Why.</param>
public sealed record RefusedLog(LogName Name, DrException Error);

/// <summary>What became of the logs.</summary>
public sealed record CopiedLogs
{
    /// <summary>Logs copied, and read back from the target; or that would be copied.</summary>
    public int Copied { get; init; }

    /// <summary>Bytes that were stored for them, or would be.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Logs that the target had, of the same size.</summary>
    public int AlreadyThere { get; init; }

    /// <summary>Logs that could not be copied.</summary>
    public IReadOnlyList<RefusedLog> Refused { get; init; } = [];
}

/// <summary>What a copy came to.</summary>
public sealed record CopyResult
{
    /// <summary>Where the backups are.</summary>
    public required string SourceRepository { get; init; }

    /// <summary>Where they were copied to.</summary>
    public required string TargetRepository { get; init; }

    /// <summary>Whether this says only what would be done.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>The backups, source by source and the oldest first.</summary>
    public required IReadOnlyList<CopiedBackup> Backups { get; init; }

    /// <summary>The logs.</summary>
    public required CopiedLogs Logs { get; init; }

    /// <summary>Bytes read from the source.</summary>
    public long ReadBytes { get; init; }

    /// <summary>Bytes stored in the target, or that would be.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Requests to the source's store, where they are what it costs.</summary>
    public StoreTraffic? SourceTraffic { get; init; }

    /// <summary>Requests to the target's store, likewise.</summary>
    public StoreTraffic? TargetTraffic { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What is worth knowing about how it went.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether nothing was refused.</summary>
    public bool Passed => Logs.Refused.Count == 0 && Backups.All(b => b.Outcome != CopyOutcome.Refused);

    /// <summary>The errors of what was refused.</summary>
    public IEnumerable<DrException> Errors => Backups.Select(b => b.Error).OfType<DrException>().Concat(Logs.Refused.Select(l => l.Error));

    /// <summary>What was verified, in words.</summary>
    public string Proves => IsDryRun
        ? "Nothing was written."
        : $"{Figures.Count(Backups.Sum(b => b.ReadBackPacks), "pack")} and {Figures.Count(Logs.Copied, "log")} were read back from the target and every frame in them authenticated; "
            + $"{Figures.Count(Backups.Sum(b => b.ListedPacks), "pack")} that other backups there have in common were seen to be there with their size and not read.";
}
