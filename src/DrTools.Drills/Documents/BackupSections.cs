using DrTools.Plans;
using DrTools.Reports.Pages;
using static DrTools.Documents.DocumentContext;

namespace DrTools.Documents;

/// <summary>How backups are taken, automatically and by hand, and how they are verified; where they are kept.</summary>
internal static class BackupSections
{
    public static SectionBlock Backup(DocumentContext c) => new(
        c.Say("Backup procedures", "バックアップ手順"),
        [.. Automatic(c), .. Repositories(c), .. ByHand(c), .. Verification(c)],
        IsLong: true);

    private static IEnumerable<PageBlock> Automatic(DocumentContext c)
    {
        var w = c.Words;
        yield return new HeadingBlock(c.Say("Automatic backups", "自動バックアップ設定"));
        yield return Table(
            Columns(c.Say("Of", "対象"), c.Say("Method", "方式"), c.Say("Schedule", "スケジュール"), c.Say("Generations", "保持世代"), c.Say("Into", "保存先"), c.Say("!Plan and reality", "!計画と現状")),
            c.Sources.Select(s => Row(
                new PageCell(s.Source.Source, IsCode: true, Second: s.Service.Name + (s.Source.Host is { } host ? $" @ {host}" : string.Empty)),
                PolicySections.Method(c, s.Source),
                s.Source.Schedules.Count > 0 ? string.Join(c.Say("; ", "／"), s.Source.Schedules.Select(w.Schedule)) : c.Say("none", "なし"),
                PolicySections.Retention(c, s.Source),
                Destination(c, s.Source),
                c.Mark(f => IsAbout(f, s.Service, s.Source)))),
            c.Say("The plan has no sources.", "計画にバックアップ対象の記載がない。"));
        yield return new ParagraphBlock(c.Say(
            $"Times are those of {c.Plan.TimeZone.Id}. Backups are run by cron or systemd with the commands below; the plan says when they are meant to run.",
            $"時刻のタイムゾーンは {c.Plan.TimeZone.Id} である。バックアップは cron または systemd から以下のコマンドで実行する。"));
        yield return Table(
            Columns(c.Say("!Service", "!サービス"), c.Say("Command", "バックアップ設定例"), "PowerShell"),
            c.Plan.Services.Where(s => s.Sources.Count > 0).Select(s => Row(s.Name, PageCell.Code($"drtools backup --service {s.Name}"), PageCell.Code($"Invoke-DrBackup -Service {s.Name}"))),
            w.None);
        yield return new HeadingBlock(c.Say("Newest backups", "最新のバックアップ"));
        yield return c.State.WasAsked
            ? Table(
                Columns(c.Say("Of", "対象"), c.Say("Repository", "リポジトリ"), c.Say("!Taken", "!取得日時"), c.Say("!Type", "!種別"), c.Say("Size of the data", "データ量"), c.Say("Backup", "バックアップID")),
                c.State.Newest.Select(n => n.Backup is { } b
                    ? Row(PageCell.Code(n.Source), n.Repository, w.Moment(b.Started), new PageCell(w.Type(b.Type), b.IsPartial ? PageTone.Warning : PageTone.Plain, Second: b.IsPartial ? c.Say("partial", "一部読み取り不可") : null), Figures.Bytes(b.SourceBytes), PageCell.Code(b.Id))
                    : new PageRow([PageCell.Code(n.Source), n.Repository, c.Say("none", "なし"), w.None, w.None, w.None], PageTone.Bad)),
                c.Say("No repository could be asked.", "確認できたリポジトリがない。"))
            : new ParagraphBlock(c.Say("Not asked when this document was written.", "本ドキュメントの作成時には確認していない。"), PageTone.Soft);
    }

    private static IEnumerable<PageBlock> Repositories(DocumentContext c)
    {
        var w = c.Words;
        yield return new HeadingBlock(c.Say("Where backups are kept", "保存先（リポジトリ）"));
        yield return Table(
            Columns(c.Say("Repository", "リポジトリ"), c.Say("Location", "場所"), c.Say("Medium", "媒体"), c.Say("Site", "サイト"), c.Say("Storage class", "ストレージクラス"), c.Say("Opened with", "鍵"), c.Say("!Plan and reality", "!計画と現状")),
            c.Plan.Repositories.Select(r => Row(
                r.Name,
                PageCell.Code(r.Location),
                r.Place.Medium ?? w.NotSaid,
                r.Place.Site ?? w.NotSaid,
                r.StorageClass ?? w.NotSaid,
                r.Passphrase is { } p ? c.Say($"passphrase ({p})", $"パスフレーズ（{p}）") : r.KeyFile is { } file ? c.Say($"key file ({file})", $"鍵ファイル（{file}）") : r.KmsKey is { } key ? $"KMS ({key})" : c.Say("what the environment names", "環境変数による"),
                c.Mark(f => f.Service is null && f.Subject == r.Name))),
            c.Say("The plan has none.", "計画に記載がない。"));
        yield return new ParagraphBlock(c.Plan.Copies is { } copies
            ? c.Say($"Copies: the rule {copies.Rule} holds (copies, media, elsewhere).", $"コピー：{copies.Rule} ルール（コピー数・媒体数・遠隔地のコピー数）を適用する。")
            : c.Say("Copies: the plan has no rule.", "コピー：計画にルールの記載がない。"));
        if (c.Plan.Copies is not null)
        {
            yield return Table(
                Columns(c.Say("Of", "対象"), c.Say("!Copies", "!コピー数の確認")),
                c.Sources.Select(s => Row(PageCell.Code(s.Source.Source), c.Mark(f => f.Service == s.Service.Name && f.Check == "copies" && f.Subject == s.Source.Source))),
                w.None);
        }
    }

