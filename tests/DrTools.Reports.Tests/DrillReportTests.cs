using System.Xml.Linq;

namespace DrTools.Reports.Tests;

/// <summary>Reports of one drill.</summary>
public sealed class DrillReportTests
{
    [Fact]
    public async Task A_drill_is_told_with_its_times_against_the_objectives_and_with_earlier_ones()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var report = await workspace.MakeDrillAsync("latest");
        Assert.Equal("20261013T000000Z-0000abcd", report.Basis.DrillId);
        Assert.Equal(3, report.Figures.DrillHistory.Count);
        var html = System.Text.Encoding.UTF8.GetString(ReportWriter.Bytes(report, ReportFormat.Html));
        Assert.Contains("Back in 7 min. Lost: the last 5 h 00 min.", html, StringComparison.Ordinal);
        Assert.Contains("objective 1 h 00 min · met", html, StringComparison.Ordinal);
        Assert.Contains("<h2>Compared with earlier drills</h2>", html, StringComparison.Ordinal);
        Assert.Contains("☐ yes", html, StringComparison.Ordinal);

        var failed = await workspace.MakeDrillAsync("20261006T000000Z");
        Assert.Equal(2, failed.Figures.DrillHistory.Count);
        Assert.Equal(FindingSeverity.Critical, failed.Figures.Findings[0].Severity);
        Assert.Contains("Not recovered: 2 of 3 checks in the way.", System.Text.Encoding.UTF8.GetString(ReportWriter.Bytes(failed, ReportFormat.Html)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NUnit_says_of_each_check_what_it_came_to()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var run = XDocument.Load(workspace.Write(await workspace.MakeDrillAsync("20261006T000000Z"), ReportFormat.Nunit)).Root!;
        Assert.Equal(("test-run", "Failed", "3", "0", "2", "1"), (run.Name.LocalName, Of(run, "result"), Of(run, "total"), Of(run, "passed"), Of(run, "failed"), Of(run, "skipped")));
        var cases = run.Descendants("test-case").ToList();
        Assert.Equal(["Failed", "Skipped", "Failed"], cases.Select(c => Of(c, "result")));
        Assert.Equal("a <file> & another differ", cases[0].Element("failure")!.Element("message")!.Value);
        Assert.Equal(@"no server \u001B[31m", cases[2].Element("failure")!.Element("message")!.Value);
        Assert.Equal("Error", Of(cases[2], "label"));

        var junit = XDocument.Load(workspace.Write(await workspace.MakeDrillAsync("latest"), ReportFormat.Junit)).Root!;
        Assert.Equal("0", Of(junit, "failures"));
        var month = await workspace.MakeAsync(ReportWorkspace.Month);
        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => ReportWriter.Bytes(month, ReportFormat.Nunit)).Error);
    }

    private static string? Of(XElement element, string attribute) => element.Attribute(attribute)?.Value;
}
