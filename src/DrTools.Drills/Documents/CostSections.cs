using System.Globalization;
using DrTools.Plans;
using DrTools.Reports.Pages;
using static DrTools.Documents.DocumentContext;

namespace DrTools.Documents;

/// <summary>What it costs.</summary>
internal static class CostSections
{
    public static SectionBlock Costs(DocumentContext c)
    {
        var title = c.Say("Costs", "コスト見積もり");
        if (c.State.Cost is not { } cost)
        {
            return new SectionBlock(title, [new ParagraphBlock(c.Say("Not asked when this document was written.", "本ドキュメントの作成時には確認していない。"), PageTone.Soft), .. Prices(c)]);
        }

        return new SectionBlock(title, [.. Items(c, cost), .. Sums(c, cost), .. Strategies(c, cost), .. Prices(c)], IsLong: true);
    }

    private static IEnumerable<PageBlock> Items(DocumentContext c, CostEstimate cost)
    {
        yield return new HeadingBlock(c.Say("Backups", "バックアップコスト"));
        yield return Table(
            [
                new PageColumn(c.Say("Of", "項目")), new PageColumn(c.Say("Repository", "リポジトリ")), new PageColumn(c.Say("Storage class", "ストレージクラス")),
                new PageColumn(c.Say("Size", "容量"), PageColumnKind.Number), new PageColumn(c.Say("Growth a month", "月間増加量"), PageColumnKind.Number),
                new PageColumn(c.Say("Cost a month", "月額コスト"), PageColumnKind.Number), new PageColumn(c.Say("A month in a year", "1年後の月額"), PageColumnKind.Number),
            ],
            cost.Of(CostKind.Storage).Select(i => Row(
                Content(c, i.Content),
                i.Name,
                i.StorageClass ?? c.Words.NotSaid,
                Size(i.Bytes, c.Words.NotKnown),
                Size(i.GrowthPerMonth, c.Words.NeverMeasured),
                Money(c, i, i.PerMonth, cost.Currency),
                Money(c, i, i.PerMonthInAYear, cost.Currency))),
            c.Say("There are no repositories.", "リポジトリがない。"));
        yield return new HeadingBlock(c.Say("Other sites", "DRサイトコスト"));
        yield return Table(
            [new PageColumn(c.Say("Of", "項目")), new PageColumn(c.Say("Name", "名称")), new PageColumn(c.Say("Sent a month", "月間転送量"), PageColumnKind.Number), new PageColumn(c.Say("Cost a month", "月額コスト"), PageColumnKind.Number)],
            cost.Of(CostKind.Site).Concat(cost.Of(CostKind.Transfer)).Select(i => Row(
                i.Kind == CostKind.Site ? c.Say("site (computing, database)", "サイト（コンピューティング・データベース）") : c.Say("transfer of data", "データ転送"),
                i.Name,
                i.Kind == CostKind.Site ? c.Words.None : Size(i.Bytes, c.Words.NeverMeasured),
                Money(c, i, i.PerMonth, cost.Currency))),
            c.Say("The plan has no other site.", "計画に他のサイトの記載がない。"));
    }

    private static IEnumerable<PageBlock> Sums(DocumentContext c, CostEstimate cost)
    {
        yield return new HeadingBlock(c.Say("In all", "合計"));
        yield return new TableBlock(
            [
                new PageColumn(c.Say("Of", "項目")), new PageColumn(c.Say("A month", "月額"), PageColumnKind.Number), new PageColumn(c.Say("A year", "年額"), PageColumnKind.Number),
                new PageColumn(c.Say("A month in a year", "1年後の月額"), PageColumnKind.Number), new PageColumn(c.Say("A year from then", "1年後の年額"), PageColumnKind.Number), new PageColumn(c.Say("Not in it", "未計上")),
            ],
            [Sum(c.Say("Backups", "バックアップ"), cost.Storage), Sum(c.Say("Other sites", "DRサイト"), cost.Site), Sum(c.Say("In all", "合計"), cost.Total)]);
        if (cost.Total.Missing > 0)
        {
            yield return new ParagraphBlock(
                c.Say(
                    "What has no price in the plan, or a size that could not be found out, is not in the sums.",
                    "計画に単価がないもの、または容量を確認できなかったものは、合計に含まれていない。"),
                PageTone.Warning);
        }

        PageRow Sum(string name, CostSum sum) => Row(
            name,
            c.Words.Money(sum.PerMonth, cost.Currency),
            c.Words.Money(sum.PerYear, cost.Currency),
            c.Words.Money(sum.PerMonthInAYear, cost.Currency),
            c.Words.Money(sum.PerYearInAYear, cost.Currency),
            sum.Missing == 0 ? c.Say("nothing", "なし") : new PageCell(c.Say($"{sum.Missing} of unknown cost", $"{sum.Missing}件"), PageTone.Warning));
    }

