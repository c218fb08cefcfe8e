using DrTools.Cli.Tests;

namespace DrTools.Plans.Tests;

/// <summary>The command line, as a process.</summary>
public sealed class PlanCommandTests
{
    [Fact]
    public async Task A_starter_is_made_of_what_the_repository_holds_tested_and_shown()
    {
        using var workspace = await Workspace.WithBackupAsync();
        var made = (await workspace.RunAsync("plan", "new", "--no-search", "--json")).Expect(0).Document;
        JsonContract.AssertIs("plan-starter", made);
        Assert.Equal(["files:" + workspace.PathOf("src")], made.GetProperty("sources").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal(PlanLoader.Schema, await File.ReadAllTextAsync(workspace.PathOf("dr.schema.json"), TestContext.Current.CancellationToken));
        Assert.Contains("[PlanExists]", (await workspace.RunAsync("plan", "new", "--no-search")).Expect(1).Error, StringComparison.Ordinal);
        (await workspace.RunAsync("plan", "new", "--no-search", "--force")).Expect(0);

        var shown = (await workspace.RunAsync("plan", "show", "--json")).Expect(0).Document;
        JsonContract.AssertIs("plan", shown);
        Assert.Equal(14_400, shown.GetProperty("services")[0].GetProperty("rpoSeconds").GetDouble());

        // What opens the repository is in the plan now.
        workspace.Environment.Clear();
        var tested = (await workspace.RunAsync("plan", "test", "--json")).Expect(0).Document;
        JsonContract.AssertIs("plan-test", tested);
        Assert.True(tested.GetProperty("passed").GetBoolean());
        var measured = (await workspace.RunAsync("objectives", "--json")).Expect(1).Document;
        JsonContract.AssertIs("objectives", measured);
        Assert.False(measured.GetProperty("met").GetBoolean());
        (await workspace.RunAsync("verify", "latest", "--service", "src", "--level", "restore")).Expect(0);
        measured = (await workspace.RunAsync("objectives", "--json")).Expect(0).Document;
        JsonContract.AssertIs("objectives", measured);
        Assert.Equal(1, measured.GetProperty("services")[0].GetProperty("measurements").GetInt32());
        Assert.Contains("1 measurement of it", (await workspace.RunAsync("objectives")).Expect(0).Out, StringComparison.Ordinal);
        Assert.All(tested.GetProperty("findings").EnumerateArray(), f => Assert.Equal("passed", f.GetProperty("severity").GetString()));
    }

    [Fact]
    public async Task The_example_is_shown_as_declared()
    {
        using var workspace = new Workspace();
        await File.WriteAllTextAsync(workspace.PathOf("example.yaml"), PlanFile.Example, TestContext.Current.CancellationToken);
        workspace.Environment["DRTOOLS_PLAN"] = "example.yaml";
        JsonContract.AssertIs("plan", (await workspace.RunAsync("plan", "show", "--json")).Expect(0).Document);
        var text = (await workspace.RunAsync("plan", "show")).Expect(0).Out;
        Assert.Contains("shop      critical   1h  15m  berlin  identity", text, StringComparison.Ordinal);
        var tested = (await workspace.RunAsync("plan", "test", "--file-only", "--json")).Expect(0).Document;
        JsonContract.AssertIs("plan-test", tested);
        Assert.False(tested.GetProperty("comparedWithReality").GetBoolean());
        Assert.Equal(PlanLoader.Schema, (await workspace.RunAsync("plan", "schema")).Expect(0).Out);
    }

    [Fact]
    public async Task A_plan_with_problems_is_no_success()
    {
        using var workspace = new Workspace();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), "version: 1\nname: x\nservices:\n  shop:\n    tier: gold\n    objectives: { rto: fast }\n", TestContext.Current.CancellationToken);
        var tested = (await workspace.RunAsync("plan", "test", "--json")).Expect(1).Document;
        JsonContract.AssertIs("plan-test", tested);
        Assert.Equal(2, tested.GetProperty("problems").GetArrayLength());
        Assert.Equal("services.shop.objectives.rto", tested.GetProperty("problems")[1].GetProperty("path").GetString());
        var shown = (await workspace.RunAsync("plan", "show")).Expect(1).Error;
        Assert.Contains("dr.yaml:5:11: There is no tier 'gold'.", shown, StringComparison.Ordinal);
        Assert.Contains("dr.yaml:6:24: 'fast' is not a duration", shown, StringComparison.Ordinal);
        Assert.Contains("[PlanMissing]", (await workspace.RunAsync("plan", "show", "nowhere.yaml")).Expect(1).Error, StringComparison.Ordinal);
    }
}
