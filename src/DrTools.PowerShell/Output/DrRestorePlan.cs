using DrTools.PostgreSql.Recovery;

namespace DrTools.PowerShell;

/// <summary>What restoring a cluster would do, and the repository that it would be restored from.</summary>
public sealed class DrRestorePlan
{
    internal DrRestorePlan(DrRepository repository, DatabaseRestorePlan plan) => (Repository, Plan) = (repository, plan);

    /// <summary>The repository.</summary>
    public DrRepository Repository { get; }

    /// <summary>Id of the backup that it starts from.</summary>
    public string BackupId => Plan.Backup.Id;

    /// <summary>The cluster.</summary>
    public string Source => Plan.Backup.Info.Source;

    /// <summary>The data directory to restore into.</summary>
    public string Destination => Plan.Options.DataDirectory;

    /// <summary>The moment, as the server is told it.</summary>
    public RecoveryTarget Target => Plan.Target;

    /// <summary>What the server does there.</summary>
    public RecoveryTargetAction TargetAction => Plan.Options.Action;

    /// <summary>Content to be written, bytes.</summary>
    public long Bytes => Plan.Bytes;

    /// <summary>Log to be fetched and replayed, bytes.</summary>
    public long LogBytes => Plan.WalBytes;

    /// <summary>The first segment of the log that is fetched.</summary>
    public string? FirstSegment => Plan.Segments?.First;

    /// <summary>The last segment of the log that is fetched.</summary>
    public string? LastSegment => Plan.Segments?.Last;

    /// <summary>Whether there is something in the destination.</summary>
    public bool Replaces => Plan.IsInUse;

    /// <summary>Whether an interrupted restore is carried on.</summary>
    public bool Resumes => Plan.Resumes;

    /// <summary>How long it should take, by earlier restores.</summary>
    public TimeSpan? ExpectedDuration => Plan.ExpectedDuration;

    /// <summary>The port that the restored server's configuration names, where that can be told.</summary>
    public int? Port => Plan.Port?.Port;

    /// <summary>Whether another server of this host has that port now.</summary>
    public bool? PortIsTaken => Plan.Port?.IsTaken;

    /// <summary>The port in words, with what becomes of it where it is taken.</summary>
    public string? PortText => Plan.Port?.Describe(Plan.Options is { Wait: true, StartCommand: null });

    /// <summary>Space that is needed and free.</summary>
    public IReadOnlyList<SpaceNeed> Space => Plan.Space;

    /// <summary>Where tablespaces go.</summary>
    public IReadOnlyList<TablespacePlace> Tablespaces => Plan.Tablespaces;

    /// <summary>Settings that are written into the data directory.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings => Plan.Settings;

    /// <summary>What stands in the way.</summary>
    public IReadOnlyList<string> Obstacles => [.. Plan.Obstacles.Select(o => $"{o.Message} {o.Remedy}")];

    /// <summary>What is worth knowing.</summary>
    public IReadOnlyList<string> Notes => Plan.Notes;

    internal DatabaseRestorePlan Plan { get; }
}
