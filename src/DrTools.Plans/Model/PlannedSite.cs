namespace DrTools.Plans;

/// <summary>What a site is for.</summary>
public enum SiteRole
{
    /// <summary>Production runs here.</summary>
    Primary,

    /// <summary>Production is taken over here.</summary>
    Secondary,

    /// <summary>Only copies are kept here.</summary>
    Vault,
}

/// <summary>A site: a data centre, an office, a region of a cloud.</summary>
public sealed record PlannedSite
{
    /// <summary>Its name, as repositories declare it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public SiteRole Role { get; init; }

    /// <summary>The region of a cloud, where it is one (<c>eu-central-1</c>).</summary>
    public string? Region { get; init; }

    /// <summary>The law that holds there (<c>DE</c>, <c>EU</c>).</summary>
    public string? Jurisdiction { get; init; }

    /// <summary>What is there, in words.</summary>
    public string? Configuration { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }
}

/// <summary>How data gets from one site to another.</summary>
public enum ReplicationMethod
{
    /// <summary>The database streams its log.</summary>
    Streaming,

    /// <summary>The database sends changes of rows.</summary>
    Logical,

    /// <summary>The storage replicates.</summary>
    Storage,

    /// <summary>Backups are copied.</summary>
    Copies,
}

/// <summary>Replication of a service to another site.</summary>
public sealed record PlannedReplication
{
    /// <summary>Name of the site that it comes from.</summary>
    public required string From { get; init; }

    /// <summary>Name of the site that it goes to.</summary>
    public required string To { get; init; }

    /// <summary>How.</summary>
    public ReplicationMethod Method { get; init; }

    /// <summary>Whether a transaction waits until it has arrived.</summary>
    public bool IsSynchronous { get; init; }

    /// <summary>The server that receives it, as a source is written.</summary>
    public string? Standby { get; init; }

    /// <summary>How far behind it may be.</summary>
    public TimeSpan? MaximumLag { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }
}
