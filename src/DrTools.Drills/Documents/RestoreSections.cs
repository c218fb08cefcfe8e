using DrTools.Plans;
using DrTools.Reports.Pages;
using static DrTools.Documents.DocumentContext;

namespace DrTools.Documents;

/// <summary>How data is brought back: all of it, as of a time, a part of it; and what is checked afterwards.</summary>
internal static class RestoreSections
{
    public static SectionBlock Restore(DocumentContext c) => new(
        c.Say("Restore procedures", "リストア手順"),
        [.. Full(c), .. PointInTime(c), .. Part(c), .. Checklist(c)],
        IsLong: true);

    private static IEnumerable<PageBlock> Full(DocumentContext c)
    {
        yield return new HeadingBlock(c.Say("Full restore", "フルリストア"));
        yield return new ParagraphBlock(c.Say("Preconditions", "前提条件"));
        yield return Checks(
            c.Say("Where it is restored to is ready: space, permissions, the server's programs of the same major version", "リストア先環境の準備完了（空き容量、権限、同じメジャーバージョンのサーバープログラム）"),
            c.Say("The backup has been verified", "バックアップデータの整合性確認済み"),
            c.Say("What opens the repository is at hand (passphrase, key file, recovery kit)", "リポジトリの鍵（パスフレーズ、鍵ファイル、リカバリキット）の用意"),
            c.Say("The plan of the restore has been read (--dry-run, -WhatIf): what is overwritten, how long it takes", "リストア計画の確認（--dry-run、-WhatIf による上書き対象と所要時間の確認）"));
        yield return new ParagraphBlock(c.Say("Steps, one after another. What is replaced is kept until the restore has succeeded.", "手順は次のとおり。既存のデータは、リストアが成功するまで保存される。"));
        foreach (var service in c.Plan.InOrderOfRecovery().Where(s => s.Sources.Count > 0))
        {
            yield return new ParagraphBlock(c.Say($"Service {service.Name}:", $"サービス「{service.Name}」："));
            yield return Table(Columns(c.Say("!Step", "!手順"), c.Say("What", "作業"), c.Say("Command", "コマンド")), Steps(c, service).Select((s, i) => Row(Wording.Number(i + 1), s.What, s.Command is null ? c.Words.None : PageCell.Code(s.Command))), c.Words.None);
        }
    }

    private static IEnumerable<(string What, string? Command)> Steps(DocumentContext c, PlannedService service)
    {
        foreach (var needed in service.DependsOn)
        {
            yield return (c.Say($"See that {needed} is back", $"先に復旧すべき「{needed}」の復旧を確認する"), null);
        }

        yield return (c.Say("Stop the service", "サービスを停止する"), null);
        foreach (var source in service.Sources)
        {
            yield return (c.Say($"Restore {source.Source} from the newest backup", $"バックアップから {source.Source} をリストアする"), Command(source, service, string.Empty));
            yield return (c.Say("Check the restored data", "整合性を確認する"), $"drtools verify latest --service {service.Name} --source {source.Source} --level restore");
        }

        yield return (c.Say("Start the service", "サービスを起動する"), null);
        foreach (var health in service.Checks.Health)
        {
            yield return (c.Say($"See that it answers with status {health.Status}", $"応答（ステータス {health.Status}）を確認する"), $"curl --fail {health.Url}");
        }
    }

    private static IEnumerable<PageBlock> PointInTime(DocumentContext c)
    {
        var logged = c.Sources.Where(s => s.Source.Log is not null).ToList();
        yield return new HeadingBlock(c.Say("Point-in-time recovery (PITR)", "ポイントインタイムリカバリ（PITR）"));
        yield return new ParagraphBlock(c.Say("Preconditions", "前提条件"));
        yield return Checks(
            c.Say("The log of the database is kept (WAL, binary log)", "WAL/binlog が有効であること"),
            c.Say("There is a backup from before the wanted time", "復旧対象時点より前のバックアップが存在すること"),
            c.Say("The wanted time lies in the recovery window (drtools window, Get-DrRecoveryWindow), and is given with its zone", "復旧対象時点がリカバリ可能期間内であること（drtools window、Get-DrRecoveryWindow で確認し、タイムゾーンを付けて指定する）"));
        yield return Table(
            Columns(c.Say("Database", "対象"), c.Say("Every moment of", "任意時点に復旧できる期間"), c.Say("Command", "指定時点へのリカバリ")),
            logged.Select(s => Row(
                PageCell.Code(s.Source.Source),
                s.Source.Retention?.LogWindow is { } window ? c.Words.Span(window) : c.Say("since the oldest backup", "最古のバックアップ以降"),
                PageCell.Code(Command(s.Source, s.Service, " --target-time 2026-11-21T10:00:00Z")))),
            c.Say("The plan keeps no logs: only the times of backups can be restored.", "ログを保存する計画がないため、バックアップ取得時点にのみ復旧できる。"));
    }

