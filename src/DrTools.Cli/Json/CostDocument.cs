using DrTools.Plans;

namespace DrTools.Cli.Json;

/// <summary>What <c>cost</c> prints.</summary>
internal sealed record CostDocument(
    string Plan,
    string? Currency,
    DateTime EstimatedAt,
    CostSumDocument Storage,
    CostSumDocument Site,
    CostSumDocument Total,
    IReadOnlyList<CostItemDocument> Items,
    IReadOnlyList<StrategyReturnDocument> Strategies)
{
    public static CostDocument Of(CostEstimate e) => new(
        e.Plan,
        e.Currency,
        e.Estimated.UtcDateTime,
        CostSumDocument.Of(e.Storage),
        CostSumDocument.Of(e.Site),
        CostSumDocument.Of(e.Total),
        [.. e.Items.Select(i => new CostItemDocument(
            Scalars.Word(i.Kind), i.Name, i.Content is { } content ? Scalars.Word(content) : null, i.StorageClass, i.Bytes, i.GrowthPerMonth, i.BytesInAYear, i.Price, i.PerMonth, i.PerMonthInAYear, i.Basis))],
        [.. e.Strategies.Select(s => new StrategyReturnDocument(
            Scalars.Word(s.Strategy), s.PerMonth, s.PerYear, s.IsMeasured, s.AnnualLoss, s.AnnualTotal, s.ReturnOnInvestment, s.MissedBy, s.IsCheapest))]);
}

/// <summary>A sum of costs.</summary>
internal sealed record CostSumDocument(decimal PerMonth, decimal PerYear, decimal? PerMonthInAYear, decimal? PerYearInAYear, int Missing)
{
    public static CostSumDocument Of(CostSum sum) => new(sum.PerMonth, sum.PerYear, sum.PerMonthInAYear, sum.PerYearInAYear, sum.Missing);
}

/// <summary>One thing that costs.</summary>
internal sealed record CostItemDocument(
    string Kind, string Name, string? Content, string? StorageClass, long? Bytes, long? GrowthPerMonth, long? BytesInAYear, decimal? Price, decimal? PerMonth, decimal? PerMonthInAYear, string Basis);

/// <summary>What a strategy costs and saves.</summary>
internal sealed record StrategyReturnDocument(
    string Strategy, decimal? PerMonth, decimal? PerYear, bool Measured, decimal AnnualLoss, decimal? AnnualTotal, decimal? ReturnOnInvestment, IReadOnlyList<string> MissedBy, bool Cheapest);
