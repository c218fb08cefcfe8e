using System.Text.Json;
using System.Xml.Linq;
using DrTools.Reports.Evidence;
using DrTools.Repositories.Journal;

namespace DrTools.Reports.Tests;

/// <summary>Reports of a time: what is counted, what is found, and what is written.</summary>
public sealed class PeriodReportTests
{
    [Fact]
    public async Task A_month_counts_what_was_taken_failed_and_missed_and_says_what_to_do()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var report = await workspace.MakeAsync(ReportWorkspace.Month);
        var totals = report.Figures.Totals;
        Assert.Equal(ReportAudience.Management, report.Basis.Audience);
        Assert.Equal((29, 2, 1, 31), (totals.BackupsTaken, totals.BackupsMissed, totals.BackupsFailed, totals.BackupsDue));
        Assert.Equal(Math.Round(29.0 / 32, 4), totals.BackupSuccessRate);
        Assert.Equal((1, 1, 1, 0), (totals.DrillsPassed, totals.DrillsFailed, totals.RestoresSucceeded, totals.RestoresFailed));
        Assert.Equal(1, totals.VerificationsFailed);

        var source = Assert.Single(Assert.Single(report.Figures.Services).Sources);
        Assert.Equal(31, source.Slots.Count);
        Assert.Equal(new MissedBackups("incremental at 0 2 * * mon-sat", ReportWorkspace.October.AddDays(13).AddHours(2), 2, ReportWorkspace.October.AddDays(15).AddHours(2)), Assert.Single(source.Missed));
        Assert.Equal(TimeSpan.FromDays(3), source.LongestGap);
        Assert.Equal(ReportWorkspace.October.AddDays(17).AddSeconds(20), source.Proofs.Single(p => p.Kind == "restore").LastPassed);

        // 60 s before, 90 s now: half as long again.
        var incremental = source.Performance.Single(p => p.What == "incremental backup");
        Assert.Equal((60d, 90d, 0.5, (bool?)false), (incremental.Baseline!.Value, incremental.Now, incremental.Change!.Value, incremental.IsWithin));

