using DrTools.Drills.Tabletop;
using DrTools.Plans;
using DrTools.Repositories.Journal;

namespace DrTools.Drills.Tests;

/// <summary>Drills that are talked through.</summary>
public sealed class TabletopTests
{
    private const string Failover = """
        failoverCriteria: ['The database is away for 10 minutes.']
            failover:
              - { name: Fence the old server, role: operator, instructions: Pull its plug., expected: 6m }
              - { name: Point the name there, role: network, precondition: ping new, command: nsupdate, check: dig new, undo: nsupdate old, expected: 5m }
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_steps_are_those_of_the_scenario_and_of_the_plan_and_what_is_said_is_kept()
    {
        using var workspace = new DrillWorkspace(Failover);
        await using var near = await workspace.CreateAsync("near", "here");
        var request = Assert.Single(DrillRequest.OfPlanned(workspace.Plan(), "monthly"));
        var course = TabletopDrill.Plan(request);
        Assert.Equal(
            ["Brief everybody", "The event", "Notice it", "Decide", $"Restore sqlite:{workspace.Database}", "Fence the old server", "Point the name there", "Confirm that it is back", "Nobody asked.", "Look back"],
            course.Steps.Select(s => s.Name));
        Assert.Equal(("network", TimeSpan.FromMinutes(5)), (course.Steps[6].By, course.Steps[6].Expected));
        Assert.Contains("A table of sqlite:", course.Steps[1].What, StringComparison.Ordinal);
        Assert.Contains("passphrase file:", course.Steps[4].What, StringComparison.Ordinal);
        Assert.Contains("To take it back: nsupdate old", course.Steps[6].What, StringComparison.Ordinal);
        Assert.Contains("away for 10 minutes", course.Steps[3].What, StringComparison.Ordinal);

        var room = new Room(
            "Anna: here", "",
            "users see errors", "# nobody sees this", "",
            "https://status.example shows it", "",
            "! Ben: we restore", "? who tells the bank", "",
            "near; Anna has the passphrase", "",
            "Ben: - nobody has the key of the rack", "",
            "done", "",
            "Anna", "",
            "Ben: yes, it would", "");
        var result = await new TabletopDrill(new PlanSecrets()).HoldAsync(request, new AnswersFile(room.Lines, room), Stop);
        Assert.False(result.Passed);
        Assert.True(result is { Level: DrillLevel.Tabletop, Drill: "monthly", MeasuredRto: null, MeasuredRpo: null, Backups.Count: 0, Event: not null });
        Assert.Equal(course.Steps.Select(s => s.Name), result.Phases.Select(p => p.Name));
        Assert.Equal(
            [
                ("Anna", DrillNoteKind.Remark, "here"), (null, DrillNoteKind.Remark, "users see errors"), (null, DrillNoteKind.Remark, "https://status.example shows it"),
                ("Ben", DrillNoteKind.Decision, "we restore"), (null, DrillNoteKind.Question, "who tells the bank"), (null, DrillNoteKind.Remark, "near; Anna has the passphrase"),
                ("Ben", DrillNoteKind.Problem, "nobody has the key of the rack"), (null, DrillNoteKind.Remark, "done"), (null, DrillNoteKind.Remark, "Anna"), ("Ben", DrillNoteKind.Remark, "yes, it would"),
            ],
            result.Notes.Select(n => (n.Who, n.Kind, n.Text)));
        Assert.Equal(
            [("Fence the old server", DrillOutcome.Failed), ("Look back", DrillOutcome.NotRun)],
            result.Checks.Where(c => c.Outcome != DrillOutcome.Passed).Select(c => (c.Name, c.Outcome)));
        Assert.Equal(DrillOutcome.Passed, Assert.Single(result.Checks, c => c.Kind == DrillCheckKind.Criterion).Outcome);
        Assert.DoesNotContain(result.Checks, c => c.Kind == DrillCheckKind.Objective);
        Assert.Equal(
            ["Open question at \"Decide\": who tells the bank", "Fence the old server: nobody has the key of the rack", "The failover steps alone are expected to take 11m; 5m are allowed."],
            result.Findings.Select(f => f.Problem));
        Assert.Contains(room.Shown, l => l.Contains("6/10  Fence the old server  (operator, 6m expected)", StringComparison.Ordinal));
        Assert.Contains("nothing was run", Assert.Single(result.Limits), StringComparison.Ordinal);

        var kept = Assert.Single(await workspace.HistoryAsync());
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(result), System.Text.Json.JsonSerializer.Serialize(kept));
        Assert.True((await near.Journal.ReadAsync(1, Stop))[0] is { Operation: "drill", Outcome: RunOutcome.Failed, Mode: "table-dropped, tabletop" });
    }

    [Theory]
    [InlineData("no, it would not", DrillOutcome.Failed)]
    [InlineData("perhaps", DrillOutcome.NotRun)]
    [InlineData("- somebody would be asked", DrillOutcome.Failed)]
    [InlineData("y", DrillOutcome.Passed)]
    public async Task A_criterion_holds_when_somebody_says_yes(string said, DrillOutcome outcome)
    {
        using var workspace = new DrillWorkspace();
        await using var near = await workspace.CreateAsync("near", "here");
        var request = Assert.Single(DrillRequest.OfPlanned(workspace.Plan(), "monthly"));
        var lines = TabletopDrill.Script(request).SelectMany(s => (string[])[s.IsCriterion ? said : "fine", ""]);
        var result = await new TabletopDrill(new PlanSecrets()).HoldAsync(request, new AnswersFile(lines), Stop);
        Assert.Equal(outcome == DrillOutcome.Passed, result.Passed);
        Assert.Equal(outcome, Assert.Single(result.Checks, c => c.Kind == DrillCheckKind.Criterion).Outcome);
    }

    [Fact]
    public async Task Of_a_lost_site_only_repositories_elsewhere_are_talked_about_and_an_interrupted_talk_is_recorded()
    {
        using var workspace = new DrillWorkspace();
        await using var near = await workspace.CreateAsync("near", "here");
        var restore = Assert.Single(TabletopDrill.Script(workspace.Request("shop", DrillScenario.SiteLost)), s => s.Step == DrillStep.Restore);
        Assert.StartsWith("From far", Assert.Single(restore.What), StringComparison.Ordinal);
        Assert.Contains("no repository is left", Assert.Single(Assert.Single(TabletopDrill.Script(workspace.Request("files", DrillScenario.SiteLost)), s => s.Step == DrillStep.Restore).What), StringComparison.Ordinal);

        using var stop = new CancellationTokenSource();
        var room = new Room("one", "stop") { OnLine = line => { if (line == "stop") { stop.Cancel(); } } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new TabletopDrill(new PlanSecrets()).HoldAsync(workspace.Request("shop", DrillScenario.SiteLost), room, stop.Token));
        Assert.Empty(await workspace.HistoryAsync());
        Assert.Equal(RunOutcome.Interrupted, (await near.Journal.ReadAsync(1, Stop))[0].Outcome);
        var error = await Assert.ThrowsAsync<DrException>(() => DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.SiteLost) with { Level = DrillLevel.Tabletop }));
        Assert.Contains("talked through, and not run", error.Message, StringComparison.Ordinal);
    }

    private sealed class Room(params string[] lines) : IDrillRoom
    {
        private readonly Queue<string> _lines = new(lines);

        public IReadOnlyList<string> Lines { get; } = lines;

        public List<string> Shown { get; } = [];

        public Action<string> OnLine { get; init; } = _ => { };

        public void Show(string line) => Shown.Add(line);

        public string? Listen()
        {
            if (_lines.TryDequeue(out var line))
            {
                OnLine(line);
            }

            return line;
        }
    }
}
