using System.Globalization;
using DrTools.Cli.CommandLine;
using DrTools.Plans;

namespace DrTools.Cli.Output;

/// <summary>Tells what strategies mean, and what absence costs.</summary>
internal static class StrategyLines
{
    public static void Write(TextWriter text, Palette palette, IReadOnlyList<StrategyEvaluation> evaluated)
    {
        foreach (var service in evaluated.GroupBy(e => e.Service))
        {
            var first = service.First();
            text.WriteLine($"{palette.Paint(first.Service, Tone.Strong)}  {first.Tier}, {first.Objectives}");
            var table = new TextTable("  STRATEGY", ">RTO", ">RPO", $">{first.Currency}/MONTH", ">LOSS/YEAR", ">ROI", "WHY");
            foreach (var e in service)
            {
                table.Add(
                    new Cell($"{(e.IsRecommended ? "→ " : "  ")}{ChoiceOption.Word(e.Strategy)}", e.IsRecommended ? Tone.Good : Tone.Plain),
                    PlanDuration.Format(e.Achieves.Rto),
                    PlanDuration.Format(e.Achieves.Rpo),
                    e.MonthlyCost is { } cost ? Money(cost) : "?",
                    e.AnnualLoss is { } loss ? Money(loss) : "-",
                    e.ReturnOnInvestment is { } roi ? string.Create(CultureInfo.InvariantCulture, $"{roi * 100:0} %") : "-",
                    $"{(e.IsChosen ? "Chosen. " : string.Empty)}{e.Why}");
            }

            table.Write(text, palette);
            text.WriteLine();
        }

        if (evaluated.Any(e => !e.CostIsOfPlan))
        {
            text.WriteLine("Costs are usual ones: the plan has none of its own (costs.strategies).");
        }
    }

    public static void Write(TextWriter text, Palette palette, IReadOnlyList<ImpactEvaluation> impact)
    {
        var table = new TextTable("SERVICE", "SCENARIO", ">AWAY", ">LOST", ">REVENUE", ">OPERATION", ">REPUTATION", ">DATA", ">TOTAL");
        foreach (var i in impact)
        {
            table.Add(i.Service, i.Scenario, PlanDuration.Format(i.Away), PlanDuration.Format(i.Lost), Money(i.Revenue), Money(i.Operation), Money(i.Reputation), Money(i.Data), new Cell(Money(i.Total), Tone.Strong));
        }

        table.Write(text, palette);
        text.WriteLine($"In {impact[0].Currency}.");
    }

    private static string Money(decimal amount) => amount.ToString("n0", CultureInfo.InvariantCulture);
}