    private static IEnumerable<PageBlock> Part(DocumentContext c)
    {
        var rows = new List<PageRow>();
        foreach (var (service, source) in c.Sources)
        {
            if (IsServer(source))
            {
                rows.Add(Row(c.Say("A table", "テーブル単位のリストア"), PageCell.Code(source.Source), PageCell.Code($"drtools restore-table SCHEMA.TABLE --service {service.Name} --source {source.Source} --database NAME")));
                rows.Add(Row(c.Say("Records", "レコード単位の復元"), PageCell.Code(source.Source), PageCell.Code($"drtools restore-table SCHEMA.TABLE --service {service.Name} --source {source.Source} --database NAME --where 'SQL' --insert-missing")));
            }
            else if (source.Source.StartsWith("files:", StringComparison.Ordinal))
            {
                rows.Add(Row(c.Say("A file", "ファイル単位のリストア"), PageCell.Code(source.Source), PageCell.Code($"drtools restore latest --service {service.Name} --source {source.Source} --include 'GLOB' --target FOLDER")));
            }
            else
            {
                rows.Add(Row(c.Say("A table or records", "テーブル・レコード単位の復元"), PageCell.Code(source.Source), PageCell.Code($"drtools restore latest --service {service.Name} --source {source.Source} --target FILE", c.Say("restore into a new file, and take over from there what is needed", "別ファイルにリストアし、必要なデータを移す"))));
            }
        }

        yield return new HeadingBlock(c.Say("Restore of a part", "部分リストア"));
        yield return new ParagraphBlock(c.Say("Tables come back under a new name where their own is taken; live data is never overwritten.", "同名のテーブルがある場合は別名でリストアされ、稼働中のデータが上書きされることはない。"));
        yield return Table(Columns(c.Say("Case", "ケース"), c.Say("Of", "対象"), c.Say("Command", "手順")), rows, c.Words.None);
    }

    private static IEnumerable<PageBlock> Checklist(DocumentContext c)
    {
        yield return new HeadingBlock(c.Say("Checks after a restore", "リストア検証チェックリスト"));
        yield return Checks(
        [
            c.Say("Row counts: as of the backup against the restored ones", "データ件数の照合（バックアップ時点 vs リストア後）"),
            c.Say("Samples of the main tables", "主要テーブルのサンプルデータ確認"),
            c.Say("Referential integrity", "参照整合性の確認"),
            c.Say("The application connects", "アプリケーションからの接続確認"),
            c.Say("The main functions work", "主要機能の動作確認"),
            .. c.Plan.Services.SelectMany(s => s.Checks.Health.Select(h => c.Say($"{s.Name}: {h.Url} answers with status {h.Status}", $"{s.Name}：{h.Url} がステータス {h.Status} を返す"))),
            .. c.Plan.Services.SelectMany(s => s.Checks.Names.Select(n => c.Say($"{s.Name}: {n.Name} leads to {c.Words.List(n.Addresses.Select(a => a.ToString()))}", $"{s.Name}：{n.Name} が {c.Words.List(n.Addresses.Select(a => a.ToString()))} に解決される"))),
            .. c.Plan.Services.SelectMany(s => s.Checks.Assertions.Select(a => c.Say($"{s.Name}: the query returns true: {a}", $"{s.Name}：検証クエリが真を返す：{a}"))),
        ]);
    }

    private static bool IsServer(PlannedSource source) => !source.Source.StartsWith("files:", StringComparison.Ordinal) && !source.Source.StartsWith("sqlite:", StringComparison.Ordinal);

    private static string Command(PlannedSource source, PlannedService service, string target) =>
        $"drtools restore latest --service {service.Name} --source {source.Source}{target} --target {(IsServer(source) ? "DATADIR --wait" : source.Source.StartsWith("files:", StringComparison.Ordinal) ? "FOLDER" : "FILE")}";
}
