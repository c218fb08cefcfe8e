using DrTools.Plans;
using DrTools.Reports.Pages;
using static DrTools.Documents.DocumentContext;

namespace DrTools.Documents;

/// <summary>Where plan and reality differ; what belongs to the document; what was changed.</summary>
internal static class ChangeSections
{
    public static SectionBlock Drift(DocumentContext c)
    {
        var title = c.Say("Plan and reality", "計画と現状の差異");
        if (!c.State.WasAsked)
        {
            return new SectionBlock(title, [new ParagraphBlock(c.Say("This document was written from the plan alone: nothing was asked.", "本ドキュメントは計画のみから作成した。現状は確認していない。"), PageTone.Warning)]);
        }

        List<PageBlock> blocks =
        [
            Table(
                Columns(c.Say("!Severity", "!重大度"), c.Say("!Service", "!サービス"), c.Say("Of", "対象"), c.Say("Checked", "確認項目"), c.Say("The plan says one thing, reality another", "計画と現状の差異"), c.Say("What to do", "対処"), c.Say("Line", "行")),
                c.Drift.OrderBy(f => f.Severity switch { PlanFindingSeverity.Error => 0, PlanFindingSeverity.NotChecked => 1, _ => 2 }).Select(f => new PageRow(
                    [
                        f.Severity switch
                        {
                            PlanFindingSeverity.Error => new PageCell(c.Say("✗ differs", "✗ 差異あり"), PageTone.Bad),
                            PlanFindingSeverity.NotChecked => new PageCell(c.Say("? not checked", "? 確認不可"), PageTone.Warning),
                            _ => new PageCell(c.Say("△ warning", "△ 要注意"), PageTone.Warning),
                        },
                        f.Service ?? c.Words.None,
                        c.Phrases.Subject(f),
                        c.Phrases.Check(f),
                        c.Phrases.Message(f),
                        c.Phrases.Remedy(f) ?? c.Words.None,
                        f.Line > 0 ? Wording.Number(f.Line) : c.Words.None,
                    ])),
                c.Say("None: all that was looked at is as the plan says.", "差異はない。確認した項目はすべて計画どおりである。")),
            new HeadingBlock(c.Say("What could not be asked", "確認できなかったもの")),
            c.State.NotAsked.Count > 0 ? new ListBlock(c.State.NotAsked) : new ParagraphBlock(c.Say("Nothing.", "なし。"), PageTone.Soft),
        ];
        return new SectionBlock(title, blocks, c.Say($"As of {c.Words.Moment(c.State.Asked)}.", $"確認日時：{c.Words.Moment(c.State.Asked)}"), IsLong: true);
    }

    public static SectionBlock Related(DocumentContext c) => new(
        c.Say("Related documents", "関連ドキュメント"),
        [
            Table(
                Columns(c.Say("Document", "ドキュメント"), c.Say("Where", "場所")),
                [
                    Row(c.Say("Plan file", "計画ファイル"), PageCell.Code(c.Plan.File)),
                    .. c.Plan.Drills.Where(d => d.Runbook is not null).Select(d => Row(c.Say($"Runbook of the drill {d.Name}", $"訓練「{d.Name}」の手順書（ランブック）"), PageCell.Code(d.Runbook!))),
                    .. c.Plan.Repositories.Select(r => Row(c.Say($"Recovery kit of {r.Name} (drtools kit)", $"{r.Name} のリカバリキット（drtools kit で作成）"), c.Say("kept apart from the repository", "リポジトリとは別の場所に保管する"))),
                ],
                c.Words.None),
        ]);

    public static SectionBlock Changes(DocumentContext c, PlanFacts facts, PlanFacts? earlier)
    {
        List<PageBlock> blocks =
        [
            Table(
                Columns(c.Say("!Date", "!日付"), c.Say("Version", "バージョン"), c.Say("Author", "変更者"), c.Say("Change", "変更内容")),
                c.Plan.Changes.Select((h, i) => Row(c.Words.Day(h.Date), Wording.Number(i + 1), h.Author, h.Change)),
                c.Say("The plan has no history ('changes').", "計画に変更履歴（changes）の記載がない。")),
        ];
        if (earlier is not null)
        {
            blocks.Add(new HeadingBlock(c.Say($"Since the document of {c.Words.Moment(earlier.Written)}", $"前回のドキュメント（{c.Words.Moment(earlier.Written)}）からの変更")));
            blocks.Add(Table(
                Columns(c.Say("Key of the plan", "計画の項目"), c.Say("Before", "変更前"), c.Say("Now", "変更後")),
                facts.Since(earlier).Select(f => Row(PageCell.Code(f.Path), f.Before ?? new PageCell(c.Say("(was not there)", "（なし）"), PageTone.Soft), f.Now ?? new PageCell(c.Say("(is gone)", "（削除）"), PageTone.Soft))),
                c.Say("Nothing of the plan has changed.", "計画の変更はない。")));
        }

        return new SectionBlock(c.Say("History", "変更履歴"), blocks, IsLong: true);
    }
}
