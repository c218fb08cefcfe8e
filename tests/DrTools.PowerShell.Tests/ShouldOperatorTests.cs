using DrTools.Drills;
using DrTools.Plans;
using DrTools.PostgreSql.Recovery;
using DrTools.PowerShell.Assertions;
using DrTools.Verification;

namespace DrTools.PowerShell.Tests;

/// <summary>What the operators for Pester's Should say of states that are hard to bring about; the rest runs in Pester.</summary>
public sealed class ShouldOperatorTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_drill_that_measured_nothing_neither_meets_nor_misses()
    {
        var drill = Drill() with { Checks = [new() { Kind = DrillCheckKind.Recovered, Name = "The data is back", Outcome = DrillOutcome.NotRun, Detail = "could not run: no backup." }] };
        foreach (var negate in (bool[])[false, true])
        {
            Fails(ShouldOperators.MeetRto([drill], null, negate, null), "no recovery time was measured (The data is back: could not run: no backup)");
            Fails(ShouldOperators.MeetRpo([drill], null, false, negate, null), "no recovery point was measured (The data is back");
        }

        Fails(ShouldOperators.BeRecoverable([drill], false, null), "it has not passed (The data is back");
    }

    [Fact]
    public void A_tabletop_shows_nothing_whatever_it_claims()
    {
        var talked = Drill() with { Level = DrillLevel.Tabletop, MeasuredRto = TimeSpan.FromSeconds(1), MeasuredRpo = TimeSpan.Zero, Checks = [new() { Kind = DrillCheckKind.Course, Name = "Decide", Outcome = DrillOutcome.Passed, Detail = "1 decision" }] };
        Fails(ShouldOperators.MeetRto([talked], null, false, null), "it was only talked through", "Invoke-DrDrill -Level Partial");
        Fails(ShouldOperators.MeetRpo([talked], "1h", false, false, null), "it was only talked through");
        Fails(ShouldOperators.BeRecoverable([talked], false, null), "it was only talked through");
        Fails(ShouldOperators.BeRecoverable([talked], true, null), "it was only talked through");
    }

    [Fact]
    public void A_forecast_with_a_step_that_was_never_measured_is_unknown_until_the_others_take_too_long()
    {
        var measured = Measurement(new ForecastStep("restore", TimeSpan.FromMinutes(20), null, null, 3, "the journal"), new ForecastStep("switch", null, null, null, 0, "never"));
        Fails(ShouldOperators.MeetRto([measured], null, false, null), "not known (never measured: switch)", "Remedy: Hold a drill.");
        Fails(ShouldOperators.MeetRto([measured], null, true, null), "not known (never measured: switch)");
        Fails(ShouldOperators.MeetRto([measured], "10m", false, null), "20 min, 10 min more than the objective of 10m");
        Assert.True(ShouldOperators.MeetRto([measured], "10m", true, null).Succeeded);
        Fails(ShouldOperators.MeetRto([measured], "soon", false, null), "'soon' is no duration, so nothing was measured");
        Fails(ShouldOperators.MeetRto([measured], 7, true, null), "'7' is no duration");
    }

    [Fact]
    public void A_loss_that_is_not_known_fails_and_a_lost_site_is_asked_of_separately()
    {
        var loss = new SourceLoss { Source = "sqlite:/shop.db", Outcome = LossOutcome.Known, Lost = TimeSpan.FromMinutes(30), OutcomeWithSite = LossOutcome.Everything };
        Assert.True(ShouldOperators.MeetRpo([Measurement() with { Losses = [loss] }], null, false, false, null).Succeeded);
        Fails(ShouldOperators.MeetRpo([Measurement() with { Losses = [loss] }], null, true, false, null), "all of sqlite:/shop.db would be lost: there is no backup at another site");
        Fails(ShouldOperators.MeetRpo([Measurement() with { Losses = [loss] }], "15m", false, false, "of the law"), "because of the law, but the loss of sqlite:/shop.db would be 30 min, 15 min more than the objective of 15m");
        var unknown = loss with { Outcome = LossOutcome.Unknown, Lost = null, Notes = ["near does not open."] };
        Fails(ShouldOperators.MeetRpo([Measurement() with { Losses = [loss, unknown] }], null, false, true, null), "not known of sqlite:/shop.db (near does not open)");
        Fails(ShouldOperators.MeetRpo([Measurement()], null, false, false, null), "it has no sources");
        Fails(ShouldOperators.MeetRpo([Drill()], null, true, false, null), "only known of what Measure-DrObjective returns");
    }

    [Fact]
    public void A_gap_is_named_and_a_window_without_any_moment_passes_nothing()
    {
        var window = new RecoveryWindow { Source = "postgresql:here", SystemIdentifier = 1, Computed = Now };
        Fails(ShouldOperators.HaveNoLogGap([window], false, null), "no moment of it can be restored");
        Fails(ShouldOperators.HaveNoLogGap([window], true, null), "no moment of it can be restored");
        var whole = window with { Spans = [new() { Timeline = 1, From = Now.AddHours(-2), To = Now.AddMinutes(-10), BackupIds = ["b"] }] };
        Assert.True(ShouldOperators.HaveNoLogGap([whole], false, null).Succeeded);
        var torn = whole with { Gaps = [new() { Timeline = 1, Count = 2, Segments = ["000000010000000000000003", "000000010000000000000004"], Last = "000000010000000000000004", Since = Now.AddHours(-1) }] };
        Fails(ShouldOperators.HaveNoLogGap([whole, torn], false, null), "2 segments of timeline 1 are missing (000000010000000000000003 to 000000010000000000000004)", "nothing after 2026-11-21 11:00:00.0 UTC", "Remedy: Bring the segments in");
        Assert.True(ShouldOperators.HaveNoLogGap([torn], true, null).Succeeded);
        Assert.True(ShouldOperators.MeetRpo([whole], "15m", false, false, null).Succeeded);
        Fails(ShouldOperators.MeetRpo([whole], "5m", false, false, null), "10 min old, 5 min 00 s more than allowed".Replace("5 min 00 s", "5 min", StringComparison.Ordinal));
        Fails(ShouldOperators.MeetRpo([window], "5m", false, false, null), "no moment of it can be restored");
        Fails(ShouldOperators.MeetRpo([whole], null, false, false, null), "no objective of its own");
    }

    [Fact]
    public void A_backup_that_could_not_be_restored_or_lacks_entries_is_not_recoverable()
    {
        Fails(ShouldOperators.BeRecoverable([new UnverifiedBackup("b of files:/x", "There is no space.", "Name another folder.")], false, null), "the backup b of files:/x to be recoverable, but it could not be restored: There is no space. Remedy: Name another folder.");
        Fails(ShouldOperators.BeRecoverable([new UnverifiedBackup("b of files:/x", "There is no space.", null)], true, null), "could not be restored");
        var verified = new VerifyResult { BackupId = "b", Level = VerifyLevel.Restore, Verified = Now };
        Assert.True(ShouldOperators.BeRecoverable([verified], false, null).Succeeded);
        Fails(ShouldOperators.BeRecoverable([verified, verified with { Level = VerifyLevel.Catalog }], false, null), "verified at level catalog only");
        Fails(ShouldOperators.BeRecoverable([verified with { Findings = [new VerifyFinding("packs/1", "The pack is missing.", 1, [])] }], false, null), "damaged or incomplete: The pack is missing");
        Fails(ShouldOperators.MeetRto([verified], "1h", false, null), "nothing was restored in it");
        Assert.True(ShouldOperators.MeetRto([verified with { RestoreDuration = TimeSpan.FromMinutes(1) }], "1h", false, null).Succeeded);
    }

    private static void Fails(ShouldVerdict verdict, params string[] words)
    {
        Assert.False(verdict.Succeeded);
        Assert.All(words, w => Assert.Contains(w, verdict.FailureMessage, StringComparison.Ordinal));
    }

    private static ObjectiveMeasurement Measurement(params ForecastStep[] steps) => new()
    {
        Service = "shop",
        Objectives = new(TimeSpan.FromHours(1), TimeSpan.FromHours(1)),
        Measured = Now,
        Losses = [],
        Forecast = steps,
        Improvement = "Hold a drill.",
    };

    private static DrillResult Drill() => new()
    {
        Id = "20261121T120000Z-00000000",
        Plan = "p",
        Service = "shop",
        Scenario = DrillScenario.TableDropped,
        Level = DrillLevel.Partial,
        Started = Now,
        Finished = Now,
        User = "u",
        Host = "h",
        ToolVersion = "0",
        Objectives = new(TimeSpan.FromHours(1), TimeSpan.FromHours(1)),
    };
}
