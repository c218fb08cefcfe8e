namespace DrTools.Plans;

/// <summary>What one of the four strategies would mean for a service.</summary>
public sealed record StrategyEvaluation
{
    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Its tier.</summary>
    public required string Tier { get; init; }

    /// <summary>Its objectives.</summary>
    public required Objectives Objectives { get; init; }

    /// <summary>The strategy.</summary>
    public required RecoveryStrategy Strategy { get; init; }

    /// <summary>What it achieves, by rule of thumb.</summary>
    public required Objectives Achieves { get; init; }

    /// <summary>How hard it is to build and to run: 1 to 4.</summary>
    public required int Complexity { get; init; }

    /// <summary>Whether that meets the objectives.</summary>
    public bool Meets => Achieves.Rto <= Objectives.Rto && Achieves.Rpo <= Objectives.Rpo;

    /// <summary>What it costs in a month; <see langword="null"/> where the plan has costs of strategies and not of this one.</summary>
    public decimal? MonthlyCost { get; init; }

    /// <summary>The currency.</summary>
    public required string Currency { get; init; }

    /// <summary>Whether the cost is of the plan; otherwise it is a usual one.</summary>
    public bool CostIsOfPlan { get; init; }

    /// <summary>What a disaster costs with it; <see langword="null"/> where the plan does not say what the service's absence costs.</summary>
    public decimal? LossPerDisaster { get; init; }

    /// <summary>The same for a year, by how many disasters are reckoned with.</summary>
    public decimal? AnnualLoss { get; init; }

    /// <summary>Cost and expected loss of a year.</summary>
    public decimal? AnnualTotal => AnnualLoss + (MonthlyCost * 12);

    /// <summary>What each unit spent a year more than on backups alone saves in expected losses beyond itself: 0.5 is half as much
    /// again. <see langword="null"/> for backups alone, and where figures are missing.</summary>
    public decimal? ReturnOnInvestment { get; init; }

    /// <summary>Whether the plan has chosen it.</summary>
    public bool IsChosen { get; init; }

    /// <summary>Whether it is recommended: of those that meet the objectives the one with the least total of a year, or the least
    /// complex where that is not known.</summary>
    public bool IsRecommended { get; init; }

    /// <summary>Why, or why not.</summary>
    public required string Why { get; init; }
}

/// <summary>What the absence of a service costs in one scenario.</summary>
public sealed record ImpactEvaluation
{
    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>The scenario: its objectives, a strategy, or a given time.</summary>
    public required string Scenario { get; init; }

    /// <summary>How long it is away.</summary>
    public required TimeSpan Away { get; init; }

    /// <summary>Of how much time data is lost.</summary>
    public required TimeSpan Lost { get; init; }

    /// <summary>Revenue lost.</summary>
    public decimal Revenue { get; init; }

    /// <summary>Further cost of operation.</summary>
    public decimal Operation { get; init; }

    /// <summary>Worth of reputation lost.</summary>
    public decimal Reputation { get; init; }

    /// <summary>Cost of lost data.</summary>
    public decimal Data { get; init; }

    /// <summary>All of it.</summary>
    public decimal Total => Revenue + Operation + Reputation + Data;

    /// <summary>The currency.</summary>
    public required string Currency { get; init; }
}
