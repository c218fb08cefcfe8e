namespace DrTools.Plans;

/// <summary>What things cost.</summary>
public sealed record PlannedCosts
{
    /// <summary>The currency, in three letters.</summary>
    public required string Currency { get; init; }

    /// <summary>Price of a gigabyte (10⁹ bytes) stored for a month, by class of storage.</summary>
    public IReadOnlyList<StoragePrice> Storage { get; init; } = [];

    /// <summary>Price of a gigabyte (10⁹ bytes) that is sent to another site; <see langword="null"/> where the plan has none.</summary>
    public decimal? TransferPerGigabyte { get; init; }

    /// <summary>What each site costs in a month beside storage, by its name.</summary>
    public IReadOnlyList<SiteCost> Sites { get; init; } = [];

    /// <summary>What each strategy costs in a month, where it is known.</summary>
    public IReadOnlyList<StrategyCost> Strategies { get; init; } = [];
}

/// <summary>Price of storage.</summary>
/// <param name="StorageClass">The class.</param>
/// <param name="PerGigabyteMonth">Price of 10⁹ bytes for a month.</param>
public sealed record StoragePrice(string StorageClass, decimal PerGigabyteMonth);

/// <summary>Cost of a site.</summary>
/// <param name="Site">Its name.</param>
/// <param name="PerMonth">Cost of a month.</param>
public sealed record SiteCost(string Site, decimal PerMonth);

/// <summary>Cost of a strategy.</summary>
/// <param name="Strategy">The strategy.</param>
/// <param name="PerMonth">Cost of a month.</param>
public sealed record StrategyCost(RecoveryStrategy Strategy, decimal PerMonth);

/// <summary>How much something matters that someone is told.</summary>
public enum AlertSeverity
{
    /// <summary>Worth knowing.</summary>
    Information,

    /// <summary>Something should be done soon.</summary>
    Warning,

    /// <summary>Something must be done now.</summary>
    Critical,
}

/// <summary>How someone is told.</summary>
public enum AlertMethod
{
    /// <summary>By a request with JSON.</summary>
    Webhook,

    /// <summary>By mail.</summary>
    Mail,

    /// <summary>By running a command.</summary>
    Command,
}

/// <summary>Who is told what, and how.</summary>
public sealed record PlannedAlert
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>How.</summary>
    public required AlertMethod Method { get; init; }

    /// <summary>Where to: an address of mail, or a command.</summary>
    public string? To { get; init; }

    /// <summary>Where the address of a webhook lies, which is a secret.</summary>
    public SecretReference? Url { get; init; }

    /// <summary>The least that is told.</summary>
    public AlertSeverity From { get; init; } = AlertSeverity.Warning;

    /// <summary>Names of the services that it is about; of all when empty.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }
}
