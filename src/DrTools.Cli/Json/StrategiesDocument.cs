using DrTools.Plans;

namespace DrTools.Cli.Json;

/// <summary>What <c>strategies</c> prints.</summary>
internal sealed record StrategiesDocument(string Plan, IReadOnlyList<StrategyDocument> Strategies)
{
    public static StrategiesDocument Of(RecoveryPlan plan, IReadOnlyList<StrategyEvaluation> evaluated) => new(plan.File, [.. evaluated.Select(e => new StrategyDocument(
        e.Service,
        e.Tier,
        Scalars.Word(e.Strategy),
        e.Achieves.Rto.TotalSeconds,
        e.Achieves.Rpo.TotalSeconds,
        e.Complexity,
        e.Meets,
        e.MonthlyCost,
        e.Currency,
        e.CostIsOfPlan,
        e.LossPerDisaster,
        e.AnnualLoss,
        e.AnnualTotal,
        e.ReturnOnInvestment,
        e.IsChosen,
        e.IsRecommended,
        e.Why))]);
}

/// <summary>A strategy for a service.</summary>
internal sealed record StrategyDocument(
    string Service,
    string Tier,
    string Strategy,
    double RtoSeconds,
    double RpoSeconds,
    int Complexity,
    bool Meets,
    decimal? MonthlyCost,
    string Currency,
    bool CostIsOfPlan,
    decimal? LossPerDisaster,
    decimal? AnnualLoss,
    decimal? AnnualTotal,
    decimal? ReturnOnInvestment,
    bool Chosen,
    bool Recommended,
    string Why);

/// <summary>What <c>impact</c> prints.</summary>
internal sealed record ImpactDocument(string Plan, IReadOnlyList<ServiceImpactDocument> Scenarios)
{
    public static ImpactDocument Of(RecoveryPlan plan, IReadOnlyList<ImpactEvaluation> impact) =>
        new(plan.File, [.. impact.Select(i => new ServiceImpactDocument(i.Service, i.Scenario, i.Away.TotalSeconds, i.Lost.TotalSeconds, i.Revenue, i.Operation, i.Reputation, i.Data, i.Total, i.Currency))]);
}

/// <summary>What the absence of a service costs in one scenario.</summary>
internal sealed record ServiceImpactDocument(
    string Service, string Scenario, double AwaySeconds, double LostSeconds, decimal Revenue, decimal Operation, decimal Reputation, decimal Data, decimal Total, string Currency);
