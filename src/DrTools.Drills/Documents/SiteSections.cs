using DrTools.Plans;
using DrTools.Reports.Pages;
using static DrTools.Documents.DocumentContext;

namespace DrTools.Documents;

/// <summary>The sites, failover and failback, and how the objectives are verified.</summary>
internal static class SiteSections
{
    public static SectionBlock Sites(DocumentContext c) => new(
        c.Say("Disaster recovery", "DR計画"),
        [.. Places(c), .. Failover(c), .. Failback(c), .. Verification(c)],
        IsLong: true);

    private static IEnumerable<PageBlock> Places(DocumentContext c)
    {
        var w = c.Words;
        yield return new HeadingBlock(c.Say("Sites", "DRサイト構成"));
        yield return c.Plan.Sites.Count == 0
            ? new ParagraphBlock(c.Say("The plan names no sites: what is lost with the only one cannot be said.", "計画にサイトの記載がない。サイト喪失時の影響を判断できない。"), PageTone.Warning)
            : new TableBlock(
                [new PageColumn(c.Say("Of", "項目")), .. c.Plan.Sites.Select(s => new PageColumn(c.Say($"{s.Name} ({w.Role(s.Role)})", $"{s.Name}（{w.Role(s.Role)}）")))],
                [
                    Line(c, c.Say("Region", "リージョン"), s => s.Region ?? w.None),
                    Line(c, c.Say("Law", "準拠法・データ主権"), s => s.Jurisdiction ?? w.NotSaid),
                    Line(c, c.Say("Configuration", "構成"), s => s.Configuration ?? w.NotSaid),
                    Line(c, c.Say("Services", "稼働サービス"), s => w.List(c.Plan.Services.Where(v => Is(v.Site, s)).Select(v => v.Name))),
                    Line(c, c.Say("Repositories", "リポジトリ"), s => w.List(c.Plan.Repositories.Where(r => Is(r.Place.Site, s)).Select(r => r.Name))),
                    Line(c, c.Say("Data comes by", "データ同期"), s => s.Role == SiteRole.Primary ? w.None : w.List(Incoming(c, s).Select(r => w.Method(r.Replication.Method) + (r.Replication.IsSynchronous ? c.Say(" (synchronous)", "（同期）") : string.Empty)).Concat(CopiesTo(c, s) ? [w.Method(ReplicationMethod.Copies)] : []).Distinct())),
                    Line(c, c.Say("Lag", "同期遅延"), s => s.Role == SiteRole.Primary ? w.None : Lag(c, s)),
                ]);
        if (Regions(c) is { } regions)
        {
            yield return regions;
        }

        yield return new HeadingBlock(c.Say("Diagram of the sites", "DR構成図"));
        yield return SiteDiagram.Of(c);
    }

    /// <summary>What the built-in table of regions knows of the sites' regions.</summary>
    private static TableBlock? Regions(DocumentContext c)
    {
        var table = RegionTable.Read(null);
        var known = c.Plan.Sites.Where(s => s.Region is not null && table.TryFind(s.Region) is not null).ToList();
        var pairs = known.SelectMany((a, i) => known.Skip(i + 1).Select(b => (A: a, B: b, From: table.Find(a.Region!), To: table.Find(b.Region!)))).Where(p => p.From != p.To).ToList();
        return pairs.Count == 0 ? null : new TableBlock(
            Columns(c.Say("Between", "サイト間"), c.Say("Distance", "距離"), c.Say("Latency (estimate)", "レイテンシ（推定）"), c.Say("Law", "準拠法")),
            [.. pairs.Select(p => Row($"{p.A.Name} – {p.B.Name}", $"{p.From.DistanceTo(p.To):0} km", c.Words.Duration(p.From.LatencyTo(p.To)), p.From.Jurisdiction == p.To.Jurisdiction ? p.From.Jurisdiction : $"{p.From.Jurisdiction} / {p.To.Jurisdiction}"))]);
    }

