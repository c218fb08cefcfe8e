using DrTools.Backup;
using DrTools.PostgreSql.Connections;
using DrTools.Sources;

namespace DrTools.PostgreSql.Logical;

/// <summary>What is done about roles that a dump names.</summary>
public enum RoleHandling
{
    /// <summary>They have to exist.</summary>
    Require,

    /// <summary>Those that are missing are made as they were in the backup, with their passwords if those are in it. Roles
    /// that exist are left alone.</summary>
    Create,

    /// <summary>Owners and privileges are left out; everything belongs to the user who restores.</summary>
    Ignore,
}

/// <summary>How a logical backup is restored into a server.</summary>
public sealed record LogicalRestoreOptions
{
    /// <summary>The server, and in <see cref="ServerAddress.Database"/> the database: a new one, or an existing one that is
    /// empty. Without it the database gets the name that it had.</summary>
    public required ServerAddress Target { get; init; }

    /// <summary>Which database of the backup, where it holds several.</summary>
    public string? Database { get; init; }

    /// <summary>What is done about roles.</summary>
    public RoleHandling Roles { get; init; }

    /// <summary>Whether everything goes into the default tablespace, wherever it was.</summary>
    public bool IgnoreTablespaces { get; init; }

    /// <summary>Number of connections that load data and build indexes; 0 for one per processor, at most 8. With more than
    /// one the dump is first written to the work folder, because a stream can be read only from start to end.</summary>
    public int Jobs { get; init; }

    /// <summary>Whether the rows of every table are counted and compared with the backup's.</summary>
    public bool Check { get; init; } = true;

    /// <summary>Whether statistics are gathered, without which plans are poor.</summary>
    public bool Analyze { get; init; } = true;

    /// <summary>A password from a credential.</summary>
    public string? Password { get; init; }

    /// <summary>Where client programs are looked for first.</summary>
    public string? ProgramFolder { get; init; }

    /// <summary>Where temporary files go; the system's temporary folder if not given.</summary>
    public string? WorkFolder { get; init; }

    internal int Workers => Jobs > 0 ? Math.Min(Jobs, 32) : Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>Everything but the password.</summary>
    public override string ToString() => $"{nameof(LogicalRestoreOptions)} {{ {nameof(Target)} = {Target}, {nameof(Roles)} = {Roles}, {nameof(Jobs)} = {Jobs} }}";
}

/// <summary>What the restore of a logical backup came to.</summary>
public sealed record LogicalRestoreResult
{
    /// <summary>The backup.</summary>
    public required BackupInfo Backup { get; init; }

    /// <summary>Canonical name of the database that it is in now.</summary>
    public required string Target { get; init; }

    /// <summary>The database.</summary>
    public required string Database { get; init; }

    /// <summary>Whether it was made by the restore.</summary>
    public bool Created { get; init; }

    /// <summary>Dumps read, bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Tables that were counted.</summary>
    public int Tables { get; init; }

    /// <summary>Their rows.</summary>
    public long Rows { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The checks of what was restored: one for each table that the backup counted.</summary>
    public IReadOnlyList<SourceCheck> Checks { get; init; } = [];

    /// <summary>What is worth knowing (roles made, constraints left out because what they refer to is not there).</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether every check held.</summary>
    public bool Passed => Checks.All(c => c.Passed);
}
