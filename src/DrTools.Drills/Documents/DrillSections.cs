using DrTools.Drills;
using DrTools.Drills.Actions;
using DrTools.Plans;
using DrTools.Reports.Pages;
using static DrTools.Documents.DocumentContext;

namespace DrTools.Documents;

/// <summary>What is rehearsed, how the rehearsals went, and what is improved because of them.</summary>
internal static class DrillSections
{
    private const int MostHeld = 20;

    private const int MostActions = 50;

    public static SectionBlock Drills(DocumentContext c) => new(c.Say("DR drills", "DR訓練計画"), [.. Planned(c), .. Held(c), .. Judged(c), .. Actions(c)], IsLong: true);

    private static IEnumerable<PageBlock> Planned(DocumentContext c)
    {
        var w = c.Words;
        var none = c.Say("The plan has no drills: nobody knows whether it works.", "計画に訓練の記載がない。計画の有効性を確認できない。");
        yield return new HeadingBlock(c.Say("How often", "訓練頻度"));
        yield return Table(
            Columns(c.Say("Drill", "訓練"), c.Say("Level", "訓練種別"), c.Say("!How often", "!頻度"), c.Say("Duration", "所要時間"), c.Say("Participants", "対象者"), c.Say("!Last held", "!直近の実施")),
            c.Plan.Drills.Select(d =>
            {
                var held = c.State.Drills.LastOrDefault(h => string.Equals(h.Drill, d.Name, StringComparison.OrdinalIgnoreCase));
                return Row(
                    d.Name,
                    w.Level(d.Level),
                    d.Every is { } every ? c.Say($"every {w.Span(every)}", $"{w.Span(every)}ごと") : w.NotSaid,
                    held is null ? w.NeverMeasured : w.Duration(held.Duration),
                    w.List(d.Participants.Select(p => p.Name)),
                    held is not null ? LastHeld(c, d, held) : new PageCell(c.State.WasAsked ? c.Say("never", "未実施") : c.Say("not asked", "未確認"), PageTone.Warning));
            }),
            none);
        yield return new HeadingBlock(c.Say("Scenarios", "訓練シナリオ"));
        yield return Table(
            Columns(c.Say("Scenario", "シナリオ"), c.Say("Services and scope", "対象と範囲"), c.Say("Goals", "目的"), c.Say("Expected result", "期待結果"), c.Say("Judged by", "評価基準")),
            c.Plan.Drills.Select(d => Row(
                new PageCell(w.Scenario(d.Scenario), Second: d.Name),
                new PageCell(w.List(d.Services), Second: d.Scope.Count > 0 ? string.Join(" ", d.Scope) : null),
                d.Goals.Count > 0 ? string.Join(" ", d.Goals) : w.NotSaid,
                Expected(c, d),
                Criteria(c, d))),
            none);
    }

    private static IEnumerable<PageBlock> Held(DocumentContext c)
    {
        var w = c.Words;
        yield return new HeadingBlock(c.Say("Drills that were held", "訓練の実施結果"));
        if (!c.State.WasAsked)
        {
            yield return new ParagraphBlock(c.Say("Not asked when this document was written.", "本ドキュメントの作成時には確認していない。"), PageTone.Soft);
            yield break;
        }

        yield return Table(
            Columns(c.Say("Held", "実施日時"), c.Say("!Service", "!サービス"), c.Say("Scenario", "シナリオ"), c.Say("Result", "結果"), c.Say("RTO measured", "RTO実測"), c.Say("RPO measured", "RPO実測"), c.Say("Checks", "確認項目")),
            c.State.Drills.TakeLast(MostHeld).Reverse().Select(d => Row(
                new PageCell(w.Moment(d.Started), Second: d.Id),
                d.Service,
                new PageCell(w.Scenario(d.Scenario), Second: w.Level(d.Level)),
                d.Passed ? new PageCell(c.Say("passed", "合格"), PageTone.Good) : new PageCell(c.Say("FAILED", "不合格"), PageTone.Bad),
                Against(c, d.MeasuredRto, d.Objectives.Rto),
                Against(c, d.MeasuredRpo, d.Objectives.Rpo),
                c.Say($"{d.PassedChecks} passed, {d.FailedChecks} failed, {d.NotRunChecks} not run", $"合格{d.PassedChecks}、不合格{d.FailedChecks}、未実施{d.NotRunChecks}"))),
            c.Say("No drill has been held.", "訓練は一度も実施されていない。"));
    }

