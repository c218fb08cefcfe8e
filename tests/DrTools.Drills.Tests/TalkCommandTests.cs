using DrTools.Cli.Tests;

namespace DrTools.Drills.Tests;

/// <summary>Tabletops and runbooks on the command line, as a process.</summary>
public sealed class TalkCommandTests
{
    private const string Plan = """
        version: 1
        name: Commands
        repositories:
          near: { location: repo, passphrase: 'file:pass' }
        services:
          files:
            tier: standard
            sources:
              - { source: 'files:src', repositories: near }
            failover:
              - { name: Point the name there, role: network, expected: 5m }
        drills:
          ours: { scenario: custom, services: files, runbook: ours.ps1 }
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tabletop_is_told_talked_through_and_refused_where_nobody_is()
    {
        using var workspace = await Workspace.WithBackupAsync();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan, Stop);
        string[] arguments = ["drill", "run", "--service", "files", "--scenario", "file-deleted", "--level", "tabletop"];
        var course = (await workspace.RunAsync([.. arguments, "--dry-run", "--json"])).Expect(0).Document;
        JsonContract.AssertIs("drill-courses", course);
        var steps = course.GetProperty("courses")[0].GetProperty("steps");
        Assert.Contains(steps.EnumerateArray(), s => s.GetProperty("name").GetString() == "Point the name there" && s.GetProperty("expectedSeconds").GetDouble() == 300);
        Assert.Contains("Point the name there  (network, 5m expected)", (await workspace.RunAsync([.. arguments, "--dry-run"])).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("--answers FILE", (await workspace.RunAsync(arguments)).Expect(64).Error, StringComparison.Ordinal);

        var lines = Enumerable.Range(0, steps.GetArrayLength()).SelectMany(i => (string[])[i == 1 ? "Anna: ! we restore" : "fine", ""]);
        await File.WriteAllLinesAsync(workspace.PathOf("said"), lines, Stop);
        var held = (await workspace.RunAsync([.. arguments, "--answers", "said", "--json"])).Expect(0).Document;
        JsonContract.AssertIs("drills", held);
        var drill = held.GetProperty("drills")[0];
        Assert.Equal("tabletop", drill.GetProperty("level").GetString());
        Assert.Equal("Anna", drill.GetProperty("notes")[1].GetProperty("who").GetString());
        Assert.Equal("decision", drill.GetProperty("notes")[1].GetProperty("kind").GetString());
        Assert.Contains("decision at \"The event\": Anna: we restore", (await workspace.RunAsync("drill", "show")).Expect(0).Out, StringComparison.Ordinal);
        await File.WriteAllLinesAsync(workspace.PathOf("said"), ["only this", ""], Stop);
        Assert.Contains("nobody said anything about it", (await workspace.RunAsync([.. arguments, "--answers", "said"])).Expect(1).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_runbook_is_told_without_PowerShell_and_not_held()
    {
        using var workspace = await Workspace.WithBackupAsync();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan, Stop);
        Assert.Contains("cannot be read", (await workspace.RunAsync("drill", "run", "ours")).Expect(64).Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(workspace.PathOf("ours.ps1"), "Invoke-DrRunbookStep 'Do it' -Role operator { 1 }", Stop);
        Assert.Contains("Do it  (operator)", (await workspace.RunAsync("drill", "run", "ours", "--dry-run")).Expect(0).Out, StringComparison.Ordinal);
        workspace.Environment["PATH"] = workspace.Folder;
        Assert.Contains("[ToolMissing]", (await workspace.RunAsync("drill", "run", "ours")).Expect(1).Error, StringComparison.Ordinal);
    }
}
