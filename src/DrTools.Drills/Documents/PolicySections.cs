using DrTools.Plans;
using DrTools.Reports.Pages;
using static DrTools.Documents.DocumentContext;

namespace DrTools.Documents;

/// <summary>Why there is the plan, and what it must achieve: policy, requirements, regulations; RTO and RPO of each service.</summary>
internal static class PolicySections
{
    public static SectionBlock Policy(DocumentContext c)
    {
        var w = c.Words;
        List<PageBlock> blocks =
        [
            new HeadingBlock(c.Say("Purpose", "目的")),
            new ParagraphBlock(c.Say(
                "This document says how the system is backed up, restored and recovered from disasters. It is to keep losses of data small and services running.",
                "本ドキュメントは、システムのバックアップ/リストア/災害復旧（DR）に関する計画を定義する。データ損失の最小化とサービス継続性の確保を目的とする。")),
        ];
        if (c.Plan.Description is { } description)
        {
            blocks.Add(new ParagraphBlock(description));
        }

        blocks.Add(new HeadingBlock(c.Say("Principles", "基本方針")));
        blocks.Add(c.Plan.Policy.Principles.Count > 0 ? new ListBlock(c.Plan.Policy.Principles) : new ParagraphBlock(c.Say("The plan names none.", "計画に記載がない。"), PageTone.Soft));
        blocks.Add(new HeadingBlock(c.Say("Non-functional requirements", "関連NFR（非機能要件）")));
        blocks.Add(Table(
            Columns("ID", c.Say("Requirement", "要求内容")),
            c.Plan.Policy.Requirements.Select((r, i) => Row($"NFR-{i + 1}", r)),
            c.Say("The plan names none.", "計画に記載がない。")));
        blocks.Add(new HeadingBlock(c.Say("Regulations", "規制要件")));
        blocks.Add(Table(
            Columns(c.Say("Regulation", "規制/基準"), c.Say("Requires", "要件"), c.Say("Met by", "対応"), c.Say("Backups are kept for", "求められる保持期間"), c.Say("Services", "対象サービス")),
            c.Plan.Regulations.Select(r => Row(
                new PageCell(r.Title ?? r.Name, Second: r.Title is null ? null : r.Name),
                r.Requires,
                r.MetBy,
                w.Span(r.KeepFor),
                w.List(c.Plan.Services.Where(s => s.Regulations.Contains(r.Name, StringComparer.OrdinalIgnoreCase)).Select(s => s.Name)))),
            c.Say("The plan names none.", "計画に記載がない。")));
        blocks.Add(new HeadingBlock(c.Say("Who answers for what", "責任者と連絡先")));
        blocks.Add(Table(
            Columns(c.Say("!Service", "!サービス"), c.Say("Name", "氏名・チーム"), c.Say("Role", "役割"), c.Say("Contact", "連絡先")),
            c.Plan.Services.SelectMany(s => s.Owners.Select(o => Row(s.Name, o.Name, o.Role ?? w.None, o.Contact ?? w.None))),
            c.Say("The plan names nobody.", "計画に記載がない。")));
        blocks.Add(new HeadingBlock(c.Say("Who is told", "通知先")));
        blocks.Add(Table(
            Columns(c.Say("Alert", "通知"), c.Say("Method", "方法"), c.Say("To", "宛先"), c.Say("From severity", "通知する重大度"), c.Say("Services", "対象サービス")),
            c.Plan.Alerts.Select(a => Row(
                a.Name,
                a.Method switch { AlertMethod.Webhook => "Webhook", AlertMethod.Mail => c.Say("mail", "メール"), _ => c.Say("command", "コマンド") },
                a.To ?? a.Url?.ToString() ?? w.None,
                a.From switch { AlertSeverity.Critical => c.Say("critical", "重大"), AlertSeverity.Warning => c.Say("warning", "警告以上"), _ => c.Say("everything", "すべて") },
                a.Services.Count > 0 ? w.List(a.Services) : c.Say("all", "すべて"))),
            c.Say("The plan names nobody.", "計画に記載がない。")));
        return new SectionBlock(c.Say("Backup and DR policy", "バックアップ/DR方針"), blocks, IsLong: true);
    }

