using System.Xml.Linq;
using DrTools.Cli.Tests;

namespace DrTools.Drills.Tests;

/// <summary>The command line, as a process.</summary>
public sealed class DrillCommandTests
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
        drills:
          lost-file: { scenario: file-deleted, services: files, rto: 1h, rpo: 1h }
          red: { scenario: ransomware-encrypted, services: files, rpo: 1s }
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_drill_is_told_held_listed_and_shown()
    {
        using var workspace = await Workspace.WithBackupAsync();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan, Stop);
        var course = (await workspace.RunAsync("drill", "run", "lost-file", "--dry-run", "--json")).Expect(0).Document;
        JsonContract.AssertIs("drill-courses", course);
        Assert.Contains("Nothing was done.", (await workspace.RunAsync("drill", "run", "lost-file", "--dry-run")).Expect(0).Out, StringComparison.Ordinal);
        JsonContract.AssertIs("drills", (await workspace.RunAsync("drill", "list", "--json")).Expect(0).Document);

        var held = (await workspace.RunAsync("drill", "run", "--service", "files", "--scenario", "file-deleted", "--junit", "drill.xml", "--json")).Expect(0).Document;
        JsonContract.AssertIs("drills", held);
        var drill = held.GetProperty("drills")[0];
        Assert.True(drill.GetProperty("passed").GetBoolean());
        Assert.True(drill.GetProperty("rtoSeconds").GetDouble() > 0);
        Assert.True(drill.GetProperty("losses")[0].GetProperty("lost").GetInt32() > 0);
        var suite = XDocument.Load(workspace.PathOf("drill.xml")).Root!.Element("testsuite")!;
        Assert.Equal(drill.GetProperty("checks").GetArrayLength(), suite.Elements("testcase").Count());
        Assert.Equal("0", suite.Attribute("failures")!.Value);

        var text = (await workspace.RunAsync("drill", "run", "red", "--junit", "red.xml")).Expect(1).Out;
        Assert.Contains("FAILED  ransomware-encrypted of files", text, StringComparison.Ordinal);
        Assert.Contains("✗ Recovery point objective", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 130, line));
        var red = XDocument.Load(workspace.PathOf("red.xml")).Root!;
        Assert.Equal("1", red.Attribute("failures")!.Value);
        Assert.Single(red.Descendants("failure"));

        var listed = (await workspace.RunAsync("drill", "list", "--json")).Expect(0).Document;
        Assert.Equal([true, false], listed.GetProperty("drills").EnumerateArray().Select(d => d.GetProperty("passed").GetBoolean()));
        Assert.Matches("files +file-deleted +passed", (await workspace.RunAsync("drill", "list")).Expect(0).Out);
        JsonContract.AssertIs("drill", (await workspace.RunAsync("drill", "show", drill.GetProperty("id").GetString()!, "--json")).Expect(0).Document);
        Assert.Contains("Fetch and restore", (await workspace.RunAsync("drill", "show")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("[DrillMissing]", (await workspace.RunAsync("drill", "show", "2001")).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_has_failed_is_an_action_until_a_drill_passes()
    {
        using var workspace = await Workspace.WithBackupAsync();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan, Stop);
        Assert.Contains("No drill has been held.", (await workspace.RunAsync("drill", "trend")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("There is nothing to do.", (await workspace.RunAsync("action", "list")).Expect(0).Out, StringComparison.Ordinal);
        (await workspace.RunAsync("drill", "run", "red")).Expect(1);
        (await workspace.RunAsync("drill", "run", "lost-file")).Expect(0);

        var trends = (await workspace.RunAsync("drill", "trend", "--json")).Expect(0).Document;
        JsonContract.AssertIs("trends", trends);
        Assert.Equal([0.5, 1, 0], trends.GetProperty("trends").EnumerateArray().Select(t => t.GetProperty("successRate").GetDouble()));
        var text = (await workspace.RunAsync("drill", "trend")).Expect(0).Out;
        Assert.Contains("files, all scenarios  2 drills", text, StringComparison.Ordinal);
        Assert.Matches(@"passed   50 %  .*1 in a row", text);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 130, line));
        Assert.Equal(1, (await workspace.RunAsync("drill", "trend", "--scenario", "file-deleted", "--days", "2", "--json")).Expect(0).Document.GetProperty("trends").GetArrayLength());

        var listed = (await workspace.RunAsync("action", "list", "--json")).Expect(0).Document;
        JsonContract.AssertIs("actions", listed);
        var objective = listed.GetProperty("actions").EnumerateArray().Single(a => a.GetProperty("title").GetString() == "Recovery point objective");
        var id = objective.GetProperty("id").GetString()!;
        var set = (await workspace.RunAsync("action", "set", id, "--owner", "Ann", "--due", "2020-12-31", "--status", "in-progress", "--json")).Expect(0).Document;
        JsonContract.AssertIs("action", set);
        Assert.Equal(("inProgress", "2020-12-31", true), (set.GetProperty("status").GetString(), set.GetProperty("dueOn").GetString(), set.GetProperty("overdue").GetBoolean()));
        JsonContract.AssertIs("action", (await workspace.RunAsync("action", "add", "files", "Buy a disk", "--problem", "It is full.", "--json")).Expect(0).Document);
        Assert.Matches($"{id} +files +in-progress +2020-12-31 +Ann +1  Recovery point objective", (await workspace.RunAsync("action", "list", "--overdue")).Expect(0).Out);
        Assert.Contains("Take backups more often", (await workspace.RunAsync("action", "list", id)).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("'tomorrow' is not a value of --due", (await workspace.RunAsync("action", "set", id, "--due", "tomorrow")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("Only a drill can close", (await workspace.RunAsync("action", "set", id, "--status", "closed")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("[ActionMissing]", (await workspace.RunAsync("action", "list", "zzz")).Expect(1).Error, StringComparison.Ordinal);
        foreach (var command in (string[])["action list", "action set", "action add", "drill trend"])
        {
            var help = (await workspace.RunAsync([.. command.Split(' '), "--help"])).Expect(0).Out;
            Assert.DoesNotMatch(@"(?m)^  --[a-z-]+( <[^>]+>)?\s*$", help);
            Assert.All(help.Split('\n'), line => Assert.True(line.Length <= 110, line));
        }
    }

    [Fact]
    public async Task What_a_killed_drill_left_is_removed_by_the_next_one()
    {
        using var workspace = await Workspace.WithBackupAsync();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan, Stop);
        var scratch = Directory.CreateDirectory(workspace.PathOf("scratch")).FullName;
        string[] arguments = ["drill", "run", "lost-file", "--scratch-dir", scratch];
        using (var drill = workspace.Start(arguments))
        {
            // It writes canaries for two seconds, with the stand-in in its folder.
            var patience = System.Diagnostics.Stopwatch.StartNew();
            while (!Directory.EnumerateDirectories(scratch, "stand-in", SearchOption.AllDirectories).Any(d => Directory.EnumerateFileSystemEntries(d).Any()))
            {
                Assert.False(drill.HasEnded, "The drill ended before it could be killed.");
                Assert.True(patience.Elapsed < TimeSpan.FromMinutes(1), "No stand-in was made.");
                await Task.Delay(5, Stop);
            }

            drill.Signal("KILL");
            await drill.EndAsync();
        }

        Assert.NotEmpty(Directory.EnumerateFileSystemEntries(scratch));
        (await workspace.RunAsync(arguments)).Expect(0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch));
    }

    [Fact]
    public async Task What_makes_no_sense_is_bad_usage()
    {
        using var workspace = await Workspace.WithBackupAsync();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan, Stop);
        Assert.Contains("one of the plan's drills: lost-file, red", (await workspace.RunAsync("drill", "run")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'file-deleted'?", (await workspace.RunAsync("drill", "run", "--service", "files", "--scenario", "file-delted")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("level full cannot be held", (await workspace.RunAsync("drill", "run", "red", "--level", "full")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("has a scenario of its own", (await workspace.RunAsync("drill", "run", "red", "--scenario", "site-lost")).Expect(64).Error, StringComparison.Ordinal);
        foreach (var command in (string[])["run", "list", "show"])
        {
            var help = (await workspace.RunAsync("drill", command, "--help")).Expect(0).Out;
            Assert.DoesNotMatch(@"(?m)^  --[a-z-]+( <[^>]+>)?\s*$", help);
            Assert.All(help.Split('\n'), line => Assert.True(line.Length <= 110, line));
        }
    }
}
