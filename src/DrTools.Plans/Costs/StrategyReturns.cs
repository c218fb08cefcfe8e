namespace DrTools.Plans.Costs;

/// <summary>Holds what strategies cost against the losses that they leave.</summary>
internal static class StrategyReturns
{
    /// <param name="plan">The plan.</param>
    /// <param name="bytes">Size of the data of each service.</param>
    /// <param name="backups">What the backups cost in a month that there are; <see langword="null"/> when that is not known.</param>
    public static IReadOnlyList<StrategyReturn> Of(RecoveryPlan plan, IReadOnlyDictionary<string, long> bytes, decimal? backups)
    {
        var services = plan.Services.Where(s => s.Impact is not null).ToList();
        if (services.Count == 0)
        {
            return [];
        }

        var evaluated = plan.Services.SelectMany(s => StrategyAdvisor.Evaluate(plan, [s.Name], bytes.GetValueOrDefault(s.Name))).ToLookup(e => e.Strategy);
        var all = StrategyFigures.All.Select(f =>
        {
            var price = plan.Costs?.Strategies.FirstOrDefault(c => c.Strategy == f.Strategy)?.PerMonth;
            var isMeasured = price is null && f.Strategy == RecoveryStrategy.BackupRestore && backups is not null;
            return new StrategyReturn
            {
                Strategy = f.Strategy,
                PerMonth = isMeasured ? backups : price,
                IsMeasured = isMeasured,
                AnnualLoss = evaluated[f.Strategy].Sum(e => (e.LossPerDisaster * plan.Service(e.Service).Impact?.DisastersPerYear) ?? 0),
                MissedBy = [.. evaluated[f.Strategy].Where(e => !e.Meets).Select(e => e.Service)],
            };
        }).ToList();
        var cheapest = all.Where(s => s.AnnualTotal is not null && s.MissedBy.Count == 0).MinBy(s => s.AnnualTotal);
        return [.. all.Select(s => s with { ReturnOnInvestment = Return(all[0], s), IsCheapest = s == cheapest })];
    }

    private static decimal? Return(StrategyReturn backups, StrategyReturn other)
    {
        var more = other.PerYear - backups.PerYear;
        return other.Strategy == RecoveryStrategy.BackupRestore || more is null or <= 0 ? null : decimal.Round((backups.AnnualLoss - other.AnnualLoss - more.Value) / more.Value, 2);
    }
}
