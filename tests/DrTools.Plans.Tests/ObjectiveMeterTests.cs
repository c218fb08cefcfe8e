using DrTools.Backup;
using DrTools.Plans.Measuring;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Restore;

namespace DrTools.Plans.Tests;

/// <summary>Objectives, measured on real repositories.</summary>
public sealed class ObjectiveMeterTests
{
    private const string Plan = """
        version: 1
        name: Objectives
        sites: { here: { role: primary }, there: { role: vault } }
        repositories:
          near: { location: near, site: here, passphrase: 'file:pass' }
          far: { location: far, site: there, passphrase: 'file:pass' }
        services:
          shop:
            tier: standard
            sources:
              - { source: 'files:data', repositories: [near, far], schedules: { type: incremental, every: 3h } }
        """;

    [Fact]
    public async Task Without_a_backup_everything_would_be_lost()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near", site: "here");
        await using var far = await workspace.CreateAsync("far", site: "there");
        var shop = await MeasureAsync(workspace);
        Assert.Equal((null, false, false, null), (shop.Lost, shop.RpoMet, shop.RpoMetWithSite, shop.RtoMet));
        Assert.Equal(LossOutcome.Everything, Assert.Single(shop.Losses).Outcome);
        Assert.StartsWith("Nothing of files:", shop.Improvement, StringComparison.Ordinal);
        Assert.Contains("drtools backup --service shop", shop.Improvement, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_age_of_the_newest_backup_is_lost_and_what_was_never_restored_is_never_measured()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near", site: "here");
        await using var far = await workspace.CreateAsync("far", site: "there");
        await workspace.BackUpAsync(near, far);
        await workspace.BackUpAsync(near);
        var shop = await MeasureAsync(workspace, TimeSpan.FromHours(2));
        Assert.InRange(shop.Lost!.Value, TimeSpan.FromHours(2), TimeSpan.FromHours(3));
        Assert.True(shop.LostWithSite > shop.Lost);
        Assert.Equal((true, true, null), (shop.RpoMet, shop.RpoMetWithSite, shop.RtoMet));
        var loss = Assert.Single(shop.Losses);
        Assert.Equal(("near", "far"), (loss.Repository, loss.RepositoryElsewhere));
        Assert.Equal("never measured", Assert.Single(shop.Forecast).Basis);
        Assert.Contains("was never measured. Measure it: drtools verify latest --service shop --level restore", shop.Improvement, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromHours(4).TotalSeconds, shop.RuleOfThumb!.Rto.TotalSeconds, 1);

        // One restore, and there is a measurement.
        var backup = await new BackupCatalog(near).FindAsync("latest", null, TestContext.Current.CancellationToken);
        await new RestoreEngine(near).RestoreAsync(backup, workspace.PathOf("restored"), new RestoreOptions(), null, TestContext.Current.CancellationToken);
        shop = await MeasureAsync(workspace);
        Assert.Equal((1, 0, true, true), (shop.Measurements, shop.NeverMeasured, shop.RtoMet, shop.RpoMet));
        Assert.Equal("1 measurement of it", Assert.Single(shop.Forecast).Basis);
        Assert.Equal("Nothing: both objectives are met by what was measured.", shop.Improvement);

        // Half a day later the schedule has not been kept.
        shop = await MeasureAsync(workspace, TimeSpan.FromHours(12));
        Assert.False(shop.RpoMet);
        Assert.Contains("the schedule wants one every 3h: see why none was taken.", shop.Improvement, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_asked_is_unknown_and_a_site_that_nobody_names_is_no_other_site()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near");
        await workspace.BackUpAsync(near);
        var shop = await MeasureAsync(workspace);
        Assert.Equal((true, null), (shop.RpoMet, shop.RpoMetWithSite));
        Assert.Equal(LossOutcome.Unknown, Assert.Single(shop.Losses).OutcomeWithSite);
        Assert.Contains(shop.Losses[0].Notes, n => n.StartsWith("far: There is no repository at", StringComparison.Ordinal));

        // All that is left is not to be asked.
        File.Delete(workspace.PathOf("pass"));
        shop = await MeasureAsync(workspace);
        Assert.Equal((null, null, null), (shop.Lost, shop.RpoMet, shop.RtoMet));
        Assert.Contains("is not known", shop.Improvement, StringComparison.Ordinal);

        var unplaced = Plan.Replace(", site: here", string.Empty, StringComparison.Ordinal).Replace("[near, far]", "near", StringComparison.Ordinal);
        File.WriteAllText(workspace.PathOf("pass"), "correct horse\n");
        shop = await MeasureAsync(workspace, plan: unplaced);
        Assert.Equal((true, null), (shop.RpoMet, shop.RpoMetWithSite));
    }

    [Fact]
    public async Task What_must_be_there_first_and_what_people_do_takes_time_too()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near", site: "here");
        await using var far = await workspace.CreateAsync("far", site: "there");
        await workspace.BackUpAsync(near, far);
        var read = workspace.Write(Plan + """

                dependsOn: base
                failover:
                  - { name: Switch the name, expected: 20h }
                  - { name: Tell the users }
              base:
                tier: standard
                failover: { name: Start the hosts, expected: 5h }
            """);
        var measured = await new ObjectiveMeter(new PlanSecrets()).RunAsync(read.Require(), ["shop"], TestContext.Current.CancellationToken);
        var shop = Assert.Single(measured);
        Assert.Equal(["base, which must be there first", $"restore files:{workspace.PathOf("data")}", "Switch the name", "Tell the users"], shop.Forecast.Select(s => s.Name));
        Assert.Equal("its own forecast, of which 1 step never measured", shop.Forecast[0].Basis);

        // Two steps are not known; that the others take longer than the RTO is.
        Assert.Equal((null, false), (shop.TimeToBack, shop.RtoMet));
        Assert.StartsWith("Switch the name takes 20 h", shop.Improvement, StringComparison.Ordinal);
        Assert.Equal("never measured", shop.Forecast[3].Basis);
    }

