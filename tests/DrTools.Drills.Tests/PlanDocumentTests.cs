using System.Text;
using System.Text.RegularExpressions;
using DrTools.Backup;
using DrTools.Documents;
using DrTools.Drills.Actions;
using DrTools.Drills.History;
using DrTools.Plans;
using DrTools.Sources;

namespace DrTools.Drills.Tests;

/// <summary>The plan as a document, of real plans and real repositories.</summary>
public sealed partial class PlanDocumentTests
{
    private const string Least = """
        version: 1
        name: Least
        services:
          shop:
            tier: critical
        """;

    /// <summary>A heading for each of P1 to P16, in both languages.</summary>
    private static readonly (string Item, string English, string Japanese)[] Headings =
    [
        ("P1", "1. Backup and DR policy", "1. バックアップ/DR方針"),
        ("P1", "Non-functional requirements", "関連NFR（非機能要件）"),
        ("P1", "Regulations", "規制要件"),
        ("P2", "2. RTO and RPO", "2. RTO/RPO定義"),
        ("P2", "RTO and RPO by service and data", "サービス/データ別 RTO/RPO"),
        ("P3", "3. Backup procedures", "3. バックアップ手順"),
        ("P3", "Automatic backups", "自動バックアップ設定"),
        ("P4", "Backups by hand", "手動バックアップ"),
        ("P4", "When to take one", "実行が必要なケース"),
        ("P5", "Verification of backups", "バックアップ検証方法"),
        ("P6", "4. Restore procedures", "4. リストア手順"),
        ("P6", "Full restore", "フルリストア"),
        ("P7", "Point-in-time recovery (PITR)", "ポイントインタイムリカバリ（PITR）"),
        ("P8", "Restore of a part", "部分リストア"),
        ("P9", "Checks after a restore", "リストア検証チェックリスト"),
        ("P10", "5. Disaster recovery", "5. DR計画"),
        ("P10", "Sites", "DRサイト構成"),
        ("P10", "Diagram of the sites", "DR構成図"),
        ("P11", "Failover: criteria", "フェイルオーバーの判定基準"),
        ("P11", "Confirmed after a failover", "フェイルオーバー時の確認"),
        ("P12", "Failback", "フェイルバック手順"),
        ("P13", "How RTO and RPO are verified", "RPO/RTOの検証方法"),
        ("P14", "6. DR drills", "6. DR訓練計画"),
        ("P14", "Scenarios", "訓練シナリオ"),
        ("P14", "How results are judged", "結果評価基準"),
        ("P14", "Improvement actions", "改善アクション管理"),
        ("P15", "7. Costs", "7. コスト見積もり"),
        ("P16", "8. Plan and reality", "8. 計画と現状の差異"),
        ("P16", "10. History", "10. 変更履歴"),
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The example of docs/plans.md, whose repositories lie in folders that are not there.</summary>
    private static string Example { get; } = Yaml().Match(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "plans.md"))).Groups[1].Value
        .Replace("s3://shop-backup/dr?region=eu-central-1", "offsite", StringComparison.Ordinal).Replace("    kmsKey: alias/shop-backup\n", string.Empty, StringComparison.Ordinal);

    public static TheoryData<bool, DocumentLanguage, bool> Documents => new(
        from isExample in new[] { true, false }
        from language in Enum.GetValues<DocumentLanguage>()
        from asked in new[] { true, false }
        select (isExample, language, asked));

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Every_requirement_has_its_section_with_something_in_it(bool isExample, DocumentLanguage language, bool asked)
    {
        var plan = Load(isExample ? Example : Least);
        var document = new PlanDocument(plan, asked ? await AskAsync(plan) : new PlanDocumentCollector(new PlanSecrets()).Nothing(), language);
        var (markdown, html) = (document.ToText(DocumentFormat.Markdown), document.ToText(DocumentFormat.Html));
        var sections = Sections(markdown);
        foreach (var (item, english, japanese) in Headings)
        {
            var heading = language == DocumentLanguage.En ? english : japanese;
            Assert.True(sections.TryGetValue(heading, out var body), $"{item}: no section '{heading}'.");
            Assert.True(char.IsDigit(heading[0]) || body!.Trim().Length > 5, $"{item}: nothing in '{heading}'.");
            Assert.Contains($">{Escaped(heading)}</h", html, StringComparison.Ordinal);
        }

        Assert.Contains($"<html lang=\"{(language == DocumentLanguage.En ? "en" : "ja")}\"", html, StringComparison.Ordinal);
        Assert.Equal(1, markdown.Split("```mermaid\n").Length - 1);
        Assert.Contains("role=\"img\"", html, StringComparison.Ordinal);
        AssertNeedsNothingElse(html);
    }

    [Fact]
    public void Both_languages_say_the_same_in_the_same_places()
    {
        var plan = Load(Example);
        var state = new PlanDocumentCollector(new PlanSecrets()).Nothing();
        var english = new PlanDocument(plan, state, DocumentLanguage.En).ToText(DocumentFormat.Markdown);
        var japanese = new PlanDocument(plan, state, DocumentLanguage.Ja).ToText(DocumentFormat.Markdown);
        Assert.Equal(Shape(english), Shape(japanese));

        // Every heading and every title of a column is Japanese, but for the names that are the same everywhere.
        var fixedTexts = japanese.Split('\n').Where(l => l.StartsWith('#')).Concat(japanese.Split('\n').Zip(japanese.Split('\n').Skip(1)).Where(p => p.Second.StartsWith("| ---", StringComparison.Ordinal) || p.Second.StartsWith("|---", StringComparison.Ordinal)).SelectMany(p => p.First.Trim('|').Split('|')));
        Assert.DoesNotContain(fixedTexts, t => !Japanese().IsMatch(t) && t.Trim(' ', '#') is not ("" or "ID" or "RTO" or "RPO" or "PowerShell" or "ROI"));
        Assert.Contains("フル：毎週日曜日 02:00／増分：月曜日〜土曜日 02:00", japanese, StringComparison.Ordinal);
        Assert.Contains("full: every Sunday at 02:00; incremental: Monday to Saturday at 02:00", english, StringComparison.Ordinal);
        Assert.Contains("増分：10分ごと", japanese, StringComparison.Ordinal);
        Assert.Contains("日次30世代；フル：週次12世代・月次84世代；年次10世代（ログ：直近14日の任意時点）", japanese, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_plan_says_is_in_the_document()
    {
        var plan = Load(Example);
        var text = new PlanDocument(plan, new PlanDocumentCollector(new PlanSecrets()).Nothing(), DocumentLanguage.En).ToText(DocumentFormat.Markdown);
        foreach (var said in (string[])
        [
            "A backup counts when it has been restored.", "Backups are encrypted before they leave the host.", "Yearly backups in a locked bucket.", "10 y", "shop@example.org",
            "passphrase (file:/etc/drtools/local.pass)", "3-2-1", "drtools backup --service shop --reason", "drtools drill run monthly-restore",
            "drtools restore latest --service shop --source postgresql://db1:5432 --target-time", "restore-table SCHEMA.TABLE", "https://shop.example.org/health answers with status 200",
            "Two hosts, one database server.", "shop: at most 1 min by the plan, not measured", "The site is unreachable for 15 minutes, from two other networks.",
            "systemctl stop postgresql@15-main", "Point shop.example.org to the secondary site.", "The runbook was followed without a question.", "RTO 30 min, RPO 15 min", "every 90 d",
            "0.0125 EUR a GB and month", "2026-11-21", "First version.",
        ])
        {
            Assert.Contains(said, text.Replace("\\_", "_", StringComparison.Ordinal).Replace("\\-", "-", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reality_stands_beside_the_plan_and_drift_is_marked()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeFiles();
        await using var near = await workspace.CreateAsync("near", "here");
        var source = "files:" + workspace.PathOf("data");
        await new BackupEngine(near).RunAsync(SourceRegistry.Parse(source), new BackupOptions(), null, Stop);
        var plan = LoadIn(workspace, $$"""
            version: 1
            name: Drift
            timezone: Asia/Tokyo
            sites: { here: { role: primary }, there: { role: vault } }
            repositories:
              near: { location: near, medium: disk, site: here, passphrase: 'file:pass', storageClass: disk }
              far: { location: far, site: there, passphrase: 'file:pass' }
            copies: { rule: 3-2-1 }
            services:
              files:
                tier: low
                sources: { source: 'files:data', repositories: [near, far], schedules: { type: incremental, every: 1h } }
            drills:
              lost: { scenario: file-deleted, services: files, every: 1d }
            costs: { currency: JPY, storage: { disk: 3 } }
            """);
        await new DrillHistory(near).KeepAsync(Held(plan, passed: false, DateTimeOffset.UtcNow.AddDays(-2)), Stop);
        await new DrillHistory(near).KeepAsync(Held(plan, passed: true, DateTimeOffset.UtcNow.AddDays(-1.5)), Stop);
        await new PlanActions(new PlanSecrets()).AddAsync(plan, "files", new ActionChange { Title = "Write a runbook", Owner = "Ops", Due = new DateOnly(2020, 1, 31) }, Stop);
        var state = await new PlanDocumentCollector(new PlanSecrets(), new LaterClock(TimeSpan.FromHours(30))).AskAsync(plan, Stop);
        Assert.Contains(state.NotAsked, n => n.StartsWith("far: There is no repository at", StringComparison.Ordinal));
        var document = new PlanDocument(plan, state, DocumentLanguage.Ja);
        var text = document.ToText(DocumentFormat.Markdown);
        var sections = Sections(text);
        Assert.Contains("✗ 差異あり", sections["自動バックアップ設定"], StringComparison.Ordinal);
        Assert.Matches("最新のバックアップは1日6時間前のものであるが、スケジュールでは1時間ごとに取得することになっている。", sections["8. 計画と現状の差異"]);
        Assert.Contains("リポジトリ far を利用できないため、バックアップの有無は不明である。", sections["8. 計画と現状の差異"], StringComparison.Ordinal);
        Assert.Contains("far: There is no repository at", sections["確認できなかったもの"].Replace("\\", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("合格", sections["訓練の実施結果"], StringComparison.Ordinal);
        Assert.Contains("期限超過", sections["訓練頻度"], StringComparison.Ordinal);
        Assert.Matches("Write a runbook.*Ops.*2020年1月31日\\*\\*<br>期限超過.*未着手", sections["改善アクション管理"]);
        Assert.Contains("その後の訓練で確認済み", sections["改善アクション管理"], StringComparison.Ordinal);
        Assert.Contains("最大1日6時間", sections["現状の実測値"], StringComparison.Ordinal);
        Assert.Contains("ファイルバックアップ", sections["バックアップコスト"], StringComparison.Ordinal);
        Assert.Contains("合計に含まれていない", sections["合計"], StringComparison.Ordinal);
        var backup = Assert.Single(state.Newest, n => n.Backup is not null).Backup!;
        Assert.Contains(backup.Id, sections["最新のバックアップ"].Replace("\\", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        AssertNeedsNothingElse(document.ToText(DocumentFormat.Html));

        // What the test of a plan finds here is all said in Japanese; only what stores say is not.
        var phrases = new FindingPhrases(DocumentLanguage.Ja);
        Assert.All(state.Findings.Where(f => f.Severity is PlanFindingSeverity.Error or PlanFindingSeverity.Warning or PlanFindingSeverity.NotChecked), f =>
        {
            Assert.Matches(Japanese(), phrases.Message(f));
            Assert.Matches(Japanese(), phrases.Check(f));

            // A remedy of a store's own error is the store's.
            Assert.True(f.Check == "opens" || Japanese().IsMatch(phrases.Remedy(f)!), f.Remedy);
        });
    }

    [Theory]
    [InlineData("The RPO of 15m cannot be reached: backups are up to 1d12h apart and take 2 min 05 s, so that up to 1 d 12 h would be lost.", "RPO 15分を達成できない。バックアップの間隔が最大1日12時間、取得に2分05秒かかるため、最大1日12時間のデータを失う。")]
    [InlineData("gobd demands backups of 3650d, and the rules keep them for 30d at the most.", "gobd は3650日のバックアップ保持を求めているが、保持ルールでは最長30日しか保持されない。")]
    [InlineData("There is no backup of it (db1) in far.", "ホスト db1 の対象のバックアップが far に存在しない。")]
    [InlineData("3-2-1 is not met: 1 copy: there are 2 with the production data, and 3 are wanted.", "3-2-1 ルールを満たしていない。本番データを含めて 2 部しかなく、3 部必要である。")]
    [InlineData("3-2-1 is not met: 1 copy at another site: 0 are known to be elsewhere than here.", "3-2-1 ルールを満たしていない。here 以外のサイトにあると確認できるコピーは 0 部で、あと 1 部必要である。")]
    [InlineData("Permission denied by the moon.", "Permission denied by the moon.")]
    public void Findings_are_said_in_Japanese_where_they_are_known(string english, string japanese) =>
        Assert.Equal(japanese, new FindingPhrases(DocumentLanguage.Ja).Message(new PlanFinding(PlanFindingSeverity.Error, null, "x", "y", english, null, 1)));

    [Fact]
    public void What_people_wrote_is_never_markup()
    {
        const string Evil = "<script>alert(1)</script> ``` | \\\" #1; --> </template><img src=x onerror=y>";
        var plan = Load(Example);
        plan = plan with
        {
            Name = Evil,
            Policy = new PlannedPolicy { Principles = [Evil], Requirements = [Evil] },
            Sites = [.. plan.Sites.Select(s => s with { Configuration = Evil, Region = Evil })],
            Changes = [new PlanChange(new DateOnly(2026, 1, 1), Evil, Evil)],
            Services = [.. plan.Services.Select(s => s with { Description = Evil, FailoverCriteria = [Evil], Failover = [.. s.Failover.Select(f => f with { Name = Evil, Command = Evil })] })],
        };
        var document = new PlanDocument(plan, new PlanDocumentCollector(new PlanSecrets()).Nothing(), DocumentLanguage.Ja);
        var html = document.ToText(DocumentFormat.Html);
        AssertNeedsNothingElse(html);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.Single(Regex.Matches(html, "</template>"));
        var markdown = document.ToText(DocumentFormat.Markdown);
        var visible = Regex.Replace(markdown, "(?<!`)(`+)(?!`)[^\n]*?(?<!`)\\1(?!`)", string.Empty);
        Assert.DoesNotContain("<script", visible, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", visible, StringComparison.OrdinalIgnoreCase);
        var diagram = markdown.Split("```mermaid\n")[1].Split("\n```")[0];
        Assert.StartsWith("graph TB\n", diagram, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", diagram, StringComparison.Ordinal);
        Assert.All(diagram.Split('\n').Where(l => l.Contains('"', StringComparison.Ordinal)), l => Assert.Equal(2, l.Count(c => c == '"')));
    }

    [Fact]
    public async Task A_later_document_tells_what_has_changed_whatever_the_language_and_format()
    {
        using var workspace = new DrillWorkspace();
        var nothing = new PlanDocumentCollector(new PlanSecrets()).Nothing();
        var first = new PlanDocument(Load(Example), nothing, DocumentLanguage.Ja);
        foreach (var (format, name) in new[] { (DocumentFormat.Html, "a.html"), (DocumentFormat.Markdown, "a.md") })
        {
            Assert.Null(first.Write(workspace.PathOf(name), format, force: false).Changes);
            var changed = Load(Example.Replace("rto: 1h\n", "rto: 45m\n", StringComparison.Ordinal).Replace("  monthly-restore:", "  weekly-restore:", StringComparison.Ordinal));
            var second = new PlanDocument(changed, nothing, DocumentLanguage.En).Since(workspace.PathOf(name));
            var written = second.Write(workspace.PathOf("b-" + name), DocumentFormat.Markdown, force: false);
            Assert.Equal(3, written.Changes);
            var history = Sections(await File.ReadAllTextAsync(written.Path, Stop)).Single(s => s.Key.StartsWith("Since the document of", StringComparison.Ordinal)).Value;
            Assert.Matches(@"`services\.shop\.rto` \| 1h \| 45m", history);
            Assert.Matches(@"`drills\.monthly-restore` \| .+ \| \(is gone\)", history);
            Assert.Matches(@"`drills\.weekly-restore` \| \(was not there\) \| ", history);
            Assert.Contains("Nothing of the plan has changed.", new PlanDocument(changed, nothing, DocumentLanguage.En).Since(written.Path).ToText(DocumentFormat.Markdown), StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(workspace.PathOf("other.md"), "# Something else", Stop);
        Assert.Contains("is no document of a plan", Assert.Throws<DrException>(() => first.Since(workspace.PathOf("other.md"))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<DrException>(() => first.Since(workspace.PathOf("none.md"))).Message, StringComparison.Ordinal);
    }

    /// <summary>The document of the example, from the plan alone.</summary>
    internal static PlanDocument OfTheExample(DocumentLanguage language) => new(Load(Example), new PlanDocumentCollector(new PlanSecrets()).Nothing(), language);

    private static void AssertNeedsNothingElse(string html)
    {
        Assert.DoesNotMatch("(?i)<(script|link|iframe|object|embed|img)\\b", html);
        Assert.DoesNotMatch("(?i)\\s(src|href|on[a-z]+)\\s*=\\s*[\"']", html);
        Assert.DoesNotMatch("(?i)url\\((?!#)", html);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
    }

    /// <summary>The headings with what stands below each, up to the next.</summary>
    private static Dictionary<string, string> Sections(string markdown)
    {
        var sections = new Dictionary<string, string>(StringComparer.Ordinal);
        var (heading, body) = (string.Empty, new StringBuilder());
        foreach (var line in markdown.Split('\n').Append("# end"))
        {
            if (!line.StartsWith('#'))
            {
                body.Append(line).Append('\n');
                continue;
            }

            sections.TryAdd(heading, body.ToString());
            (heading, body) = (line.TrimStart('#').Trim().Replace("\\", string.Empty, StringComparison.Ordinal), new StringBuilder());
        }

        return sections;
    }

    /// <summary>What kind of line follows what kind of line.</summary>
    private static string Shape(string markdown) => string.Join('\n', markdown.Split('\n').Select(l => l.StartsWith('|') ? $"| {Regex.Count(l, @"(?<!\\)\|")}" : l.Length == 0 ? string.Empty : l[0] is '#' or '-' or '>' ? l.Split(' ')[0] : "text"));

    private static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal);

    [System.Runtime.CompilerServices.ModuleInitializer]
    internal static void Register() => PostgreSql.PostgreSqlProvider.Register();

    private static RecoveryPlan Load(string text) => PlanLoader.Read("/plans/dr.yaml", Encoding.UTF8.GetBytes(text)).Require();

    private static RecoveryPlan LoadIn(DrillWorkspace workspace, string text) => PlanLoader.Read(workspace.PathOf("dr.yaml"), Encoding.UTF8.GetBytes(text)).Require();

    private static async Task<PlanDocumentState> AskAsync(RecoveryPlan plan) => await new PlanDocumentCollector(new PlanSecrets()).AskAsync(plan, Stop);

    private static DrillResult Held(RecoveryPlan plan, bool passed, DateTimeOffset at) => new()
    {
        Id = $"{at:yyyyMMdd'T'HHmmss'Z'}-{(passed ? "11111111" : "00000000")}",
        Plan = plan.Name,
        Service = "files",
        Drill = "lost",
        Scenario = DrillScenario.FileDeleted,
        Level = DrillLevel.Partial,
        Started = at,
        Finished = at.AddMinutes(3),
        User = "tester",
        Host = Environment.MachineName,
        ToolVersion = "test",
        Objectives = plan.Services[0].Objectives,
        MeasuredRto = TimeSpan.FromMinutes(2),
        MeasuredRpo = TimeSpan.FromSeconds(4),
        Checks = [new DrillCheck { Kind = DrillCheckKind.Recovered, Name = "back", Outcome = passed ? DrillOutcome.Passed : DrillOutcome.Failed, Detail = "as it was" }],
        Findings = passed ? [] : [new DrillFinding(null, "The folder was not empty.", "Empty it first.")],
    };

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();

    [GeneratedRegex(@"[\p{IsHiragana}\p{IsKatakana}\p{IsCJKUnifiedIdeographs}]")]
    private static partial Regex Japanese();

    private sealed class LaterClock(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + later;
    }
}
