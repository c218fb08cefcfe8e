using System.Xml.Linq;
using DrTools.Cli.Tests;

namespace DrTools.Reports.Tests;

/// <summary>The command line, as a process, on real backups and a real drill.</summary>
public sealed class ReportCommandTests
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
              - { source: 'files:src', repositories: near, schedules: { type: incremental, every: 1h } }
        drills:
          lost-file: { scenario: file-deleted, services: files, rto: 1h, rpo: 1h }
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_drill_and_a_day_are_reported_and_both_are_proven_later()
    {
        using var workspace = await Workspace.WithBackupAsync();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan, Stop);
        (await workspace.RunAsync("drill", "run", "lost-file")).Expect(0);
        var day = (await workspace.RunAsync("report", "--since", "2026-01-01T00:00:00Z", "--output", "day.html", "--json")).Expect(0).Document;
        JsonContract.AssertIs("report", day);
        Assert.Equal((1, 1), (day.GetProperty("backupsTaken").GetInt32(), day.GetProperty("drillsPassed").GetInt32()));
        Assert.True(File.Exists(workspace.PathOf("day.html")));
        Assert.Contains("Back in ", await File.ReadAllTextAsync(workspace.PathOf("day.html"), Stop) + (await workspace.RunAsync("report", "--drill", "latest", "--output", "drill.html")).Expect(0).Out + await File.ReadAllTextAsync(workspace.PathOf("drill.html"), Stop), StringComparison.Ordinal);
        (await workspace.RunAsync("report", "--drill", "latest", "--output", "drill.xml", "--format", "nunit")).Expect(0);
        Assert.Equal("Passed", XDocument.Load(workspace.PathOf("drill.xml")).Root!.Attribute("result")!.Value);
        Assert.Contains("[FileExists]", (await workspace.RunAsync("report", "--drill", "latest", "--output", "drill.html")).Expect(1).Error, StringComparison.Ordinal);
        (await workspace.RunAsync("report", "--drill", "latest", "--output", "drill.html", "--force")).Expect(0);

        foreach (var file in (string[])["day.html", "drill.html"])
        {
            var proof = (await workspace.RunAsync("evidence", "test", file, "--json")).Expect(0).Document;
            JsonContract.AssertIs("evidence", proof);
            Assert.True(proof.GetProperty("passed").GetBoolean());
        }

        Assert.Contains("GENUINE", (await workspace.RunAsync("evidence", "test", "day.html", "--repo", "repo", "--passphrase-file", "pass")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("GENUINE", (await workspace.RunAsync("evidence", "test", "--repo", "repo", "--passphrase-file", "pass")).Expect(0).Out, StringComparison.Ordinal);

        var record = workspace.PathOf("repo/journal/0000000001");
        var bytes = await File.ReadAllBytesAsync(record, Stop);
        bytes[^1] ^= 1;
        File.SetAttributes(record, FileAttributes.Normal);
        await File.WriteAllBytesAsync(record, bytes, Stop);
        Assert.Contains("journal/0000000001", (await workspace.RunAsync("evidence", "test", "day.html")).Expect(20).Out, StringComparison.Ordinal);
        Assert.Contains("journal/0000000001", (await workspace.RunAsync("report", "--day", "today")).Expect(20).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_makes_no_sense_is_bad_usage()
    {
        using var workspace = await Workspace.WithBackupAsync();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan, Stop);
        Assert.Contains("what the report is to be about", (await workspace.RunAsync("report")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("several were named", (await workspace.RunAsync("report", "--day", "today", "--week", "this")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("'x' is not a day", (await workspace.RunAsync("report", "--day", "x")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("does not say what is to be written", (await workspace.RunAsync("report", "--day", "today", "--output", "x.txt")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("Only the report of a drill", (await workspace.RunAsync("report", "--day", "today", "--output", "x.xml", "--format", "junit")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("is yet to come", (await workspace.RunAsync("report", "--since", "2100-01-01T00:00:00Z", "--until", "2100-02-01T00:00:00Z")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("[DrillMissing]", (await workspace.RunAsync("report", "--drill", "latest")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("[ReportInvalid]", (await workspace.RunAsync("evidence", "test", "dr.yaml")).Expect(1).Error, StringComparison.Ordinal);
        foreach (var command in (string[][])[["report"], ["evidence", "test"]])
        {
            var help = (await workspace.RunAsync([.. command, "--help"])).Expect(0).Out;
            Assert.DoesNotMatch(@"(?m)^  --[a-z-]+( <[^>]+>)?\s*$", help);
            Assert.All(help.Split('\n'), line => Assert.True(line.Length <= 110, line));
        }
    }
}