        var problems = report.Figures.Findings.Select(f => $"{f.Severity}: {f.Problem}").ToList();
        Assert.Contains(problems, p => p.StartsWith("Warning: 2 backups of ", StringComparison.Ordinal) && p.Contains("were missed", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.StartsWith("Warning: 1 backup of ", StringComparison.Ordinal) && p.Contains("The disk <is> full", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.StartsWith("Warning: Up to 3 d 0 h of", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.StartsWith("Critical: A verification of", StringComparison.Ordinal) && p.Contains("2 frames of pack 17", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("The drill file-deleted of shop did not pass: Every file: a <file>", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("incremental backup of", StringComparison.OrdinalIgnoreCase) && p.Contains("+50 %", StringComparison.Ordinal));
        var trend = Assert.Single(report.Figures.Trends);
        Assert.Equal((3, 2, "✓✗✓", (TimeSpan?)TimeSpan.FromMinutes(9)), (trend.Drills, trend.Passed, trend.Outcomes, trend.MeanTimeToRecovery));
        Assert.All(report.Figures.Actions, a => Assert.Equal("20261013T000000Z-0000abcd", a.ClosedBy));
        Assert.NotEmpty(report.Figures.Actions);
        Assert.Equal(report.Figures.Findings.Select(f => f.Severity).Order(), report.Figures.Findings.Select(f => f.Severity));
        Assert.All(report.Figures.Findings, f => Assert.NotEmpty(f.Remedy));
    }

    [Fact]
    public async Task A_report_says_which_kept_backups_were_never_restored()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        await using (var repository = await workspace.OpenAsync())
        {
            string At(int day) => ReportWorkspace.Backup(ReportWorkspace.October.AddDays(day).AddHours(2), 0).BackupId!;
            var later = ReportWorkspace.October.AddDays(28);
            await ReportWorkspace.AppendAsync(repository, ReportWorkspace.Proof("verify", "Restore", later) with { BackupId = At(3) });
            await ReportWorkspace.AppendAsync(repository, ReportWorkspace.Proof("restore", null, later) with { BackupId = At(4) });

            // One file of it; one that failed; one that is gone.
            await ReportWorkspace.AppendAsync(repository, ReportWorkspace.Backup(later.AddHours(5), 1000) with { BackupId = "many", Entries = 10 });
            await ReportWorkspace.AppendAsync(repository, ReportWorkspace.Proof("restore", null, later.AddHours(6)) with { BackupId = "many", Entries = 1 });
            await ReportWorkspace.AppendAsync(repository, ReportWorkspace.Proof("verify", "Restore", later) with { BackupId = At(5), Outcome = RunOutcome.Failed });
            await ReportWorkspace.AppendAsync(repository, ReportWorkspace.Proof("expire", null, later) with { RemovedBackups = [At(-20)] });
        }

        var report = await workspace.MakeAsync(ReportWorkspace.Month);
        var kept = Assert.Single(Assert.Single(report.Figures.Services).Sources).Kept!;
        Assert.Equal((49, 2, 47, 20), (kept.Count, kept.Tested, kept.NeverTested, kept.Untested.Count));
        Assert.StartsWith("20260912", kept.Untested[0], StringComparison.Ordinal);
        var text = System.Text.Encoding.UTF8.GetString(ReportWriter.Bytes(report, ReportFormat.Markdown));
        Assert.Contains("47 kept backups of", text, StringComparison.Ordinal);
        Assert.Contains("and 27 later ones", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_day_is_for_operations_and_names_every_error()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var report = await workspace.MakeAsync(ReportPeriod.Day(new DateOnly(2026, 10, 21), TimeZoneInfo.Utc));
        Assert.Equal(ReportAudience.Operations, report.Basis.Audience);
        Assert.Equal(24, report.Figures.Services[0].Sources[0].Slots.Count);
        var failure = Assert.Single(report.Figures.Failures);
        Assert.Equal(("backup", "Failed", "shop"), (failure.Operation, failure.Outcome, failure.Service));

        var quiet = await workspace.MakeAsync(ReportPeriod.Day(new DateOnly(2026, 10, 19), TimeZoneInfo.Utc));
        Assert.DoesNotContain(quiet.Figures.Findings, f => f.Severity == FindingSeverity.Critical);
        Assert.Empty(quiet.Figures.Failures);

        var gap = await workspace.MakeAsync(ReportPeriod.Day(new DateOnly(2026, 10, 15), TimeZoneInfo.Utc));
        Assert.Contains(gap.Figures.Findings, f => f.Severity == FindingSeverity.Critical && f.Problem.Contains("none was taken since", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_yet_to_come_is_not_missed_and_a_report_of_it_is_refused()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();

        // Nothing was taken in November, and three nights have been.
        var report = await workspace.MakeAsync(ReportPeriod.Month(new DateOnly(2026, 11, 1), TimeZoneInfo.Utc));
        Assert.Equal(3, report.Figures.Totals.BackupsMissed);
        Assert.Equal(DrError.BadUsage, (await Assert.ThrowsAsync<DrException>(() => workspace.MakeAsync(ReportPeriod.Month(new DateOnly(2026, 12, 1), TimeZoneInfo.Utc)))).Error);
    }

    [Fact]
    public async Task A_source_without_backups_and_a_repository_that_is_gone_are_critical()
    {
        using var workspace = await ReportWorkspace.CreateAsync();
        var empty = await workspace.MakeAsync(ReportWorkspace.Month);
        Assert.Contains(empty.Figures.Findings, f => f.Severity == FindingSeverity.Critical && f.Problem.StartsWith("There is no backup of ", StringComparison.Ordinal));
        Assert.Null(empty.Figures.Totals.BackupSuccessRate);

        Directory.Move(workspace.PathOf("near"), workspace.PathOf("away"));
        var gone = await workspace.MakeAsync(ReportWorkspace.Month);
        Assert.Contains(gone.Figures.Findings, f => f.Severity == FindingSeverity.Critical && f.Problem.StartsWith("The repository near", StringComparison.Ordinal));
        Assert.DoesNotContain(gone.Figures.Findings, f => f.Problem.StartsWith("There is no backup", StringComparison.Ordinal));
        foreach (var format in (ReportFormat[])[ReportFormat.Html, ReportFormat.Markdown, ReportFormat.Json])
        {
            Assert.NotEmpty(ReportWriter.Bytes(gone, format));
        }
    }

    [Fact]
    public async Task Every_format_is_well_formed_and_no_name_is_markup()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        foreach (var report in (Report[])[await workspace.MakeAsync(ReportWorkspace.Month), await workspace.MakeAsync(ReportPeriod.Week(new DateOnly(2026, 10, 14), TimeZoneInfo.Utc)), await workspace.MakeDrillAsync("latest"), await workspace.MakeDrillAsync("20261006T000000Z")])
        {
            var html = await File.ReadAllTextAsync(workspace.Write(report, ReportFormat.Html), TestContext.Current.CancellationToken);
            var body = html[html.IndexOf("<body>", StringComparison.Ordinal)..(html.IndexOf("</body>", StringComparison.Ordinal) + 7)];
            var document = XDocument.Parse(body.Replace("<br>", "<br/>", StringComparison.Ordinal));
            Assert.DoesNotContain(document.Descendants(), e => e.Name.LocalName is "script" or "b" && e.Value.Contains("co", StringComparison.Ordinal) && e.Parent!.Name.LocalName == "code");
            Assert.Contains("files:/srv/shop &amp; &quot;co&quot; &lt;b&gt;", html, StringComparison.Ordinal);
            Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("http", body[..body.IndexOf("<template", StringComparison.Ordinal)], StringComparison.OrdinalIgnoreCase);
            Assert.True(document.Descendants("svg").Count() >= 2);
            Assert.Equal(document.Descendants("title").Select(t => t.Attribute("id")?.Value).OfType<string>().Distinct().Count(), document.Descendants("title").Count(t => t.Attribute("id") is not null));

            var markdown = await File.ReadAllTextAsync(workspace.Write(report, ReportFormat.Markdown), TestContext.Current.CancellationToken);
            Assert.StartsWith("# D", markdown, StringComparison.Ordinal);
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(workspace.Write(report, ReportFormat.Json), TestContext.Current.CancellationToken));
            Assert.Equal("drtools-report", json.RootElement.GetProperty("format").GetString());
        }
    }

    [Fact]
    public async Task Management_reads_services_first_and_operations_read_errors_first()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var management = System.Text.Encoding.UTF8.GetString(ReportWriter.Bytes(await workspace.MakeAsync(ReportWorkspace.Month), ReportFormat.Markdown));
        var operations = System.Text.Encoding.UTF8.GetString(ReportWriter.Bytes(await workspace.Engine.MakeAsync(new ReportRequest { Plan = workspace.Plan, Period = ReportWorkspace.Month, Audience = ReportAudience.Operations }, TestContext.Current.CancellationToken), ReportFormat.Markdown));
        string[] Sections(string markdown) => [.. markdown.Split('\n').Where(l => l.StartsWith("## ", StringComparison.Ordinal)).Select(l => l[3..])];
        Assert.Equal(["What to do", "Services", "Drills over time", "Drills of shop over time"], Sections(management)[..4]);
        Assert.DoesNotContain("Errors", Sections(management));
        Assert.Equal(["What to do", "Errors", "Backups"], Sections(operations)[..3]);
        Assert.Contains("Evidence", Sections(operations));
    }
}
