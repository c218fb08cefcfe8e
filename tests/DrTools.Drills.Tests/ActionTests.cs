using DrTools.Drills.Actions;
using DrTools.Drills.History;
using DrTools.Plans;
using DrTools.Verification;

namespace DrTools.Drills.Tests;

public sealed class ActionTests
{
    private static readonly DateOnly Today = new(2026, 2, 1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void What_has_not_passed_is_to_be_mended_and_a_drill_that_passes_closes_it()
    {
        var failed = Drills.Make(0, fails: "Rows");
        var open = Assert.Single(Board(failed));
        Assert.Equal(("Rows", "Rows is broken", "Mend it.", "sqlite:/shop.db", ActionStatus.Open), (open.Title, open.Problem, open.Remedy, open.Source, open.Status));
        Assert.Matches("^[0-9a-f]{8}$", open.Id);

        var twice = Assert.Single(Board(failed, Drills.Make(1, fails: "Rows")));
        Assert.Equal((open.Id, 2, 0), (twice.Id, twice.Drills.Count, twice.Reopened));

        var closed = Assert.Single(Board(failed, Drills.Make(2)));
        Assert.Equal((ActionStatus.Closed, "drill-2"), (closed.Status, closed.ClosedBy));

        var back = Assert.Single(Board(failed, Drills.Make(2), Drills.Make(3, fails: "Rows")));
        Assert.Equal((ActionStatus.Open, 1, (string?)null), (back.Status, back.Reopened, back.ClosedBy));
    }

    [Fact]
    public void Only_what_shows_the_same_thing_closes()
    {
        var failed = Drills.Make(0, fails: "Rows");
        Assert.Equal(ActionStatus.Open, Assert.Single(Board(failed, Drills.Make(1, scenario: DrillScenario.SiteLost))).Status);
        Assert.Equal(ActionStatus.Open, Assert.Single(Board(failed, Drills.Make(1, service: "books"))).Status);
        Assert.Equal(ActionStatus.Open, Assert.Single(Board(failed, Drills.Make(1) with { Level = DrillLevel.Tabletop })).Status);

        // The check passes although the drill as a whole does not, for another reason.
        var other = Drills.Make(1, fails: "Application");
        var rows = other with { Checks = [.. other.Checks, failed.Checks[1] with { Outcome = DrillOutcome.Passed }] };
        Assert.Equal(["Rows Closed", "Application Open"], Board(failed, rows).Select(a => $"{a.Title} {a.Status}"));
    }

    [Fact]
    public void A_damaged_backup_is_not_mended_by_another_one()
    {
        var damaged = Drills.Make(0, fails: "Integrity", kind: DrillCheckKind.BackupIntegrity);
        Assert.Equal("b1", Assert.Single(Board(damaged)).BackupId);
        Assert.Equal(ActionStatus.Open, Assert.Single(Board(damaged, Drills.Make(1, backup: "b2"))).Status);
        Assert.Equal(ActionStatus.Closed, Assert.Single(Board(damaged, Drills.Make(1, backup: "b1"))).Status);
    }

    [Fact]
    public void An_objective_is_met_in_the_same_scenario_and_no_easier_one()
    {
        var missed = Drills.Make(0, fails: "Recovery time objective", kind: DrillCheckKind.Objective);
        var met = Drills.Make(1) with { Checks = [missed.Checks[1] with { Outcome = DrillOutcome.Passed }] };
        Assert.Equal(ActionStatus.Closed, Assert.Single(Board(missed, met)).Status);
        Assert.Equal(ActionStatus.Open, Assert.Single(Board(missed, met with { Scenario = DrillScenario.SiteLost })).Status);
        Assert.Equal(ActionStatus.Open, Assert.Single(Board(missed, met with { Objectives = met.Objectives with { Rto = TimeSpan.FromDays(1) } })).Status);
    }

    [Fact]
    public void A_finding_beside_the_checks_is_the_same_with_other_figures()
    {
        var finding = Assert.Single(Board(Drills.Make(0, problem: "It took 12.5 s."), Drills.Make(1, problem: "It took 9 s.")));
        Assert.Equal(("Do better.", "It took 9 s.", 2), (finding.Title, finding.Problem, finding.Drills.Count));
        Assert.Equal(ActionStatus.Closed, Assert.Single(Board(Drills.Make(0, problem: "It took 12.5 s."), Drills.Make(1))).Status);
    }

    [Fact]
    public void What_people_say_holds_until_a_drill_says_otherwise()
    {
        var failed = Drills.Make(0, fails: "Rows");
        var id = Board(failed)[0].Id;
        ActionEntry[] entries =
        [
            Entry(failed.Finished.AddHours(1), id, new ActionChange { Owner = "Ann", Due = new DateOnly(2026, 1, 20), Status = ActionStatus.InProgress }),
            Entry(failed.Finished.AddHours(2), id, new ActionChange { Note = "half done" }),
        ];
        var said = Assert.Single(ActionBoard.Of([failed], entries, Today));
        Assert.Equal(("Ann", "half done", ActionStatus.InProgress, true), (said.Owner, said.Note, said.Status, said.IsOverdue));

        ActionEntry[] done = [.. entries, Entry(failed.Finished.AddHours(3), id, new ActionChange { Status = ActionStatus.Done })];
        Assert.Equal((ActionStatus.Done, false), Pair(Assert.Single(ActionBoard.Of([failed], done, Today))));
        Assert.Equal((ActionStatus.Closed, false), Pair(Assert.Single(ActionBoard.Of([failed, Drills.Make(1)], done, Today))));
        Assert.Equal((ActionStatus.Open, true), Pair(Assert.Single(ActionBoard.Of([failed, Drills.Make(1, fails: "Rows")], done, Today))));

        ActionEntry[] dropped = [Entry(failed.Finished.AddHours(3), id, new ActionChange { Status = ActionStatus.Dropped, Note = "accepted" })];
        Assert.Equal((ActionStatus.Dropped, false), Pair(Assert.Single(ActionBoard.Of([failed, Drills.Make(1, fails: "Rows"), Drills.Make(2)], dropped, Today))));

        static (ActionStatus, bool) Pair(ImprovementAction action) => (action.Status, action.IsOverdue);
    }

    [Fact]
    public async Task Actions_are_kept_sealed_and_named_by_the_journal()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeFiles();
        await using (var near = await workspace.CreateAsync("near"))
        {
            await DrillWorkspace.BackUpAsync(near, "files:" + workspace.PathOf("data"));
        }

        var plan = workspace.Plan("rto: 10m, rpo: 1s");
        var actions = new PlanActions(new PlanSecrets());
        await Task.Delay(TimeSpan.FromSeconds(1), Stop);
        var drill = await DrillWorkspace.RunAsync(workspace.Request("files", DrillScenario.FileDeleted) with { Plan = plan });
        Assert.False(drill.Passed);
        var open = Assert.Single(await actions.ListAsync(plan, new ActionFilter { Service = "files", OpenOnly = true }, Stop), a => a.Title == "Recovery point objective");
        Assert.Contains("Take backups more often", open.Remedy, StringComparison.Ordinal);

        var changed = await actions.SetAsync(plan, open.Id[..5], new ActionChange { Owner = "Ann", Due = new DateOnly(2020, 1, 1) }, Stop);
        Assert.Equal(("Ann", true), (changed.Owner, changed.IsOverdue));
        var added = await actions.AddAsync(plan, "files", new ActionChange { Title = "Buy a second disk" }, Stop);
        Assert.Equal(changed.Id, Assert.Single(await actions.ListAsync(plan, new ActionFilter { OverdueOnly = true }, Stop)).Id);
        Assert.Equal(added, await actions.FindAsync(plan, added.Id, Stop));

        await Refuses(DrError.BadUsage, "Only a drill can close", () => actions.SetAsync(plan, open.Id, new ActionChange { Status = ActionStatus.Closed }, Stop));
        await Refuses(DrError.BadUsage, "without a reason", () => actions.SetAsync(plan, open.Id, new ActionChange { Status = ActionStatus.Dropped }, Stop));
        await Refuses(DrError.BadUsage, "Nothing is said", () => actions.SetAsync(plan, open.Id, new ActionChange(), Stop));
        await Refuses(DrError.ActionMissing, "begins with 'zz'", () => actions.FindAsync(plan, "zz", Stop));
        await Refuses(DrError.BadUsage, "fils", () => actions.AddAsync(plan, "fils", new ActionChange { Title = "x" }, Stop));

        await using var repository = await workspace.OpenAsync("near");
        var records = await repository.Journal.ReadAsync(100, Stop);
        Assert.Equal(["actions/", "actions/"], records.Where(r => r.Operation == "action").Select(r => r.ObjectName![..8]));
        Assert.Empty((await new VerificationEngine(repository, new VerifyOptions { Level = VerifyLevel.Catalog }).CheckRepositoryAsync(Stop)).Findings);
        var entry = Directory.EnumerateFiles(workspace.PathOf("near/actions")).First();
        File.SetUnixFileMode(entry, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var bytes = await File.ReadAllBytesAsync(entry, Stop);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(entry, bytes, Stop);
        await Refuses(DrError.IntegrityFailure, "actions/", () => actions.ListAsync(plan, new ActionFilter(), Stop));
        var damaged = new List<DrException>();
        Assert.NotEmpty(await actions.ListAsync(plan, new ActionFilter(), Stop, damaged.Add));
        Assert.Single(damaged);
    }

    private static IReadOnlyList<ImprovementAction> Board(params DrillResult[] drills) => ActionBoard.Of(drills, [], Today);

    private static ActionEntry Entry(DateTimeOffset at, string action, ActionChange change) =>
        new() { Id = $"e{at.Ticks}", Action = action, Service = "shop", At = at, User = "user", Host = "host", Change = change };

    private static async Task Refuses(DrError error, string text, Func<Task> act)
    {
        var refused = await Assert.ThrowsAsync<DrException>(act);
        Assert.Equal(error, refused.Error);
        Assert.Contains(text, refused.Message, StringComparison.Ordinal);
    }
}
