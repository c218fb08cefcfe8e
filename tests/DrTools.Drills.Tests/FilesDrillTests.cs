using DrTools.Plans;

namespace DrTools.Drills.Tests;

/// <summary>Drills with a real tree of files.</summary>
public sealed class FilesDrillTests
{
    [Theory]
    [InlineData(DrillScenario.FileDeleted)]
    [InlineData(DrillScenario.RansomwareEncrypted)]
    public async Task Files_come_back_and_the_loss_is_measured(DrillScenario scenario)
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeFiles();
        await using (var near = await workspace.CreateAsync("near", "here"))
        {
            await DrillWorkspace.BackUpAsync(near, "files:" + workspace.PathOf("data"));
        }

        var result = await DrillWorkspace.RunAsync(workspace.Request("files", scenario));
        Assert.True(result.Passed, SqliteDrillTests.Describe(result));
        Assert.All(result.Checks, c => Assert.Equal(DrillOutcome.Passed, c.Outcome));
        var loss = Assert.Single(result.Losses);
        Assert.InRange(loss.Lost, 1, loss.Written - 1);
        Assert.Equal("canary files", loss.Items);
        Assert.True(result.MeasuredRto > TimeSpan.Zero);
        Assert.Contains(result.Findings, f => f.Problem.Contains("names no health check", StringComparison.Ordinal));
        workspace.AssertClean();
    }

    [Fact]
    public async Task A_service_of_a_database_and_files_is_recovered_as_a_whole()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeFiles();
        workspace.MakeDatabase(200);
        await using (var near = await workspace.CreateAsync("near", "here"))
        {
            await DrillWorkspace.BackUpAsync(near, "files:" + workspace.PathOf("data"));
            await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        }

        var result = await DrillWorkspace.RunAsync(workspace.Request("both", DrillScenario.RansomwareEncrypted));
        Assert.True(result.Passed, SqliteDrillTests.Describe(result));
        Assert.Equal(2, result.Losses.Count);
        Assert.Equal(2, result.Backups.Count);
        Assert.Equal(result.Losses.Max(l => l.Span), result.MeasuredRpo);
    }
}