    private static IEnumerable<PageBlock> Judged(DocumentContext c)
    {
        yield return new HeadingBlock(c.Say("How results are judged", "結果評価基準"));
        yield return new TableBlock(
            Columns(c.Say("Measure", "指標"), c.Say("Passed when", "合格基準"), c.Say("Otherwise", "不合格時のアクション")),
            [
                Row(c.Say("RTO", "RTO 達成"), c.Say("the service is back within its RTO", "RTO 目標以内に復旧"), c.Say("improve the procedure, automate", "手順見直し、自動化推進")),
                Row(c.Say("RPO", "RPO 達成"), c.Say("no more is lost than the RPO allows", "データ損失が RPO 以内"), c.Say("back up more often, review replication", "バックアップ頻度・同期設定の見直し")),
                Row(c.Say("Checks", "確認項目"), c.Say("every check has passed; one that could not run has not", "すべての確認項目に合格（実行できなかった項目は合格としない）"), c.Say("remove the cause, repeat the drill", "原因の除去と再訓練")),
                Row(c.Say("Procedure", "手順の正確性"), c.Say("it can be followed as it is written", "手順書通りに実行可能"), c.Say("correct it", "手順書の更新")),
            ]);
    }

    private static IEnumerable<PageBlock> Actions(DocumentContext c)
    {
        var w = c.Words;
        yield return new HeadingBlock(c.Say("Improvement actions", "改善アクション管理"));
        yield return Table(
            Columns(c.Say("!Opened", "!訓練日"), c.Say("Found", "発見事項"), c.Say("Action", "アクション"), c.Say("Owner", "担当"), c.Say("!Due", "!期限"), c.Say("!Status", "!ステータス")),
            c.State.Actions.OrderBy(a => a.IsOpen ? 0 : 1).ThenByDescending(a => a.Opened).Take(MostActions).Select(a => Row(
                new PageCell(w.Day(a.Opened), Second: a.Service),
                new PageCell(a.Title, Second: a.Problem == a.Title ? null : a.Problem),
                new PageCell(a.Remedy ?? w.NotSaid, Second: a.Note),
                a.Owner ?? c.Say("not assigned", "未割当"),
                a.Due is { } due ? new PageCell(w.Day(due), a.IsOverdue ? PageTone.Bad : PageTone.Plain, Second: a.IsOverdue ? c.Say("overdue", "期限超過") : null) : c.Say("not set", "未設定"),
                Status(c, a))),
            c.State.Drills.Count > 0 ? c.Say("The drills found nothing to improve.", "訓練による改善事項はない。")
            : c.State.WasAsked ? c.Say("No drill has been held, so that nothing is known.", "訓練が実施されていないため、改善事項は把握できていない。")
            : c.Say("Not asked when this document was written.", "本ドキュメントの作成時には確認していない。"));
        if (w.IsJapanese && c.State.Actions.Count > 0)
        {
            yield return new ParagraphBlock("発見事項とアクションは、訓練の記録のまま掲載する。", PageTone.Soft);
        }
    }

    private static PageCell Status(DocumentContext c, ImprovementAction action) => action.Status switch
    {
        ActionStatus.Open => new PageCell(c.Say("open", "未着手"), PageTone.Warning),
        ActionStatus.InProgress => new PageCell(c.Say("in progress", "対応中"), PageTone.Warning),
        ActionStatus.Done => new PageCell(c.Say("done", "対応済み"), Second: c.Say("no drill has shown it yet", "訓練での確認待ち")),
        ActionStatus.Closed => new PageCell(c.Say("closed", "完了"), PageTone.Good, Second: c.Say("shown by a later drill", "その後の訓練で確認済み")),
        _ => new PageCell(c.Say("dropped", "対応しない"), PageTone.Soft),
    };

    private static PageCell LastHeld(DocumentContext c, PlannedDrill drill, DrillResult held)
    {
        var isLate = drill.Every is { } every && c.State.Asked - held.Started > every;
        return new PageCell(c.Words.Day(held.Started), isLate ? PageTone.Bad : PageTone.Good, Second: isLate ? c.Say("overdue", "期限超過") : null);
    }

    private static string Expected(DocumentContext c, PlannedDrill drill) => c.Words.List(drill.Services.Select(s =>
    {
        var objectives = drill.ObjectivesFor(c.Plan.Service(s));
        return $"{s}{c.Say(": ", "：")}RTO {c.Words.Span(objectives.Rto)}{c.Say(", ", "・")}RPO {c.Words.Span(objectives.Rpo)}";
    }));

    private static string Criteria(DocumentContext c, PlannedDrill drill) => drill.SuccessCriteria.Count > 0
        ? string.Join(" ", drill.SuccessCriteria)
        : c.Say("RTO, RPO and every check", "RTO・RPO とすべての確認項目");

    private static PageCell Against(DocumentContext c, TimeSpan? measured, TimeSpan objective) => measured is { } time
        ? new PageCell(c.Words.Duration(time), time <= objective ? PageTone.Good : PageTone.Bad, Second: c.Say($"of {c.Words.Span(objective)}", $"目標 {c.Words.Span(objective)}"))
        : new PageCell(c.Say("not measured", "計測なし"), PageTone.Warning);
}