    private static IEnumerable<PageBlock> ByHand(DocumentContext c)
    {
        yield return new HeadingBlock(c.Say("Backups by hand", "手動バックアップ"));
        yield return new ParagraphBlock(c.Say("The reason is kept with the backup and in the journal.", "理由はバックアップと実行記録（ジャーナル）に残る。"));
        yield return Table(
            Columns(c.Say("!Service", "!サービス"), c.Say("Command", "実行手順"), "PowerShell"),
            c.Plan.Services.Where(s => s.Sources.Count > 0).Select(s => Row(
                s.Name,
                PageCell.Code($"drtools backup --service {s.Name} --reason '{c.Say("before migration", "移行前")}'"),
                PageCell.Code($"Invoke-DrBackup -Service {s.Name} -Reason '{c.Say("before migration", "移行前")}'"))),
            c.Words.None);
        yield return new HeadingBlock(c.Say("When to take one", "実行が必要なケース"));
        yield return Table(
            Columns(c.Say("Case", "ケース"), c.Say("Reason", "理由")),
            [
                Row(c.Say("Before a large migration", "大規模マイグレーション前"), c.Say("Something to roll back to", "ロールバック用のバックアップ確保")),
                Row(c.Say("Before important data is changed", "重要データ変更前"), c.Say("The data as it was", "データ整合性保証")),
                Row(c.Say("Before an upgrade of the server or of the application", "サーバー・アプリケーションの更新前"), c.Say("The way back if it fails", "更新失敗時の復旧手段の確保")),
            ],
            c.Words.None);
    }

    private static IEnumerable<PageBlock> Verification(DocumentContext c)
    {
        var w = c.Words;
        var random = c.Plan.Drills.Where(d => d.RandomBackup).ToList();
        yield return new HeadingBlock(c.Say("Verification of backups", "バックアップ検証方法"));
        yield return Table(
            Columns(c.Say("Verified", "検証項目"), c.Say("How", "方法"), c.Say("!How often", "!頻度")),
            [
                Row(c.Say("Backups were taken", "バックアップ完了確認"), PageCell.Code("drtools plan test", c.Say("the newest backup of each source against its schedule", "対象ごとに最新のバックアップとスケジュールを照合する")), c.Say("daily", "日次")),
                Row(c.Say("Backups are whole", "バックアップ整合性確認"), PageCell.Code("drtools verify latest --service NAME --level content", c.Say("every byte is read and authenticated", "すべてのデータを読み取り、改ざん・破損がないことを確認する")), c.Say("weekly", "週次")),
                .. random.Count == 0
                    ? [Row(c.Say("Backups can be restored", "リストアテスト"), PageCell.Code("drtools verify latest --service NAME --level restore", c.Say("restored into a scratch copy and checked there", "複製環境にリストアして確認する")), new PageCell(c.Say("not planned: no drill takes a random backup", "計画なし（無作為のバックアップによる訓練が計画にない）"), PageTone.Warning))]
                    : random.Select(d => Row(c.Say("Backups can be restored", "リストアテスト"), PageCell.Code($"drtools drill run {d.Name}", c.Say("any kept backup, restored, checked and timed", "無作為に選んだバックアップをリストアし、確認・計測する")), d.Every is { } every ? c.Say($"every {w.Span(every)}", $"{w.Span(every)}ごと") : w.NotSaid)),
            ],
            w.None);
        yield return new HeadingBlock(c.Say("Last verifications", "直近の検証結果"));
        yield return c.State.WasAsked
            ? Table(
                Columns(c.Say("Of", "対象"), c.Say("Level", "検証レベル"), c.Say("!When", "!実施日時"), c.Say("!Result", "!結果")),
                c.State.Verifications.OrderBy(v => v.Source, StringComparer.Ordinal).Select(v => Row(PageCell.Code(v.Source), Level(c, v.Level), w.Moment(v.Finished), v.Passed ? new PageCell(c.Say("passed", "合格"), PageTone.Good) : new PageCell(c.Say("FAILED", "不合格"), PageTone.Bad))),
                c.Say("Never verified, by the journals.", "実行記録（ジャーナル）によると、検証は一度も行われていない。"))
            : new ParagraphBlock(c.Say("Not asked when this document was written.", "本ドキュメントの作成時には確認していない。"), PageTone.Soft);
    }

    private static string Destination(DocumentContext c, PlannedSource source)
    {
        var (first, others) = (source.Repositories[0], c.Words.List(source.Repositories.Skip(1)));
        return source.Repositories.Count == 1 ? first : c.Say($"{first}; copied to {others}", $"{first}（コピー先：{others}）");
    }

    private static string Level(DocumentContext c, string level) => level switch
    {
        "Catalog" => c.Say("listing", "存在・サイズ"),
        "Content" => c.Say("content", "内容（全データの読み取り）"),
        "Restore" => c.Say("restore", "リストア"),
        _ => level,
    };
}
