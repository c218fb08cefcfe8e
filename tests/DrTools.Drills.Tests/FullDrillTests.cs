using DrTools.Plans;
using DrTools.Repositories.Journal;

namespace DrTools.Drills.Tests;

/// <summary>Full drills: what is recovered in scratch copies is followed by the plan's own failover steps, for real.</summary>
public sealed class FullDrillTests
{
    private const string Steps = """
        failover: [
              { name: Fence, role: database administrator, precondition: 'test ! -e fenced', command: 'echo fenced > fenced', check: 'test -s fenced', undo: 'rm fenced', expected: 1m },
              { name: Promote, command: '(sleep 1; touch promoted) > /dev/null 2>&1 &', check: 'test -e promoted', expected: 1m },
              { name: Announce, role: help desk, instructions: Tell the customers. }]
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Failover_steps_are_carried_out_checked_and_timed()
    {
        using var workspace = await WithBackupAsync(Steps);
        var asked = new List<string>();
        var result = await DrillWorkspace.RunAsync(Full(workspace) with
        {
            Ask = (step, _) =>
            {
                asked.Add($"{step.Role}: {step.Instructions}");
                Assert.True(File.Exists(workspace.PathOf("promoted")), "Steps are carried out in their order.");
                return Task.FromResult(true);
            },
        });
        Assert.True(result.Passed, SqliteDrillTests.Describe(result));
        Assert.Equal(["help desk: Tell the customers."], asked);
        Assert.Equal("fenced\n", await File.ReadAllTextAsync(workspace.PathOf("fenced"), Stop));
        var switched = result.Phases.Where(p => p.Step == DrillStep.Switch).ToList();
        Assert.Equal(["Fence", "Promote", "Announce"], switched.Select(p => p.Name));
        Assert.Equal(["database administrator", "DrTools", "help desk"], switched.Select(p => p.By));
        Assert.All(switched, p => Assert.True(p.IsRecovery));
        Assert.True(switched[1].Duration > TimeSpan.FromSeconds(0.9), "Waiting for the check counts.");
        Assert.True(result.MeasuredRto >= TimeSpan.FromTicks(switched.Sum(p => p.Duration.Ticks)));
        Assert.Equal(3, result.Checks.Count(c => c is { Kind: DrillCheckKind.Failover, Outcome: DrillOutcome.Passed }));
        Assert.Contains(result.Checks, c => c.Name == "Promote" && c.Detail.Contains("'test -e promoted' held the ", StringComparison.Ordinal));
        Assert.Contains("Production is as the failover steps left it. The plan's way back: 'rm fenced' (Fence).", result.Limits);
        Assert.DoesNotContain(result.Limits, l => l.StartsWith("Nothing was switched over", StringComparison.Ordinal));
        await using var near = await workspace.OpenAsync("near");
        Assert.EndsWith("; in production: Fence, Promote, Announce", (await near.Journal.ReadAsync(1, Stop))[0].Detail, StringComparison.Ordinal);

        // From now on forecasts rest on what was measured.
        var measured = Assert.Single(await new ObjectiveMeter(new PlanSecrets()).RunAsync(workspace.Plan(), ["shop"], Stop)).Forecast;
        Assert.Equal((1, switched[1].Duration), (measured.Single(s => s.Name == "Promote").Measurements, measured.Single(s => s.Name == "Promote").Expected));
        workspace.AssertClean();
    }

    [Fact]
    public async Task Without_confirmation_nothing_is_done()
    {
        using var workspace = await WithBackupAsync(Steps);
        foreach (var confirmation in (string?[])[null, "files", "yes"])
        {
            var error = await Assert.ThrowsAsync<DrException>(() => DrillWorkspace.RunAsync(Full(workspace) with { Confirmation = confirmation }));
            Assert.Equal(DrError.BadUsage, error.Error);
            Assert.Equal("A full drill carries out the 3 failover steps of shop in production, and that was not confirmed.", error.Message);
            Assert.Contains("--confirm shop", error.Remedy, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(workspace.PathOf("fenced")));
        Assert.Empty(await workspace.HistoryAsync());
    }

    [Fact]
    public async Task What_would_be_done_is_told_and_not_done()
    {
        using var workspace = await WithBackupAsync(Steps);
        var course = await new DrillEngine(new PlanSecrets()).PlanAsync(Full(workspace) with { Confirmation = null }, Stop);
        Assert.Equal(
            [
                "In production: Fence: if 'test ! -e fenced' succeeds, run 'echo fenced > fenced'; then 'test -s fenced' must succeed; 1m expected.",
                "In production: Promote: run '(sleep 1; touch promoted) > /dev/null 2>&1 &'; then 'test -e promoted' must succeed; 1m expected.",
                "In production: Announce: somebody has to do it and to say so: Tell the customers.",
            ],
            course.Steps.Where(s => s.Step == DrillStep.Switch).Select(s => s.What));
        Assert.Contains(course.Obstacles, o => o.Problem.StartsWith("The failover step \"Announce\" is for a person, and nobody is there", StringComparison.Ordinal));
        Assert.False(File.Exists(workspace.PathOf("fenced")));
    }

    [Fact]
    public async Task Where_nobody_can_be_asked_production_is_not_left_half_switched()
    {
        using var workspace = await WithBackupAsync(Steps);
        var result = await DrillWorkspace.RunAsync(Full(workspace));
        Assert.False(result.Passed);
        Assert.All(result.Checks.Where(c => c.Kind == DrillCheckKind.Failover), c => Assert.Equal(DrillOutcome.NotRun, c.Outcome));
        Assert.Contains(result.Checks, c => c.Name == "Fence" && c.Detail.Contains("the step \"Announce\" is for a person, and nobody was there to be asked", StringComparison.Ordinal));
        Assert.False(File.Exists(workspace.PathOf("fenced")));
        Assert.Null(result.MeasuredRto);
    }

    [Theory]
    [InlineData("command: 'echo no such server >&2; exit 3'", "\"Second\" was not done: 'echo no such server >&2; exit 3' ended with 3 after ", ": no such server")]
    [InlineData("command: 'true', precondition: 'false'", "\"Second\" was not carried out: its precondition 'false' ended with 1", "")]
    [InlineData("command: 'true', check: 'test -e never', expected: 2s", "\"Second\" was done, but its check 'test -e never' ended with 1", "asked 2 times in ")]
    [InlineData("instructions: Turn the key.", "\"Second\" was not done, says whoever was asked.", "")]
    public async Task A_step_that_fails_ends_it(string second, string problem, string alsoSaid)
    {
        using var workspace = await WithBackupAsync($"failover: [{{ name: First, command: 'touch first', undo: 'rm first' }}, {{ name: Second, {second} }}, {{ name: Third, command: 'touch third' }}]");
        var result = await DrillWorkspace.RunAsync(Full(workspace) with { Ask = (_, _) => Task.FromResult(false) });
        Assert.False(result.Passed);
        var failed = Assert.Single(result.Checks, c => c.Outcome == DrillOutcome.Failed);
        Assert.Equal((DrillCheckKind.Failover, "Second"), (failed.Kind, failed.Name));
        Assert.StartsWith(problem, failed.Detail, StringComparison.Ordinal);
        Assert.Contains(alsoSaid, failed.Detail, StringComparison.Ordinal);
        Assert.Contains(result.Checks, c => c is { Name: "Third", Outcome: DrillOutcome.NotRun } && c.Detail.Contains("\"Second\" before it was not done", StringComparison.Ordinal));
        Assert.True(File.Exists(workspace.PathOf("first")));
        Assert.False(File.Exists(workspace.PathOf("third")));
        Assert.Contains(result.Findings, f => f.Problem == "The failover stopped at \"Second\". Carried out: First. Not carried out: Third." && f.Remedy.Contains("'rm first' (First)", StringComparison.Ordinal));
        Assert.Null(result.MeasuredRto);
    }

    [Fact]
    public async Task What_was_not_recovered_is_not_switched_to()
    {
        using var workspace = await WithBackupAsync("""
            checks: { assertions: ['select count(*) = 1 from orders'] }
                failover: [{ name: First, command: 'touch first' }]
            """);
        var result = await DrillWorkspace.RunAsync(Full(workspace));
        Assert.Contains(result.Checks, c => c is { Name: "First", Outcome: DrillOutcome.NotRun } && c.Detail.Contains("not everything was recovered, so that production was not touched", StringComparison.Ordinal));
        File.Delete(Directory.EnumerateFiles(workspace.PathOf("near/packs"), "*", SearchOption.AllDirectories).First());
        result = await DrillWorkspace.RunAsync(Full(workspace));
        Assert.Contains(result.Checks, c => c is { Name: "First", Outcome: DrillOutcome.NotRun } && c.Detail.Contains("no source was recovered, so that production was not touched", StringComparison.Ordinal));
        Assert.False(File.Exists(workspace.PathOf("first")));
    }

    [Fact]
    public async Task A_drill_that_is_stopped_says_in_the_journal_what_was_done_in_production()
    {
        using var workspace = await WithBackupAsync("failover: [{ name: First, command: 'touch first' }, { name: Second, command: 'touch second; sleep 600' }]");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var run = new DrillEngine(new PlanSecrets()).RunAsync(Full(workspace), null, stop.Token);
        while (!File.Exists(workspace.PathOf("second")))
        {
            Assert.False(run.IsCompleted, "The drill ended before its second step.");
            await Task.Delay(20, Stop);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await using var near = await workspace.OpenAsync("near");
        var record = (await near.Journal.ReadAsync(1, Stop))[0];
        Assert.Equal(RunOutcome.Interrupted, record.Outcome);
        Assert.EndsWith("; in production: First, Second", record.Detail, StringComparison.Ordinal);
        workspace.AssertClean();
    }

    private static DrillRequest Full(DrillWorkspace workspace) => workspace.Request("shop", DrillScenario.TableDropped) with { Level = DrillLevel.Full, Confirmation = "shop" };

    private static async Task<DrillWorkspace> WithBackupAsync(string keys)
    {
        var workspace = new DrillWorkspace(keys);
        workspace.MakeDatabase(200);
        await using var near = await workspace.CreateAsync("near", "here");
        await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        return workspace;
    }
}