    private static IEnumerable<PageBlock> Failover(DocumentContext c)
    {
        var w = c.Words;
        yield return new HeadingBlock(c.Say("Failover: criteria", "フェイルオーバーの判定基準"));
        yield return Table(
            Columns(c.Say("!Service", "!サービス"), c.Say("Condition", "条件"), c.Say("Decision", "判定")),
            c.Plan.Services.SelectMany(s => s.FailoverCriteria.Select(f => Row(s.Name, f, c.Say("fail over", "フェイルオーバー実施")))),
            c.Say("The plan names no criteria: who decides, and when, is open.", "計画に判定基準の記載がない。判定者と条件を定める必要がある。"));
        foreach (var service in c.Plan.InOrderOfRecovery().Where(s => s.Failover.Count > 0))
        {
            yield return new HeadingBlock(c.Say($"Failover of {service.Name}: steps", $"フェイルオーバー手順：{service.Name}"));
            yield return new TableBlock(
                Columns(c.Say("!Step", "!手順"), c.Say("What", "作業"), c.Say("Who", "担当"), c.Say("How", "実行内容"), c.Say("Before and after", "前提条件と確認"), c.Say("!Expected", "!目標時間")),
                [.. service.Failover.Select((s, i) => Row(Wording.Number(i + 1), s.Name, s.Role ?? w.NotSaid, How(c, s), BeforeAndAfter(c, s), s.Expected is null ? w.NotSaid : w.Span(s.Expected)))]);
        }

        var without = c.Plan.Services.Where(s => s.Failover.Count == 0).Select(s => s.Name).ToList();
        if (without.Count > 0)
        {
            yield return new ParagraphBlock(c.Say($"No failover steps are written for: {w.List(without)}. They are restored from backups.", $"次のサービスにはフェイルオーバー手順の記載がない：{w.List(without)}。バックアップからリストアする。"), PageTone.Soft);
        }

        yield return new HeadingBlock(c.Say("Confirmed after a failover", "フェイルオーバー時の確認"));
        yield return Checks(
        [
            c.Say("The names lead to the DR site", "DNS 切り替え完了") + Names(c),
            c.Say("The services work at the DR site", "DRサイトでのサービス正常稼働"),
            c.Say("The last moment that was synchronised is known, and with it what was lost", "データ同期の最終時点確認（データ損失の特定）"),
            c.Say("The users have been told", "ユーザーへのステータス通知"),
            c.Say("The old primary cannot be written to any more", "旧プライマリへの書き込み停止（フェンシング）"),
        ]);
    }

    private static IEnumerable<PageBlock> Failback(DocumentContext c)
    {
        var w = c.Words;
        yield return new HeadingBlock(c.Say("Failback", "フェイルバック手順"));
        yield return new ParagraphBlock(c.Say("Preconditions", "前提条件"));
        yield return Checks(c.Say("The primary site is back", "プライマリサイトの復旧完了"), c.Say("The data has been synchronised back", "データの再同期完了"), c.Say("Its backups are taken again and have been verified", "バックアップの再開と検証の完了"));
        yield return new ParagraphBlock(c.Say("Steps", "手順"));
        yield return new ListBlock(
            [
                c.Say("See that the primary site is healthy.", "プライマリサイトの正常性を確認する。"),
                c.Say("Synchronise the data back: set up replication in the other direction, or restore the newest backup of the DR site.", "データを再同期する（逆方向のレプリケーション、またはDRサイトの最新バックアップのリストア）。"),
                c.Say("Switch the names back.", "DNS を切り戻す。"),
                c.Say("Scale the DR site down, and set up replication to it again.", "DRサイトをスケールダウンし、DRサイトへのレプリケーションを再構成する。"),
            ],
            IsNumbered: true);
        yield return Table(
            Columns(c.Say("!Service", "!サービス"), c.Say("Step to take back", "取り消す手順"), c.Say("Command", "コマンド")),
            c.Plan.Services.SelectMany(s => s.Failover.Reverse().Where(f => f.Undo is not null).Select(f => Row(s.Name, f.Name, PageCell.Code(f.Undo!)))),
            c.Say("No failover step says how it is taken back ('undo').", "フェイルオーバー手順に取り消し方法（undo）の記載がない。"));
    }

