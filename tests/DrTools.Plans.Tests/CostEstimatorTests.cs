using DrTools.Cli.Tests;
using DrTools.Copies;
using DrTools.Expiry;
using DrTools.Plans.Costs;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Retention;

namespace DrTools.Plans.Tests;

/// <summary>Costs, by what real repositories hold.</summary>
public sealed class CostEstimatorTests
{
    private const long Month = 365L * 24 * 3600 / 12;

    private const string Plan = """
        version: 1
        name: Costs
        sites: { here: { role: primary }, there: { role: secondary }, safe: { role: vault } }
        repositories:
          near: { location: near, site: here, passphrase: 'file:pass', storageClass: disk }
          far: { location: far, site: there, passphrase: 'file:pass', storageClass: standard-ia }
        services:
          shop:
            tier: low
            sources: { source: 'files:data', repositories: [near, far] }
            impact: { revenuePerHour: 1000, dataPerHour: 100, disastersPerYear: 0.5 }
        costs:
          currency: EUR
          storage: { disk: 1000, standard-ia: 500 }
          transferPerGigabyte: 20
          sites: { there: 450, safe: 50 }
          strategies: { pilot-light: 600, warm-standby: 2100 }
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_stored_is_priced_and_what_was_never_measured_is_said()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near", site: "here");
        await using var far = await workspace.CreateAsync("far", site: "there");
        await workspace.BackUpAsync(near, far);
        var cost = await EstimateAsync(workspace);
        Assert.Equal("EUR", cost.Currency);
        var disk = SizeOf(workspace.PathOf("near"));
        var ofNear = cost.Items.Where(i => i.Kind == CostKind.Storage && i.Name == "near").ToList();
        Assert.Equal([CostContent.Files, CostContent.Other], ofNear.Select(i => i.Content!.Value));
        Assert.Equal(disk, ofNear.Sum(i => i.Bytes));
        Assert.Equal(disk * 1000m / 1_000_000_000m, ofNear.Sum(i => i.PerMonth));
        var files = ofNear[0];
        Assert.Equal((null, null, "Growth was never measured: the journal has less than a day since the first backup. Priced as disk."), (files.GrowthPerMonth, files.PerMonthInAYear, files.Basis));
        Assert.Equal(["there", "safe"], cost.Of(CostKind.Site).Select(i => i.Name));
        var transfer = Assert.Single(cost.Of(CostKind.Transfer));
        Assert.Equal(("far", null, "What is sent to there in a month was never measured."), (transfer.Name, transfer.PerMonth, transfer.Basis));
        Assert.Equal((500m, 6000m, 1), (cost.Site.PerMonth, cost.Site.PerYear, cost.Site.Missing));
        Assert.Equal(500m + (disk * 1000m / 1_000_000_000m) + (SizeOf(workspace.PathOf("far")) * 500m / 1_000_000_000m), cost.Total.PerMonth);
        Assert.Null(cost.Total.PerMonthInAYear);
    }

    [Fact]
    public async Task Growth_is_what_the_journal_says_was_stored_since_the_beginning_less_what_was_freed()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near", site: "here");
        await workspace.BackUpAsync(near);
        await File.WriteAllBytesAsync(workspace.PathOf("data/b.bin"), Random.Shared.GetItems(Enumerable.Range(0, 256).Select(i => (byte)i).ToArray(), 200_000), Stop);
        await workspace.BackUpAsync(near);
        var runs = await near.Journal.ReadAsync(int.MaxValue, Stop);
        Assert.Equal(2, runs.Count);
        var cost = await EstimateAsync(workspace, TimeSpan.FromDays(30));
        var files = Assert.Single(cost.Items, i => i.Content == CostContent.Files);
        var over = cost.Estimated - runs[0].Finished;
        var expected = (long)decimal.Round((decimal)runs[1].StoredBytes * TimeSpan.FromDays(365.0 / 12).Ticks / over.Ticks);
        Assert.InRange(expected, 200_000, 210_000);
        Assert.Equal((expected, files.Bytes + (12 * expected)), (files.GrowthPerMonth, files.BytesInAYear));
        Assert.Equal(files.BytesInAYear * 1000m / 1_000_000_000m, files.PerMonthInAYear);
        Assert.Contains("Growth by the journal of 30 d", files.Basis, StringComparison.Ordinal);

        // What an expiry frees counts against it.
        await File.WriteAllTextAsync(workspace.PathOf("data/b.bin"), "small", Stop);
        await workspace.BackUpAsync(near);
        await new ExpiryEngine(near).RunAsync(new ExpiryOptions { Policy = RetentionPolicy.Parse(["last=1"]) }, Stop);
        runs = await near.Journal.ReadAsync(int.MaxValue, Stop);
        var growth = RepositoryGrowth.Of(runs, [], DateTimeOffset.UtcNow.AddDays(10));
        Assert.Equal(("expire", 0L), (runs[^1].Operation, runs[^1].LogBytes!.Value));
        Assert.Equal(growth.StoredPerMonth - growth.FreedPerMonth, growth.Backups);
        Assert.InRange(growth.FreedPerMonth / (double)growth.StoredPerMonth, 0.5, 1.5);
    }

    [Fact]
    public async Task What_could_not_be_asked_or_has_no_price_is_named_and_not_guessed()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near", site: "here");
        await workspace.BackUpAsync(near);
        var cost = await EstimateAsync(workspace, plan: Plan.Replace("disk: 1000, ", string.Empty, StringComparison.Ordinal).Replace("  transferPerGigabyte: 20\n", string.Empty, StringComparison.Ordinal).Replace(", safe: 50", string.Empty, StringComparison.Ordinal));
        Assert.Contains("Not priced: the plan has no price of disk (costs.storage).", cost.Items[0].Basis, StringComparison.Ordinal);
        Assert.NotNull(cost.Items[0].Bytes);
        var far = Assert.Single(cost.Items, i => i.Name == "far" && i.Kind == CostKind.Storage);
        Assert.StartsWith("How much is stored is not known: There is no repository at", far.Basis, StringComparison.Ordinal);
        Assert.Null(far.PerMonth);
        Assert.Contains(cost.Items, i => i.Kind == CostKind.Site && i.Name == "safe" && i.Basis.StartsWith("Not priced:", StringComparison.Ordinal));
        Assert.EndsWith("Not priced: the plan has no price of it (costs.transferPerGigabyte).", Assert.Single(cost.Of(CostKind.Transfer)).Basis, StringComparison.Ordinal);
        Assert.Equal((450m, 5), (cost.Total.PerMonth, cost.Total.Missing));

        cost = await EstimateAsync(workspace, plan: Plan[..Plan.IndexOf("costs:", StringComparison.Ordinal)]);
        Assert.Equal((null, 0m, cost.Items.Count), (cost.Currency, cost.Total.PerMonth, cost.Total.Missing));
        Assert.All(cost.Strategies, s => Assert.Null(s.AnnualTotal));
    }

    [Fact]
    public async Task Strategies_are_held_against_the_losses_that_they_leave()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near", site: "here");
        await using var far = await workspace.CreateAsync("far", site: "there");
        await workspace.BackUpAsync(near, far);
        var cost = await EstimateAsync(workspace, TimeSpan.FromDays(30));
        var (backups, pilot, multi) = (cost.Strategies[0], cost.Strategies[1], cost.Strategies[3]);

        // Four hours at 1000 and a day of data at 100 an hour, every other year; what restoring the few bytes adds is nothing.
        Assert.Equal(3200m, decimal.Round(backups.AnnualLoss));
        Assert.True(backups.IsMeasured);
        Assert.Equal(CostSum.Of([.. cost.Of(CostKind.Storage), .. cost.Of(CostKind.Transfer)]).PerMonth, backups.PerMonth);
        Assert.Equal((7200m, 512.5m, 7712.5m), (pilot.PerYear, pilot.AnnualLoss, pilot.AnnualTotal));
        Assert.Equal(decimal.Round((backups.AnnualLoss - 512.5m - (7200m - backups.PerYear!.Value)) / (7200m - backups.PerYear.Value), 2), pilot.ReturnOnInvestment);
        Assert.Equal((null, null), (multi.PerYear, multi.ReturnOnInvestment));
        Assert.True(backups.IsCheapest);
        Assert.Empty(backups.MissedBy);

        // Whoever must be back within the hour gets nothing from cheap backups.
        cost = await EstimateAsync(workspace, TimeSpan.FromDays(30), Plan.Replace("tier: low", "tier: critical", StringComparison.Ordinal));
        Assert.Equal(["shop"], cost.Strategies[0].MissedBy);
        Assert.True(cost.Strategies[1].IsCheapest);
    }

    [Fact]
    public void Older_backups_that_are_copied_later_are_a_beginning_and_logs_that_expire_do_not_grow()
    {
        var now = new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);
        RunRecord[] runs =
        [
            Run("copy", now.AddDays(-20), 1000, "20261101T000000Z-00000000"),
            Run("copy", now.AddDays(-20).AddMinutes(1), 2000, "20261030T000000Z-00000000"),
            Run("copy", now.AddDays(-10), 300, "20261112T000000Z-00000000"),
            Run("copy", now.AddDays(-10), 9999, null),
        ];
        var growth = RepositoryGrowth.Of(runs, [], now);
        Assert.Equal(300 * Month / (20 * 24 * 3600), growth.StoredPerMonth, 1L);
        Assert.Null(growth.LogsPerMonth);

        // Ten days of logs, a hundred bytes each day.
        var logs = Enumerable.Range(0, 11).Select(d => new ArrivedLog(now.AddDays(-d), 100)).ToList();
        growth = RepositoryGrowth.Of(runs, logs, now);
        Assert.Equal(100 * Month / (24 * 3600), growth.Logs!.Value, 1L);
        Assert.Equal(growth.StoredPerMonth + growth.LogsPerMonth, growth.Sent);
        growth = RepositoryGrowth.Of([.. runs, Run("expire", now.AddDays(-1), 500, null) with { LogBytes = 400 }], logs, now);
        Assert.Equal((0L, true), (growth.Logs!.Value, growth.LogsPerMonth > 0));
        Assert.Equal(100 * Month / (20 * 24 * 3600), growth.FreedPerMonth, 1L);

        // A day is not enough of a log, nor is nothing at all.
        Assert.Null(RepositoryGrowth.Of([], logs[..1], now).Logs);
        Assert.Null(RepositoryGrowth.Of([], [], now).Backups);
    }

    [Fact]
    public async Task The_command_line_prints_it_as_declared()
    {
        using var workspace = await Workspace.WithBackupAsync();
        (await workspace.RunAsync("plan", "new", "--no-search")).Expect(0);
        var document = (await workspace.RunAsync("cost", "--json")).Expect(0).Document;
        JsonContract.AssertIs("cost", document);
        Assert.True(document.GetProperty("items")[0].GetProperty("bytes").GetInt64() > 0);
        Assert.Contains("The plan has no prices: add 'costs'.", (await workspace.RunAsync("cost")).Expect(0).Out, StringComparison.Ordinal);

        // The example's bucket is Amazon's, which no test may ask.
        var local = PlanFile.Example.Replace("s3://shop-backup/dr?region=eu-central-1", "offsite", StringComparison.Ordinal).Replace("    kmsKey: alias/shop-backup\n", string.Empty, StringComparison.Ordinal);
        Assert.DoesNotContain("s3:", local, StringComparison.Ordinal);
        await File.WriteAllTextAsync(workspace.PathOf("example.yaml"), local, Stop);
        var example = (await workspace.RunAsync("cost", "example.yaml")).Expect(0).Out;
        Assert.Contains("In EUR.", example, StringComparison.Ordinal);
        Assert.Contains("pilot-light", example, StringComparison.Ordinal);
        JsonContract.AssertIs("cost", (await workspace.RunAsync("cost", "example.yaml", "--json")).Expect(0).Document);
    }

    private static RunRecord Run(string operation, DateTimeOffset at, long stored, string? backup) => new()
    {
        Operation = operation, Outcome = RunOutcome.Succeeded, Source = "files:/a", BackupId = backup, StoredBytes = stored, Started = at, Finished = at,
    };

    private static long SizeOf(string repository) => Directory.EnumerateFiles(repository, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);

    private static async Task<CostEstimate> EstimateAsync(PlanWorkspace workspace, TimeSpan later = default, string plan = Plan) =>
        await new CostEstimator(new PlanSecrets(), PlanWorkspace.Later(later)).RunAsync(workspace.Write(plan).Require(), Stop);
}