    public static SectionBlock Objectives(DocumentContext c)
    {
        var w = c.Words;
        List<PageBlock> blocks =
        [
            new HeadingBlock(c.Say("RTO and RPO by service and data", "サービス/データ別 RTO/RPO")),
            Table(
                Columns(c.Say("Service/data", "サービス/データ"), "!RTO", "!RPO", c.Say("Backup method", "バックアップ方式"), c.Say("Retention", "保持期間")),
                c.Plan.InOrderOfRecovery().SelectMany(s => Rows(c, s)),
                w.None),
            new HeadingBlock(c.Say("Services", "サービスの分類と復旧順序")),
            Table(
                Columns(c.Say("!Order", "!復旧順序"), c.Say("!Service", "!サービス"), c.Say("Tier", "重要度"), c.Say("Strategy", "DR戦略"), c.Say("Site", "稼働サイト"), c.Say("Needs first", "先に復旧が必要なサービス")),
                c.Plan.InOrderOfRecovery().Select((s, i) => Row(
                    Wording.Number(i + 1),
                    new PageCell(s.Name, Second: s.Description),
                    s.Tier,
                    s.Strategy is { } strategy ? w.Strategy(strategy) : w.NotSaid,
                    s.Site ?? w.NotSaid,
                    w.List(s.DependsOn))),
                w.None),
            new HeadingBlock(c.Say("How it stands now", "現状の実測値")),
        ];
        blocks.Add(c.State.Objectives.Count == 0
            ? new ParagraphBlock(c.Say("Not asked when this document was written.", "本ドキュメントの作成時には確認していない。"), PageTone.Soft)
            : Measured(c));
        blocks.Add(new HeadingBlock(c.Say("Terms", "用語定義")));
        blocks.Add(Table(
            Columns(c.Say("Term", "用語"), c.Say("Meaning", "定義")),
            [
                Row("RTO (Recovery Time Objective)", c.Say("Time within which a service is to be back after a failure", "障害発生からサービス復旧までの目標時間")),
                Row("RPO (Recovery Point Objective)", c.Say("Time of which data may be lost at the most by a failure", "障害発生時に許容されるデータ損失の最大時間幅")),
            ],
            w.None));
        return new SectionBlock(c.Say("RTO and RPO", "RTO/RPO定義"), blocks, IsLong: true);
    }

    /// <summary>Frequency and log of a source in a few words.</summary>
    public static string Method(DocumentContext c, PlannedSource source)
    {
        var types = source.Schedules.Select(s => c.Words.Type(s.Type)).Distinct().ToList();
        var log = source.Log is { } kept
            ? kept.Method == LogMethod.Archive
                ? c.Say($"log archived within {c.Words.Span(kept.Interval)}", $"ログアーカイブ（{c.Words.Span(kept.Interval)}以内）")
                : c.Say($"log received as a stream, within {c.Words.Span(kept.Interval)}", $"ログのストリーム受信（{c.Words.Span(kept.Interval)}以内）")
            : null;
        return string.Join(c.Say(", ", "＋"), types.Append(log).OfType<string>()) is { Length: > 0 } method ? method : c.Say("no schedule", "スケジュールなし");
    }

    /// <summary>How long backups of a source are kept.</summary>
    public static string Retention(DocumentContext c, PlannedSource source) => source.Retention is not { } retention
        ? c.Say("for ever", "無期限")
        : c.Words.Keep(retention.Keep) + (retention.LogWindow is { } window ? c.Say($"; every moment of {c.Words.Span(window)}", $"（ログ：直近{c.Words.Span(window)}の任意時点）") : string.Empty);

    private static IEnumerable<PageRow> Rows(DocumentContext c, PlannedService service)
    {
        yield return Row(new PageCell(service.Name, Second: service.Sources.Count == 0 ? c.Say("no data of its own", "固有データなし") : null), c.Words.Span(service.Objectives.Rto), c.Words.Span(service.Objectives.Rpo), string.Empty, string.Empty);
        foreach (var source in service.Sources)
        {
            yield return Row(PageCell.Code(source.Source), string.Empty, string.Empty, Method(c, source), Retention(c, source));
        }
    }

    private static PageBlock Measured(DocumentContext c)
    {
        var w = c.Words;
        PageCell Judged(string text, bool? met) => new(text, met switch { true => PageTone.Good, false => PageTone.Bad, _ => PageTone.Warning }, Second: met switch
        {
            true => c.Say("met", "達成"),
            false => c.Say("NOT MET", "未達"),
            _ => c.Say("not known", "判定不可"),
        });
        string Loss(TimeSpan? lost, IEnumerable<LossOutcome> outcomes) => lost is { } time ? c.Say($"at most {w.Duration(time)}", $"最大{w.Duration(time)}")
            : outcomes.Contains(LossOutcome.Everything) ? c.Say("everything", "全データ") : w.NotKnown;
        return Table(
            Columns(
                c.Say("!Service", "!サービス"),
                c.Say("Lost if it failed now", "今障害が起きた場合のデータ損失"),
                c.Say("Lost with the site", "サイト喪失時のデータ損失"),
                c.Say("Forecast until it is back", "復旧までの予測時間"),
                c.Say("Rests on", "根拠")),
            c.State.Objectives.Select(m => Row(
                m.Service,
                Judged(Loss(m.Lost, m.Losses.Select(l => l.Outcome)), m.RpoMet),
                Judged(Loss(m.LostWithSite, m.Losses.Select(l => l.OutcomeWithSite)), m.RpoMetWithSite),
                Judged(m.TimeToBack is { } back ? w.Duration(back) : w.NotKnown, m.RtoMet),
                c.Say($"{Figures.Count(m.Measurements, "measurement")}; {Figures.Count(m.NeverMeasured, "step")} never measured", $"実測{m.Measurements}件、未計測の手順{m.NeverMeasured}件"))),
            w.None);
    }
}
