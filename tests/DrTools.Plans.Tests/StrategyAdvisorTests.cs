using DrTools.Cli.Tests;

namespace DrTools.Plans.Tests;

public sealed class StrategyAdvisorTests
{
    [Fact]
    public void The_simplest_that_meets_the_objectives_is_recommended_where_nothing_is_known_of_costs()
    {
        var plan = PlanFile.Load(PlanFile.Least);
        string? Best(string tier, long bytes = 0) => StrategyAdvisor.Evaluate(PlanFile.Load(PlanFile.Least.Replace("critical", tier, StringComparison.Ordinal)), [], bytes).SingleOrDefault(e => e.IsRecommended)?.Strategy.ToString();
        Assert.Equal("PilotLight", Best("critical"));
        Assert.Equal("PilotLight", Best("important"));
        Assert.Equal("PilotLight", Best("standard"));
        Assert.Equal("BackupRestore", Best("low"));
        Assert.Equal("BackupRestore", Best("low", 6_800_000_000_000));
        Assert.Equal("PilotLight", Best("low", 6_900_000_000_000));
        var backups = StrategyAdvisor.Evaluate(plan, ["SHOP"], 0)[0];
        Assert.False(backups.Meets);
        Assert.Equal("Does not meet the objectives by rule of thumb: an RTO of 1h is wanted, and 4h is usual; an RPO of 15m is wanted, and 1d is usual.", backups.Why);
        Assert.Equal((1000m, "USD", false), (backups.MonthlyCost, backups.Currency, backups.CostIsOfPlan));
        Assert.Equal((null, null, null), (backups.LossPerDisaster, backups.AnnualLoss, backups.ReturnOnInvestment));
        Assert.Null(Best("gold\n    objectives: { rto: 1s, rpo: 1s }".Replace("gold", "low", StringComparison.Ordinal)));
    }

    [Fact]
    public void Costs_and_losses_of_the_plan_decide_where_they_are_known()
    {
        var shop = StrategyAdvisor.Evaluate(PlanFile.Load(PlanFile.Example), ["shop"], 0);
        Assert.Equal([null, 450m, 2100m, null], shop.Select(e => e.MonthlyCost));
        Assert.Equal((true, true), (shop[1].IsChosen, shop[1].CostIsOfPlan));

        // An hour away at 15,300 and a quarter of an hour of data at 20,000 an hour, every fifth year.
        Assert.Equal((20_300m, 4060m, 9460m), (shop[1].LossPerDisaster, shop[1].AnnualLoss, shop[1].AnnualTotal));
        Assert.True(shop[1].IsRecommended);
        var all = PlanFile.Example.Replace("    pilot-light: 450\n", "    backup-restore: 100\n    pilot-light: 450\n    multi-site: 9000\n", StringComparison.Ordinal);
        shop = StrategyAdvisor.Evaluate(PlanFile.Load(all), ["shop"], 0);

        // Backups lose 4 h and 24 h of data: 541,200, of which a fifth. 4,200 more a year save 104,180.
        Assert.Equal(108_240m, shop[0].AnnualLoss);
        Assert.Equal(decimal.Round((104_180m - 4200m) / 4200m, 2), shop[1].ReturnOnInvestment);
        Assert.Null(shop[0].ReturnOnInvestment);
        Assert.Equal("Meets the objectives; pilot-light does too, at less cost and expected loss of a year.", shop[3].Why);
    }

    [Fact]
    public void What_absence_costs_is_reckoned_for_each_scenario()
    {
        var impact = StrategyAdvisor.Impact(PlanFile.Load(PlanFile.Example), [], [TimeSpan.FromDays(1)]);
        Assert.Equal(["its objectives", "backup-restore", "pilot-light", "warm-standby", "multi-site", "1d away"], impact.Select(i => i.Scenario));
        Assert.Equal((12_000m, 800m, 2500m, 5000m, 20_300m, "EUR"), (impact[0].Revenue, impact[0].Operation, impact[0].Reputation, impact[0].Data, impact[0].Total, impact[0].Currency));
        Assert.Equal(24 * 15_300m + 5000m, impact[5].Total);
        Assert.Contains("identity", Assert.Throws<DrException>(() => StrategyAdvisor.Impact(PlanFile.Load(PlanFile.Example), ["identity"], [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_prints_both_as_declared()
    {
        using var workspace = new Workspace();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), PlanFile.Example, TestContext.Current.CancellationToken);
        JsonContract.AssertIs("strategies", (await workspace.RunAsync("strategies", "--size", "500", "--json")).Expect(0).Document);
        JsonContract.AssertIs("impact", (await workspace.RunAsync("impact", "--away", "1d", "--json")).Expect(0).Document);
        Assert.Contains("→ pilot-light", (await workspace.RunAsync("strategies", "--service", "shop")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("20,300", (await workspace.RunAsync("impact")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("[BadUsage]", (await workspace.RunAsync("impact", "--away", "soon")).Expect(64).Error, StringComparison.Ordinal);
    }
}
