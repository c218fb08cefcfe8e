using System.Text.RegularExpressions;
using System.Xml.Linq;
using DrTools.Backup;
using DrTools.Demo;
using DrTools.Reports;
using DrTools.Sources;
using Xunit;

namespace DrTools.Tests.Reports;

public sealed partial class HtmlReportTests
{
    private const string Attack = "<script>alert('x')</script>\"><img src=http://evil.example/ onerror=1>&amp;\u202Egnp.exe\x1b[31m";

    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_pass_says_the_measured_figures_first()
    {
        var html = Write(Sample());

        Assert.Contains("<title>Passed: disaster recovery of 2026-11-21 03:00:00.0 UTC</title>", html, StringComparison.Ordinal);
        Assert.Contains("Recovered in 2.0 s. Lost: the last 4.0 s.", html, StringComparison.Ordinal);
        Assert.Contains("objective 60 s · met (3 %)", html, StringComparison.Ordinal);
        Assert.Contains("20261121T030001Z-00000001", html, StringComparison.Ordinal);
        Assert.DoesNotContain("FAILED", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dropped_table_has_a_section_of_its_own_and_words_fit_what_was_played()
    {
        Assert.DoesNotContain("The dropped table</h2>", Write(Sample()), StringComparison.Ordinal);
        var mistake = new DemoMistake { Table = Attack, Happened = Start.AddSeconds(3), Transaction = 921, Rows = 60_150 };
        var html = Write(Sample() with { Mistake = mistake, Narrative = new DemoNarrative { Subject = Attack, Loss = Attack, Proven = Attack } });
        Assert.Contains("It was not brought back.", html, StringComparison.Ordinal);
        Assert.Contains("with 60,150 rows at 03:00:03.0, by transaction 921", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("markers were written", html, StringComparison.Ordinal);

        html = Write(Sample() with { Mistake = mistake with { Target = "LSN 0/9021EF8", Search = TimeSpan.FromSeconds(2), Commits = 121, Probes = 14, Restored = Start.AddSeconds(5), RestoredRows = 60_150, Refused = 7 } });
        Assert.Contains("Back after 2.0 s, while everything else went on. 7 orders were refused meanwhile.", html, StringComparison.Ordinal);
        Assert.Contains("with 14 probes among 121 transactions in 2.0 s", html, StringComparison.Ordinal);
        Assert.Contains("Table back", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_is_named_at_the_top_and_in_its_row()
    {
        var html = Write(Sample() with
        {
            Recovered = null,
            MeasuredRto = null,
            Checks = [new DemoCheck(DemoStep.Compare, "Table orders", false, "5 rows instead of 6")],
        });

        Assert.Contains("<title>FAILED:", html, StringComparison.Ordinal);
        Assert.Contains("Not recovered: 1 check of 1 failed.", html, StringComparison.Ordinal);
        Assert.Contains("<strong>Table orders</strong> – 5 rows instead of 6", html, StringComparison.Ordinal);
        Assert.Contains("✗ FAILED", html, StringComparison.Ordinal);
        Assert.Contains("objective 60 s · not met", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_is_never_markup()
    {
        var sample = Sample();
        var html = Write(sample with
        {
            WorkFolder = Attack,
            Environment = sample.Environment with { Host = Attack, OperatingSystem = Attack, DatabaseEngine = Attack },
            Checks = [new DemoCheck(DemoStep.Compare, Attack, false, Attack)],
            Phases = [.. sample.Phases.Select(p => p with { Detail = Attack })],
            Losses = [.. sample.Losses.Select(l => l with { Source = "files:" + Attack, Examples = [Attack], Items = Attack })],
        });

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u202E', html);
        Assert.DoesNotContain('\x1b', html);
        Assert.Contains(@"\u202Egnp.exe\u001B[31m", html, StringComparison.Ordinal);
        Assert.Contains("&amp;amp;", html, StringComparison.Ordinal);
        ParseAsXml(html);
    }

    [Fact]
    public void Nothing_is_fetched_and_no_script_runs()
    {
        var html = Write(Sample());

        Assert.DoesNotMatch(Outside(), html);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.Contains("@media print", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_element_is_closed_and_every_figure_is_a_number()
    {
        var html = Write(Sample());

        ParseAsXml(html);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
    }

    [Fact]
    public void An_objective_near_the_recovery_is_drawn_beside_it()
    {
        Assert.Contains("class=\"limit\"", Write(Sample() with { Objectives = new DemoObjectives { Rto = TimeSpan.FromSeconds(3) } }), StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"limit\"", Write(Sample()), StringComparison.Ordinal);
    }

    [GeneratedRegex("""(<script|\son\w+=|(src|href)\s*=|@import|url\((?!#)|https?://)""", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();

    private static void ParseAsXml(string html)
    {
        var body = html[html.IndexOf("<body>", StringComparison.Ordinal)..(html.IndexOf("</body>", StringComparison.Ordinal) + 7)];
        _ = XDocument.Parse(body.Replace("<br>", "<br/>", StringComparison.Ordinal));
    }

    private static string Write(DemoResult result)
    {
        using var writer = new StringWriter();
        HtmlReport.Write(result, writer);
        return writer.ToString();
    }

    private static DemoResult Sample()
    {
        var disaster = Start.AddSeconds(6);
        var phases = Enum.GetValues<DemoStep>().Select(s => new DemoPhase
        {
            Step = s,
            Started = s < DemoStep.Disaster ? Start.AddSeconds((int)s * 0.5) : disaster.AddSeconds((s - DemoStep.Disaster) * 0.3),
            Duration = TimeSpan.FromSeconds(s < DemoStep.Disaster ? 0.5 : 0.3),
            Detail = "done",
        });
        var backup = new BackupInfo
        {
            Id = "20261121T030001Z-00000001",
            Source = "sqlite:/shop.db",
            Host = "vm",
            Type = BackupType.Full,
            Sequence = 1,
            FullId = "20261121T030001Z-00000001",
            Started = Start.AddSeconds(2),
            Finished = Start.AddSeconds(3),
            ToolVersion = "0.1.0",
            Facts = SourceFacts.None,
        };
        return new DemoResult
        {
            Started = Start,
            Finished = Start.AddSeconds(8),
            WorkFolder = "/tmp/work",
            Kept = false,
            ReportPath = "/tmp/work/report.html",
            Objectives = new DemoObjectives(),
            Environment = new DemoEnvironment
            {
                ToolVersion = "0.1.0",
                Runtime = ".NET 10",
                OperatingSystem = "Linux",
                Host = "vm",
                Processors = 2,
                DatabaseEngine = "SQLite",
                RepositoryId = Guid.Empty,
                RepositoryFormat = 1,
                KeyProtection = "passphrase",
                Seed = 1,
            },
            Data = new DemoData(3, 100, 4096, 1, 1, 1, 10),
            Backups = [backup],
            Phases = [.. phases],
            LastGood = backup.Started,
            Disaster = disaster,
            Recovered = disaster.AddSeconds(2),
            MeasuredRto = TimeSpan.FromSeconds(2),
            MeasuredRpo = TimeSpan.FromSeconds(4),
            Losses = [new DemoLoss { Source = "sqlite:/shop.db", Items = "marker rows", BackupId = backup.Id, LastGood = backup.Started, Span = TimeSpan.FromSeconds(4), Written = 2, Lost = 1 }],
            Checks = [new DemoCheck(DemoStep.Compare, "Table orders", true, "6 rows")],
        };
    }
}