    [Fact]
    public void A_forecast_scales_with_the_bytes_and_never_below_what_was_measured()
    {
        RunRecord[] runs = [Run("files:/a", 100, 10), Run("files:/a", 100, 30), Run("files:/a", 100, 20), Run("files:/a", 100, 1, RunOutcome.Failed), Run("files:/b", 100, 1000)];
        var step = Forecast.Restore("files:/a", 1000, runs);
        Assert.Equal((200, 100, 300, 3), (step.Expected!.Value.TotalSeconds, step.Least!.Value.TotalSeconds, step.Most!.Value.TotalSeconds, step.Measurements));
        Assert.Equal(20, Forecast.Restore("files:/a", 1, runs).Expected!.Value.TotalSeconds);
        Assert.Equal("4 measurements of other sources of its kind (files), never of it", Forecast.Restore("files:/c", 100, runs).Basis);
        Assert.Equal((null, 0), (Forecast.Restore("sqlite:/c", 100, runs).Expected, Forecast.Restore("sqlite:/c", 100, runs).Measurements));
        Assert.Equal("never measured", Forecast.Replay("postgresql:x", 100, runs).Basis);
    }

    private static RunRecord Run(string source, long bytes, int seconds, RunOutcome outcome = RunOutcome.Succeeded) => new()
    {
        Operation = "restore", Outcome = outcome, Source = source, Bytes = bytes, Started = DateTimeOffset.UnixEpoch, Finished = DateTimeOffset.UnixEpoch.AddSeconds(seconds),
    };

    private static async Task<ObjectiveMeasurement> MeasureAsync(PlanWorkspace workspace, TimeSpan later = default, string plan = Plan) =>
        Assert.Single(await new ObjectiveMeter(new PlanSecrets(), PlanWorkspace.Later(later)).RunAsync(workspace.Write(plan).Require(), [], TestContext.Current.CancellationToken));
}
