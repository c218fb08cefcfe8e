namespace DrTools.Plans;

/// <summary>What is usually said of the four strategies, for where nothing was measured.</summary>
public sealed record StrategyFigures
{
    private const double BytesPerGigabyte = 1e9;

    /// <summary>The strategies, the cheapest first.</summary>
    public static IReadOnlyList<StrategyFigures> All { get; } =
    [
        new() { Strategy = RecoveryStrategy.BackupRestore, Complexity = 1, MonthlyCost = 1000, Description = "Backups are kept elsewhere, and restored when needed.", Base = new(TimeSpan.FromHours(4), TimeSpan.FromHours(24)), RtoPerGigabyte = TimeSpan.FromHours(0.01) },
        new() { Strategy = RecoveryStrategy.PilotLight, Complexity = 2, MonthlyCost = 5000, Description = "Data is replicated to another site; all else is started when needed.", Base = new(TimeSpan.FromHours(1), TimeSpan.FromMinutes(15)) },
        new() { Strategy = RecoveryStrategy.WarmStandby, Complexity = 3, MonthlyCost = 15_000, Description = "A smaller copy of everything runs at another site.", Base = new(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(5)) },
        new() { Strategy = RecoveryStrategy.MultiSite, Complexity = 4, MonthlyCost = 50_000, Description = "Several sites serve at once.", Base = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1)) },
    ];

    /// <summary>The strategy.</summary>
    public required RecoveryStrategy Strategy { get; init; }

    /// <summary>What it is.</summary>
    public required string Description { get; init; }

    /// <summary>How hard it is to build and to run: 1 to 4.</summary>
    public required int Complexity { get; init; }

    /// <summary>What it usually costs in a month, in dollars; what it costs here, a plan says.</summary>
    public required decimal MonthlyCost { get; init; }

    /// <summary>RTO and RPO without data.</summary>
    public required Objectives Base { get; init; }

    /// <summary>What each gigabyte (10⁹ bytes) adds to the RTO.</summary>
    public TimeSpan RtoPerGigabyte { get; init; }

    /// <summary>RTO and RPO of a strategy for so many bytes, by rule of thumb.</summary>
    public static Objectives RuleOfThumb(RecoveryStrategy strategy, long bytes)
    {
        var figures = All.First(f => f.Strategy == strategy);
        return figures.Base with { Rto = figures.Base.Rto + (figures.RtoPerGigabyte * (bytes / BytesPerGigabyte)) };
    }

    /// <summary>The cheapest strategy whose rule of thumb meets objectives; the most costly one when none does.</summary>
    public static StrategyFigures Cheapest(Objectives objectives, long bytes)
    {
        ArgumentNullException.ThrowIfNull(objectives);
        return All.FirstOrDefault(f => RuleOfThumb(f.Strategy, bytes) is var rule && rule.Rto <= objectives.Rto && rule.Rpo <= objectives.Rpo) ?? All[^1];
    }
}
