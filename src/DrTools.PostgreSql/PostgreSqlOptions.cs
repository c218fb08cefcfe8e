using DrTools.Sources;

namespace DrTools.PostgreSql;

/// <summary>How a server is backed up.</summary>
public enum BackupMethod
{
    /// <summary>Physical for a cluster, logical for a database.</summary>
    Default,

    /// <summary>The files of the cluster.</summary>
    Physical,

    /// <summary>What <c>pg_dump</c> writes.</summary>
    Logical,
}

/// <summary>Which way the files of a physical backup come.</summary>
public enum PhysicalTransport
{
    /// <summary>From the data directory where it is on this host and can be read, otherwise through the stream.</summary>
    Default,

    /// <summary>From the data directory.</summary>
    Local,

    /// <summary>Through the server's base-backup stream, from any host.</summary>
    Stream,
}

/// <summary>Options of PostgreSQL sources beyond their address.</summary>
public sealed record PostgreSqlOptions : ProviderOptions
{
    /// <summary>How it is backed up.</summary>
    public BackupMethod Method { get; init; }

    /// <summary>For a physical backup: whether the WAL that a restored copy needs to become consistent is stored with it.
    /// Otherwise it has to be archived before the backup counts as done.</summary>
    public bool IncludeWal { get; init; }

    /// <summary>For a physical backup: where the data directory is, if it is not here under the name that the server gives
    /// it (containers).</summary>
    public string? DataDirectory { get; init; }

    /// <summary>For a physical backup: which way its files come.</summary>
    public PhysicalTransport Transport { get; init; }

    /// <summary>For a logical backup: only these schemas, each as an entry of its own.</summary>
    public IReadOnlyList<string> Schemas { get; init; } = [];

    /// <summary>For a logical backup: only these tables (<c>schema.table</c>; without a schema one of <c>public</c>).</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>Whether a logical backup counts the rows of each table in its snapshot, for restores to compare with.</summary>
    public bool CountRows { get; init; } = true;

    /// <summary>Where client programs (<c>pg_dump</c>) are looked for first.</summary>
    public string? ProgramFolder { get; init; }

    /// <summary>The user of a credential; it goes before the address's.</summary>
    public string? User { get; init; }

    /// <summary>A password from a credential. Programs are given it in a private file.</summary>
    public string? Password { get; init; }

    /// <summary>Everything but the password.</summary>
    public override string ToString() => $"{nameof(PostgreSqlOptions)} {{ {nameof(Method)} = {Method}, {nameof(Schemas)} = [{string.Join(", ", Schemas)}], {nameof(Tables)} = [{string.Join(", ", Tables)}] }}";
}
