namespace DrTools.Plans;

/// <summary>What a cost is of.</summary>
public enum CostKind
{
    /// <summary>Backups that are kept.</summary>
    Storage,

    /// <summary>A site beside production.</summary>
    Site,

    /// <summary>What is sent to another site.</summary>
    Transfer,
}

/// <summary>What is stored.</summary>
public enum CostContent
{
    /// <summary>Backups of databases.</summary>
    Databases,

    /// <summary>Backups of files.</summary>
    Files,

    /// <summary>Logs of databases.</summary>
    Logs,

    /// <summary>Records of the repository, and what no backup says that it is its own.</summary>
    Other,
}

/// <summary>One thing that costs.</summary>
public sealed record CostItem
{
    /// <summary>What it is of.</summary>
    public required CostKind Kind { get; init; }

    /// <summary>The repository or the site, by its name in the plan.</summary>
    public required string Name { get; init; }

    /// <summary>What is stored, of storage.</summary>
    public CostContent? Content { get; init; }

    /// <summary>The class of the storage: the archive class that the store names, else the one that the plan says.</summary>
    public string? StorageClass { get; init; }

    /// <summary>What is there, or what is sent in a month, bytes; <see langword="null"/> where it could not be found out.</summary>
    public long? Bytes { get; init; }

    /// <summary>By how much it grows in a month, bytes; <see langword="null"/> where it was never measured.</summary>
    public long? GrowthPerMonth { get; init; }

    /// <summary>What is there in twelve months if it grows on like that, bytes.</summary>
    public long? BytesInAYear => Kind == CostKind.Transfer ? Bytes : GrowthPerMonth is { } growth && Bytes is { } bytes ? Math.Max(0, bytes + (12 * growth)) : null;

    /// <summary>The plan's price of a gigabyte (10⁹ bytes), or of the site for a month; <see langword="null"/> where it has none.</summary>
    public decimal? Price { get; init; }

    /// <summary>Cost of a month now; <see langword="null"/> where price or size are not known.</summary>
    public decimal? PerMonth => Kind == CostKind.Site ? Price : Of(Bytes);

    /// <summary>Cost of a month in twelve months.</summary>
    public decimal? PerMonthInAYear => Kind == CostKind.Site ? Price : Of(BytesInAYear);

    /// <summary>What the figures rest on, or why there are none; as a sentence.</summary>
    public required string Basis { get; init; }

    private decimal? Of(long? bytes) => bytes * Price / CostEstimate.BytesPerGigabyte;
}

/// <summary>A sum of costs.</summary>
/// <param name="PerMonth">Of a month now, as far as it is known.</param>
/// <param name="PerMonthInAYear">Of a month in twelve months; <see langword="null"/> where the growth of a part of it was never measured.</param>
/// <param name="Missing">How many things have no cost in it, because the plan has no price or nobody knows the size.</param>
public sealed record CostSum(decimal PerMonth, decimal? PerMonthInAYear, int Missing)
{
    /// <summary>Of twelve months as now.</summary>
    public decimal PerYear => PerMonth * 12;

    /// <summary>Of twelve months as in a year from now.</summary>
    public decimal? PerYearInAYear => PerMonthInAYear * 12;

    /// <summary>Sums up.</summary>
    public static CostSum Of(IReadOnlyList<CostItem> items) => new(
        items.Sum(i => i.PerMonth ?? 0),
        items.Any(i => i.PerMonth is not null && i.PerMonthInAYear is null) ? null : items.Sum(i => i.PerMonthInAYear ?? 0),
        items.Count(i => i.PerMonth is null));
}

/// <summary>What a strategy costs, and what it saves.</summary>
public sealed record StrategyReturn
{
    /// <summary>The strategy.</summary>
    public required RecoveryStrategy Strategy { get; init; }

    /// <summary>Its cost in a month; <see langword="null"/> where the plan has none.</summary>
    public decimal? PerMonth { get; init; }

    /// <summary>The same for a year.</summary>
    public decimal? PerYear => PerMonth * 12;

    /// <summary>Whether the cost is that of the backups that there are, because the plan has no price of backups alone.</summary>
    public bool IsMeasured { get; init; }

    /// <summary>Loss that a year is expected to bring with it: of each service what its absence for the strategy's RTO, and the loss of
    /// data of its RPO, cost, by how many disasters are reckoned with.</summary>
    public decimal AnnualLoss { get; init; }

    /// <summary>Cost and expected loss of a year.</summary>
    public decimal? AnnualTotal => PerYear + AnnualLoss;

    /// <summary>What each unit spent a year more than on backups alone saves in expected losses beyond itself: 0.5 is half as much
    /// again. <see langword="null"/> for backups alone, and where a cost is missing.</summary>
    public decimal? ReturnOnInvestment { get; init; }

    /// <summary>Services whose objectives it does not meet by rule of thumb.</summary>
    public IReadOnlyList<string> MissedBy { get; init; } = [];

    /// <summary>Whether it has the least cost and expected loss of a year of those that are priced and meet every objective.</summary>
    public bool IsCheapest { get; init; }
}

/// <summary>What recovery costs: storage as it is, sites and transfer, now and in a year.</summary>
public sealed record CostEstimate
{
    /// <summary>Bytes of the gigabyte that prices are of.</summary>
    public const long BytesPerGigabyte = 1_000_000_000;

    /// <summary>Absolute path of the plan.</summary>
    public required string Plan { get; init; }

    /// <summary>The currency; <see langword="null"/> where the plan has no prices at all.</summary>
    public string? Currency { get; init; }

    /// <summary>When this was found out, UTC.</summary>
    public required DateTimeOffset Estimated { get; init; }

    /// <summary>All that costs.</summary>
    public required IReadOnlyList<CostItem> Items { get; init; }

    /// <summary>Storage.</summary>
    public CostSum Storage => CostSum.Of(Of(CostKind.Storage));

    /// <summary>Sites and what is sent to them.</summary>
    public CostSum Site => CostSum.Of([.. Of(CostKind.Site), .. Of(CostKind.Transfer)]);

    /// <summary>Everything.</summary>
    public CostSum Total => CostSum.Of(Items);

    /// <summary>The strategies; none where the plan does not say what the absence of a service costs.</summary>
    public IReadOnlyList<StrategyReturn> Strategies { get; init; } = [];

    /// <summary>Items of a kind.</summary>
    public IReadOnlyList<CostItem> Of(CostKind kind) => [.. Items.Where(i => i.Kind == kind)];
}
