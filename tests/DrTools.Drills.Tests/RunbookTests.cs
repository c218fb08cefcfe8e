using DrTools.Drills.Runbooks;
using DrTools.Plans;

namespace DrTools.Drills.Tests;

/// <summary>What is recorded of a runbook, and what its text says; scripts are run by the Pester tests.</summary>
public sealed class RunbookTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_text_says_synopsis_and_steps()
    {
        using var workspace = new DrillWorkspace();
        var text = RunbookText.Read(Write(workspace, """
            <#
            .SYNOPSIS
                Brings it
                back.
            .EXAMPLE
                Invoke-DrRunbookStep 'In the help'
            #>
            # Invoke-DrRunbookStep 'In a comment'
            Invoke-DrRunbookStep 'It''s gone' -Role 'incident lead' -Step Event -Prompt 'Say so.'
            $b = Invoke-DrRunbookStep -Name "Choose $x" -Step decide -Expected 5m {
            invoke-drrunbookstep $step.Name -Role $step.Role { 1 }
            """));
        Assert.Equal("Brings it back.", text.Synopsis);
        Assert.Equal("ours", text.Name);
        Assert.Equal(
            [
                new("It's gone", DrillStep.Event, "incident lead", null),
                new("Choose $x", DrillStep.Decide, null, TimeSpan.FromMinutes(5)),
                new("$step.Name", DrillStep.Restore, "$step.Role", null),
            ],
            text.Steps);
        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => RunbookText.Read(workspace.PathOf("none.ps1"))).Error);
        Assert.Contains("end in .ps1", Assert.Throws<DrException>(() => RunbookText.Read(workspace.PathOf("pass"))).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_checks_and_restores_become_phases_figures_and_a_result()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeDatabase(200);
        await using var near = await workspace.CreateAsync("near", "here");
        await using var far = await workspace.CreateAsync("far", "there");
        var backup = await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        await using var drill = RunbookDrill.Begin(Request(workspace, "'x'"), new PlanSecrets());
        Assert.True(Directory.Exists(drill.ScratchFolder));
        await File.WriteAllTextAsync(Path.Combine(drill.ScratchFolder, "left"), "behind", Stop);
        drill.BeginStep("It happens", DrillStep.Event, "lead", null).Complete(null, null);
        var restore = drill.BeginStep("Restore", DrillStep.Restore, null, TimeSpan.FromTicks(1));
        restore.Restore(backup, near.Location, TimeSpan.FromSeconds(2), backup.Started);
        restore.Check(DrillCheckKind.Recovered, backup.Source, "It is back", DrillOutcome.Passed, "all of it");
        restore.Complete("1 file", null);
        var result = await drill.ConcludeAsync(null, Stop);
        Assert.True(result.Passed, SqliteDrillTests.Describe(result));
        Assert.Equal([("It happens", "lead", false), ("Restore", "runbook", true)], result.Phases.Select(p => (p.Name!, p.By, p.IsRecovery)));
        Assert.Equal(result.Event - backup.Started, result.MeasuredRpo);
        Assert.True(result.MeasuredRto > TimeSpan.Zero);
        Assert.True(Assert.Single(result.Backups) is { Repository: "near", IsNewest: true, Kept: 1 });
        Assert.Contains("were expected", Assert.Single(result.Findings).Problem, StringComparison.Ordinal);
        Assert.Equal(drill.Text.Hash, result.RunbookHash);
        workspace.AssertClean();
        Assert.Equal(result.Id, Assert.Single(await workspace.HistoryAsync()).Id);
    }

    [Fact]
    public async Task A_failure_measures_nothing_and_an_interruption_keeps_nothing()
    {
        using var workspace = new DrillWorkspace();
        await using var near = await workspace.CreateAsync("near", "here");
        await using (var drill = RunbookDrill.Begin(Request(workspace, "'x'"), new PlanSecrets()))
        {
            drill.BeginStep("It happens", DrillStep.Event, null, null).Complete(null, null);
            drill.BeginStep("Half", DrillStep.Restore, null, null);
            var result = await drill.ConcludeAsync(new RunbookFailure("It broke."), Stop);
            Assert.False(result.Passed);
            Assert.True(result is { MeasuredRto: null, MeasuredRpo: null });
            Assert.Equal(2, result.Checks.Count(c => c is { Kind: DrillCheckKind.Objective, Outcome: DrillOutcome.NotRun, IsOptional: false }));
            Assert.Contains(result.Checks, c => c is { Name: "The runbook comes to its end", Outcome: DrillOutcome.Failed });
        }

        await using (var drill = RunbookDrill.Begin(Request(workspace, "'x'"), new PlanSecrets()))
        {
            await drill.InterruptAsync(new OperationCanceledException());
        }

        workspace.AssertClean();
        Assert.Single(await workspace.HistoryAsync());
        Assert.Equal(2, (await near.Journal.ReadAsync(10, Stop)).Count(r => r.Operation == "drill"));
    }

    private static DrillRequest Request(DrillWorkspace workspace, string script) =>
        workspace.Request("shop", DrillScenario.Custom) with { Runbook = Write(workspace, script) };

    private static string Write(DrillWorkspace workspace, string script)
    {
        var path = workspace.PathOf("ours.ps1");
        File.WriteAllText(path, script);
        return path;
    }
}
