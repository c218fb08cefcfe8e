using DrTools.Plans.Shapes;

namespace DrTools.Plans;

/// <summary>Evaluates the four strategies for services, by rules of thumb and the plan's figures. It asks nobody anything; what this
/// very system achieves, <see cref="ObjectiveMeter"/> measures.</summary>
public static class StrategyAdvisor
{
    private const string UsualCurrency = "USD";

    /// <summary>Every strategy for each service, the cheapest first.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="services">Only these services; all when empty.</param>
    /// <param name="bytes">Size of the data of each, which backups take the longer to restore.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has no such service.</exception>
    public static IReadOnlyList<StrategyEvaluation> Evaluate(RecoveryPlan plan, IReadOnlyList<string> services, long bytes) =>
        [.. Chosen(plan, services).SelectMany(s => Evaluate(plan, s, bytes))];

    /// <summary>What the absence of services costs: within their objectives, with each strategy, and for given times.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="services">Only these services; all that the plan has such costs of when empty.</param>
    /// <param name="away">Further times.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has no such service, or not what its absence
    /// costs.</exception>
    public static IReadOnlyList<ImpactEvaluation> Impact(RecoveryPlan plan, IReadOnlyList<string> services, IReadOnlyList<TimeSpan> away)
    {
        ArgumentNullException.ThrowIfNull(away);
        var chosen = Chosen(plan, services).Where(s => services.Count > 0 || s.Impact is not null).ToList();
        if (chosen.Count == 0 || chosen.Find(s => s.Impact is null) is not null)
        {
            var without = chosen.Find(s => s.Impact is null);
            throw new DrException(DrError.BadUsage, without is null ? $"The plan {plan.File} says of no service what its absence costs." : $"The plan does not say what the absence of {without.Name} costs.", "Add 'impact' to the service: revenuePerHour, operationPerHour, reputationPerHour, dataPerHour.");
        }

        return
        [
            .. chosen.SelectMany(s => new[] { Impact(plan, s, "its objectives", s.Objectives) }
                .Concat(StrategyFigures.All.Select(f => Impact(plan, s, Words.Key(f.Strategy.ToString()), f.Base)))
                .Concat(away.Select(a => Impact(plan, s, $"{PlanDuration.Format(a)} away", new Objectives(a, s.Objectives.Rpo))))),
        ];
    }

    private static IReadOnlyList<PlannedService> Chosen(RecoveryPlan plan, IReadOnlyList<string> services)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(services);
        return services.Count == 0 ? plan.Services : [.. services.Select(plan.Service).Distinct()];
    }

    private static IEnumerable<StrategyEvaluation> Evaluate(RecoveryPlan plan, PlannedService service, long bytes)
    {
        var isOfPlan = plan.Costs is { Strategies.Count: > 0 };
        var all = StrategyFigures.All.Select(f =>
        {
            var achieves = StrategyFigures.RuleOfThumb(f.Strategy, bytes);
            var loss = service.Impact is null ? (decimal?)null : Impact(plan, service, string.Empty, achieves).Total;
            return new StrategyEvaluation
            {
                Service = service.Name,
                Tier = service.Tier,
                Objectives = service.Objectives,
                Strategy = f.Strategy,
                Achieves = achieves,
                Complexity = f.Complexity,
                MonthlyCost = isOfPlan ? plan.Costs!.Strategies.FirstOrDefault(c => c.Strategy == f.Strategy)?.PerMonth : f.MonthlyCost,
                Currency = isOfPlan ? plan.Costs!.Currency : UsualCurrency,
                CostIsOfPlan = isOfPlan,
                LossPerDisaster = loss,

                // Losses are in the plan's currency; usual costs are in another, and no sum of both means anything.
                AnnualLoss = isOfPlan ? loss * service.Impact?.DisastersPerYear : null,
                IsChosen = service.Strategy == f.Strategy,
                Why = string.Empty,
            };
        }).ToList();
        var meeting = all.Where(e => e.Meets).ToList();
        var recommended = meeting.Count == 0 ? null : meeting.TrueForAll(e => e.AnnualTotal is not null) ? meeting.MinBy(e => e.AnnualTotal) : meeting.MinBy(e => e.Complexity);
        return all.Select(e => e with
        {
            IsRecommended = e == recommended,
            ReturnOnInvestment = Return(all[0], e),
            Why = Why(e, e == recommended, recommended),
        });
    }

    private static decimal? Return(StrategyEvaluation backups, StrategyEvaluation other)
    {
        var (more, saved) = ((other.MonthlyCost - backups.MonthlyCost) * 12, backups.AnnualLoss - other.AnnualLoss);
        return other.Strategy == RecoveryStrategy.BackupRestore || more is null or <= 0 || saved is null ? null : decimal.Round((saved.Value - more.Value) / more.Value, 2);
    }

    private static string Why(StrategyEvaluation evaluation, bool isRecommended, StrategyEvaluation? recommended)
    {
        if (!evaluation.Meets)
        {
            List<string> missed = [];
            if (evaluation.Achieves.Rto > evaluation.Objectives.Rto)
            {
                missed.Add($"an RTO of {PlanDuration.Format(evaluation.Objectives.Rto)} is wanted, and {PlanDuration.Format(evaluation.Achieves.Rto)} is usual");
            }

            if (evaluation.Achieves.Rpo > evaluation.Objectives.Rpo)
            {
                missed.Add($"an RPO of {PlanDuration.Format(evaluation.Objectives.Rpo)} is wanted, and {PlanDuration.Format(evaluation.Achieves.Rpo)} is usual");
            }

            return $"Does not meet the objectives by rule of thumb: {string.Join("; ", missed)}.";
        }

        return isRecommended
            ? evaluation.AnnualTotal is null ? "Meets the objectives, and is the simplest that does." : "Meets the objectives, with the least cost and expected loss of a year."
            : recommended!.AnnualTotal is null ? $"Meets the objectives; {Words.Key(recommended.Strategy.ToString())} does too, and is simpler." : $"Meets the objectives; {Words.Key(recommended.Strategy.ToString())} does too, at less cost and expected loss of a year.";
    }

    private static ImpactEvaluation Impact(RecoveryPlan plan, PlannedService service, string scenario, Objectives achieved)
    {
        var impact = service.Impact!;
        var hours = (decimal)achieved.Rto.TotalHours;
        return new ImpactEvaluation
        {
            Service = service.Name,
            Scenario = scenario,
            Away = achieved.Rto,
            Lost = achieved.Rpo,
            Revenue = decimal.Round(hours * impact.RevenuePerHour, 2),
            Operation = decimal.Round(hours * impact.OperationPerHour, 2),
            Reputation = decimal.Round(hours * impact.ReputationPerHour, 2),
            Data = decimal.Round((decimal)achieved.Rpo.TotalHours * impact.DataPerHour, 2),
            Currency = plan.Costs?.Currency ?? "units of the plan",
        };
    }
}
