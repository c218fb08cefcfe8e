using System.Net;
using DrTools.Backup;

namespace DrTools.Plans.Tests;

public sealed class PlanLoaderTests
{
    [Fact]
    public void The_example_of_the_guide_is_read_whole()
    {
        var plan = PlanFile.Load(PlanFile.Example);
        Assert.Equal("Web shop", plan.Name);
        Assert.Equal("Europe/Berlin", plan.TimeZone.Id);
        Assert.Equal(2, plan.Policy.Principles.Count);
        Assert.Equal(TimeSpan.FromDays(3650), Assert.Single(plan.Regulations).KeepFor);
        Assert.Equal(["critical", "important", "standard", "low"], plan.Tiers.Select(t => t.Name));
        Assert.Equal([SiteRole.Primary, SiteRole.Secondary], plan.Sites.Select(s => s.Role));
        var local = plan.Repository("LOCAL");
        Assert.Equal(("/backup/repo", "disk", "berlin"), (local.Location, local.Place.Medium, local.Place.Site));
        Assert.Equal(new SecretReference(SecretPlace.File, "/etc/drtools/local.pass"), local.Passphrase);
        Assert.Equal("3-2-1", plan.Copies!.Rule.ToString());
        Assert.Equal((TimeSpan.FromHours(26), "berlin"), (plan.Copies.Rule.MaximumAge, plan.Copies.Rule.ProductionSite));

        var shop = plan.Service("shop");
        Assert.Equal(new Objectives(TimeSpan.FromHours(1), TimeSpan.FromMinutes(15)), shop.Objectives);
        Assert.Equal(RecoveryStrategy.PilotLight, shop.Strategy);
        Assert.Equal("shop@example.org", Assert.Single(shop.Owners).Contact);
        Assert.Equal(["identity"], shop.DependsOn);
        Assert.Equal(["identity", "shop"], plan.InOrderOfRecovery().Select(s => s.Name));
        var database = shop.Sources[0];
        Assert.Equal(("postgresql://db1:5432", "postgresql://db1:5432"), (database.Source, database.Address));
        Assert.Equal(["local", "offsite"], database.Repositories);
        Assert.Equal(new PlannedLog { Method = LogMethod.Archive, Interval = TimeSpan.FromMinutes(5) }, database.Log);
        Assert.Equal([BackupType.Full, BackupType.Incremental], database.Schedules.Select(s => s.Type));
        Assert.Equal("daily=30 full:weekly=12,monthly=84 yearly=10", database.Retention!.Keep.ToString());
        Assert.Equal(["*.tmp"], shop.Sources[1].Options.Exclude);
        Assert.Equal(new Uri("https://shop.example.org/health"), Assert.Single(shop.Checks.Health).Url);
        Assert.Equal([IPAddress.Parse("192.0.2.10")], Assert.Single(shop.Checks.Names).Addresses);
        Assert.Equal("postgresql://db2:5432", Assert.Single(shop.Replication).Standby);
        Assert.Equal(["Fence the old primary", "Promote the standby", "Switch the name"], shop.Failover.Select(f => f.Name));
        Assert.Equal(15300, shop.Impact!.PerHour);

        var drill = plan.Drill("table-dropped");
        Assert.Equal((DrillScenario.TableDropped, DrillLevel.Partial), (drill.Scenario, drill.Level));
        Assert.Equal(new Objectives(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(15)), drill.ObjectivesFor(shop));
        Assert.True(plan.Drill("monthly-restore").RandomBackup);
        Assert.Equal(("EUR", 0.0125m, 450m), (plan.Costs!.Currency, plan.Costs.Storage[1].PerGigabyteMonth, plan.Costs.Sites[0].PerMonth));
        Assert.Equal([RecoveryStrategy.PilotLight, RecoveryStrategy.WarmStandby], plan.Costs.Strategies.Select(s => s.Strategy));
        Assert.Equal(new SecretReference(SecretPlace.Environment, "ON_CALL_WEBHOOK"), plan.Alerts[0].Url);
        Assert.Equal(new DateOnly(2026, 11, 21), Assert.Single(plan.Changes).Date);
    }

    [Fact]
    public void Two_schedules_fill_each_others_gaps()
    {
        var plan = PlanFile.Load(PlanFile.Example);
        var database = plan.Service("shop").Sources[0];
        Assert.Equal(TimeSpan.FromHours(25), database.LongestInterval(plan.TimeZone));
        Assert.Equal(TimeSpan.FromDays(7), database.Schedules[0].LongestInterval(TimeZoneInfo.Utc));
        Assert.Equal(TimeSpan.FromHours(24), database.LongestInterval(TimeZoneInfo.Utc));
    }

    [Fact]
    public void What_is_relative_starts_from_the_folder_of_the_plan()
    {
        var plan = PlanFile.Load(PlanFile.Least);
        Assert.Equal("/plans/repo", plan.Repository("local").Location);
        Assert.Equal("files:/plans/data", Assert.Single(plan.Service("shop").Sources).Source);
    }

    /// <summary>The name that backups are filed under has no user; what connects to the server must have it.</summary>
    [Fact]
    public void The_user_of_a_server_is_kept()
    {
        var source = Assert.Single(PlanFile.Load(PlanFile.Least.Replace("files:data", "postgresql://backup@db1:5432", StringComparison.Ordinal)).Service("shop").Sources);
        Assert.Equal(("postgresql://db1:5432", "postgresql://backup@db1:5432"), (source.Source, source.Address));
    }

    [Fact]
    public void A_name_that_the_plan_does_not_have_is_an_error_with_the_nearest_one()
    {
        var error = Assert.Throws<DrException>(() => PlanFile.Load(PlanFile.Least).Service("shpo"));
        Assert.Equal((DrError.BadUsage, "The plan /plans/dr.yaml has no service 'shpo'. Did you mean 'shop'?", "Name one of: shop."), (error.Error, error.Message, error.Remedy));
    }

    [Fact]
    public void A_tier_can_be_changed_and_another_added()
    {
        var plan = PlanFile.Load(PlanFile.Least.Replace("tier: critical", "tier: Gold", StringComparison.Ordinal) + "\ntiers:\n  gold: { rto: 10m, rpo: 30s }\n  low: { rto: 7d, rpo: 2d }\n");
        Assert.Equal(("gold", "RTO 10m, RPO 30s"), (plan.Service("shop").Tier, plan.Service("shop").Objectives.ToString()));
        Assert.Equal(["critical", "important", "standard", "low", "gold"], plan.Tiers.Select(t => t.Name));
        Assert.Equal(TimeSpan.FromDays(7), plan.Tiers[3].Objectives.Rto);
    }

    [Fact]
    public void A_file_that_is_not_there_says_how_to_make_one()
    {
        var error = Assert.Throws<DrException>(() => PlanLoader.Read("/nowhere/dr.yaml").Require());
        Assert.Equal((DrError.PlanMissing, "/nowhere/dr.yaml: There is no plan."), (error.Error, error.Message));
        Assert.Contains("drtools plan new", error.Remedy, StringComparison.Ordinal);
    }
}
