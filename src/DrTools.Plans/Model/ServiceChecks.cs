namespace DrTools.Plans;

/// <summary>What tells that a service works, asked after a recovery and in drills.</summary>
public sealed record ServiceChecks
{
    /// <summary>Requests that the service must answer.</summary>
    public IReadOnlyList<HealthCheck> Health { get; init; } = [];

    /// <summary>Names that must lead somewhere.</summary>
    public IReadOnlyList<NameCheck> Names { get; init; } = [];

    /// <summary>Queries that must return true on the restored data, as <c>drtools verify --assert</c> takes them; of PostgreSQL
    /// <c>[database] select …</c>.</summary>
    public IReadOnlyList<string> Assertions { get; init; } = [];
}

/// <summary>A request over HTTP.</summary>
public sealed record HealthCheck
{
    /// <summary>Where to.</summary>
    public required Uri Url { get; init; }

    /// <summary>The status that is expected.</summary>
    public int Status { get; init; } = 200;

    /// <summary>What the body must contain.</summary>
    public string? Body { get; init; }

    /// <summary>For how long it is repeated until it is healthy.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>A name of the domain name system.</summary>
/// <param name="Name">The name.</param>
/// <param name="Addresses">The addresses that it must lead to, and no others.</param>
public sealed record NameCheck(string Name, IReadOnlyList<System.Net.IPAddress> Addresses);

/// <summary>Something that is done to have a service back.</summary>
public sealed record FailoverStep
{
    /// <summary>The journal's word for a step that was carried out: its name is the mode, its service the reason.</summary>
    public const string Operation = "failover-step";

    /// <summary>What is done, in a few words.</summary>
    public required string Name { get; init; }

    /// <summary>Who does it.</summary>
    public string? Role { get; init; }

    /// <summary>How, for people.</summary>
    public string? Instructions { get; init; }

    /// <summary>A command that does it.</summary>
    public string? Command { get; init; }

    /// <summary>A command that must succeed before.</summary>
    public string? Precondition { get; init; }

    /// <summary>A command that must succeed afterwards.</summary>
    public string? Check { get; init; }

    /// <summary>A command that takes it back.</summary>
    public string? Undo { get; init; }

    /// <summary>How long it should take.</summary>
    public TimeSpan? Expected { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }
}