    private static IEnumerable<PageBlock> Verification(DocumentContext c)
    {
        var w = c.Words;
        yield return new HeadingBlock(c.Say("How RTO and RPO are verified", "RPO/RTOの検証方法"));
        yield return Table(
            Columns(c.Say("!Service", "!サービス"), c.Say("!Objective", "!指標"), c.Say("Verified by", "検証方法"), c.Say("!To be met", "!目標値"), c.Say("When", "計測タイミング"), c.Say("!Last measured", "!直近の実測値")),
            c.Plan.Services.SelectMany(s =>
            {
                var drills = c.Plan.Drills.Where(d => d.Services.Contains(s.Name, StringComparer.OrdinalIgnoreCase)).ToList();
                var held = c.State.Drills.Where(d => string.Equals(d.Service, s.Name, StringComparison.OrdinalIgnoreCase)).ToList();
                var when = drills.Count == 0 ? c.Say("no drill is planned", "訓練計画なし") : w.List(drills.Select(d => $"{d.Name}{(d.Every is { } every ? c.Say($" (every {w.Span(every)})", $"（{w.Span(every)}ごと）") : string.Empty)}"));
                var measured = c.State.Objectives.FirstOrDefault(o => o.Service == s.Name);
                return new[]
                {
                    Row(s.Name, "RTO", c.Say("measured in drills", "訓練での実測"), w.Span(s.Objectives.Rto), when, Last(c, held.LastOrDefault(d => d.MeasuredRto is not null) is { } r ? (r.MeasuredRto!.Value, r.Started) : null, s.Objectives.Rto)),
                    Row(string.Empty, "RPO", c.Say("age of the newest restorable moment, and canaries in drills", "復旧可能な最新時点の監視と、訓練での実測"), w.Span(s.Objectives.Rpo), c.Say("whenever asked (drtools objectives)", "随時（drtools objectives）"), Last(c, measured is { Lost: { } lost } ? (lost, measured.Measured) : held.LastOrDefault(d => d.MeasuredRpo is not null) is { } p ? (p.MeasuredRpo!.Value, p.Started) : null, s.Objectives.Rpo)),
                };
            }),
            w.None);
    }

    private static PageCell Last(DocumentContext c, (TimeSpan Time, DateTimeOffset When)? last, TimeSpan objective) => last is { } known
        ? new PageCell(c.Words.Duration(known.Time), known.Time <= objective ? PageTone.Good : PageTone.Bad, Second: c.Words.Day(known.When))
        : new PageCell(c.State.WasAsked ? c.Words.NeverMeasured : c.Say("not asked", "未確認"), PageTone.Warning);

    private static PageCell How(DocumentContext c, FailoverStep step) => (step.Command, step.Instructions) switch
    {
        ({ } command, var instructions) => PageCell.Code(command, instructions),
        (null, { } instructions) => instructions,
        _ => c.Words.NotSaid,
    };

    private static PageCell BeforeAndAfter(DocumentContext c, FailoverStep step)
    {
        List<string> lines = [];
        if (step.Precondition is { } before)
        {
            lines.Add(c.Say("before: ", "前提：") + before);
        }

        if (step.Check is { } after)
        {
            lines.Add(c.Say("after: ", "確認：") + after);
        }

        return lines.Count == 0 ? c.Words.NotSaid : new PageCell(lines[0], IsCode: true, Second: lines.Count > 1 ? lines[1] : null);
    }

    private static string Names(DocumentContext c)
    {
        var names = c.Plan.Services.SelectMany(s => s.Checks.Names).Select(n => n.Name).Distinct().ToList();
        return names.Count == 0 ? string.Empty : c.Say($" ({c.Words.List(names)})", $"（{c.Words.List(names)}）");
    }

    private static string Lag(DocumentContext c, PlannedSite site)
    {
        var planned = Incoming(c, site).Where(r => r.Replication.MaximumLag is not null).Select(r => c.Say($"{r.Service.Name}: at most {c.Words.Span(r.Replication.MaximumLag)} by the plan, not measured", $"{r.Service.Name}：計画上は最大{c.Words.Span(r.Replication.MaximumLag)}（未計測）"));
        var copies = c.Plan.Services.Where(s => s.Sources.Any(o => o.Repositories.Any(r => Is(c.Plan.Repository(r).Place.Site, site))))
            .Select(s => c.State.Objectives.FirstOrDefault(o => o.Service == s.Name)).Where(o => o?.LostWithSite is not null)
            .Select(o => c.Say($"{o!.Service}: backups at most {c.Words.Duration(o.LostWithSite)} behind, measured", $"{o.Service}：バックアップは最大{c.Words.Duration(o.LostWithSite)}遅れ（実測）"));
        return c.Words.List(planned.Concat(copies));
    }

    private static IEnumerable<(PlannedService Service, PlannedReplication Replication)> Incoming(DocumentContext c, PlannedSite site) =>
        c.Plan.Services.SelectMany(s => s.Replication.Where(r => Is(r.To, site)).Select(r => (s, r)));

    private static bool CopiesTo(DocumentContext c, PlannedSite site) => c.Sources.Any(s => s.Source.Repositories.Skip(1).Any(r => Is(c.Plan.Repository(r).Place.Site, site)));

    private static PageRow Line(DocumentContext c, string name, Func<PlannedSite, string> of) => new([name, .. c.Plan.Sites.Select(s => new PageCell(of(s)))]);

    private static bool Is(string? name, PlannedSite site) => string.Equals(name, site.Name, StringComparison.OrdinalIgnoreCase);
}