    private static IEnumerable<PageBlock> Strategies(DocumentContext c, CostEstimate cost)
    {
        if (cost.Strategies.Count == 0)
        {
            yield break;
        }

        yield return new HeadingBlock(c.Say("Investment and return by strategy", "戦略別の投資対効果（ROI）"));
        yield return new TableBlock(
            [
                new PageColumn(c.Say("Strategy", "戦略")), new PageColumn(c.Say("Cost a year", "年間コスト"), PageColumnKind.Number), new PageColumn(c.Say("Expected loss a year", "年間予想損失"), PageColumnKind.Number),
                new PageColumn(c.Say("In all", "合計"), PageColumnKind.Number), new PageColumn("ROI", PageColumnKind.Number), new PageColumn(c.Say("Misses the objectives of", "目標を満たせないサービス")),
            ],
            [
                .. cost.Strategies.Select(s => Row(
                    new PageCell(c.Words.Strategy(s.Strategy), s.IsCheapest ? PageTone.Good : PageTone.Plain, Second: s.IsCheapest ? c.Say("cheapest that meets every objective", "目標を満たす中で最も低コスト") : s.IsMeasured ? c.Say("the backups that there are", "現在のバックアップの実コスト") : null),
                    c.Words.Money(s.PerYear, null),
                    c.Words.Money(s.AnnualLoss, null),
                    c.Words.Money(s.AnnualTotal, null),
                    s.ReturnOnInvestment is { } roi ? (roi * 100).ToString("n0", CultureInfo.InvariantCulture) + " %" : c.Words.None,
                    c.Words.List(s.MissedBy))),
            ]);
    }

    private static IEnumerable<PageBlock> Prices(DocumentContext c)
    {
        yield return new HeadingBlock(c.Say("Prices of the plan", "計画上の単価"));
        if (c.Plan.Costs is not { } costs)
        {
            yield return new ParagraphBlock(c.Say("The plan has no prices.", "計画に単価の記載がない。"), PageTone.Warning);
            yield break;
        }

        yield return new FactsBlock(
        [
            .. costs.Storage.Select(p => new PageFact(c.Say($"Storage, {p.StorageClass}", $"ストレージ（{p.StorageClass}）"), c.Say($"{Plain(p.PerGigabyteMonth)} {costs.Currency} a GB and month", $"{Plain(p.PerGigabyteMonth)} {costs.Currency}/GB・月"))),
            .. costs.TransferPerGigabyte is { } transfer ? [new PageFact(c.Say("Transfer to another site", "サイト間データ転送"), c.Say($"{Plain(transfer)} {costs.Currency} a GB", $"{Plain(transfer)} {costs.Currency}/GB"))] : Array.Empty<PageFact>(),
            .. costs.Sites.Select(s => new PageFact(c.Say($"Site {s.Site}", $"サイト {s.Site}"), c.Say($"{Plain(s.PerMonth)} {costs.Currency} a month", $"{Plain(s.PerMonth)} {costs.Currency}/月"))),
            .. costs.Strategies.Select(s => new PageFact(c.Words.Strategy(s.Strategy), c.Say($"{Plain(s.PerMonth)} {costs.Currency} a month", $"{Plain(s.PerMonth)} {costs.Currency}/月"))),
        ]);
    }

    private static string Plain(decimal price) => price.ToString("0.####", CultureInfo.InvariantCulture);

    private static PageCell Size(long? bytes, string otherwise) => bytes is { } known ? Figures.Bytes(known) : new PageCell(otherwise, PageTone.Warning);

    private static PageCell Money(DocumentContext c, CostItem item, decimal? amount, string? currency) => amount is { } known
        ? c.Words.Money(known, currency)
        : new PageCell(item.Price is null ? c.Say("no price in the plan", "単価未設定") : c.Words.NotKnown, PageTone.Warning);

    private static string Content(DocumentContext c, CostContent? content) => content switch
    {
        CostContent.Databases => c.Say("Backups of databases", "DBバックアップ"),
        CostContent.Files => c.Say("Backups of files", "ファイルバックアップ"),
        CostContent.Logs => c.Say("Logs of databases", "ログアーカイブ"),
        CostContent.Other => c.Say("Records of the repository", "リポジトリの管理情報"),
        _ => c.Words.NotKnown,
    };
}
