using System.Text.RegularExpressions;
using DrTools.Plans;

namespace DrTools.Documents;

/// <summary>
/// What the test of a plan finds, in the language of a document. Its sentences are English; each that is known here has a Japanese
/// one beside it. What is not known (messages of servers and stores) stays as it was said, so that nothing is lost.
/// </summary>
internal sealed class FindingPhrases(DocumentLanguage language)
{
    private static readonly (Regex English, string Japanese)[] Messages =
    [
        Of("The newest backup is (.+) old, and the schedule wants one every (.+).", "最新のバックアップは$1前のものであるが、スケジュールでは$2ごとに取得することになっている。"),
        Of("The newest full backup is (.+) old, and the plan wants one every (.+).", "最新のフルバックアップは$1前のものであるが、計画では$2ごとに取得することになっている。"),
        Of("There is no full backup, and the plan wants one \\((.+)\\).", "計画にあるフルバックアップ（$1）が存在しない。"),
        Of("There is no backup of it \\((.+)\\) in (.+).", "ホスト $1 の対象のバックアップが $2 に存在しない。"),
        Of("The newest backup is (.+) old; no schedule says whether that is too old.", "最新のバックアップは$1前のものである。スケジュールがないため、古すぎるかどうかは判断できない。"),
        Of("The newest backup, (.+), is partial: (.+?) entr(?:y|ies) could not be read.", "最新のバックアップ $1 は不完全である（読み取れなかったエントリ：$2 件）。"),
        Of("Whether there is a backup is not known: the repository (.+) cannot be used.", "リポジトリ $1 を利用できないため、バックアップの有無は不明である。"),
        Of("No schedule is given: that backups are taken is left to chance.", "スケジュールが定められておらず、バックアップの取得が保証されない。"),
        Of("The RPO of (.+) cannot be promised without a schedule.", "スケジュールがないため、RPO $1を保証できない。"),
        Of("The RPO of (.+) cannot be reached: backups are up to (.+) apart and take (.+), so that up to (.+) would be lost.", "RPO $1を達成できない。バックアップの間隔が最大$2、取得に$3かかるため、最大$4のデータを失う。"),
        Of("The RPO of (.+) cannot be reached: backups are up to (.+) apart, so that up to (.+) would be lost.", "RPO $1を達成できない。バックアップの間隔が最大$2であるため、最大$3のデータを失う。"),
        Of("The RPO of (.+) cannot be reached: up to (.+) pass until the log has arrived.", "RPO $1を達成できない。ログが届くまでに最大$2かかる。"),
        Of("Its log is to be kept, and a source of this kind has none.", "ログを保存する計画であるが、この種類の対象にはログがない。"),
        Of("(.+) demands backups of (.+), and the rules keep them for (.+) at the most.", "$1 は$2のバックアップ保持を求めているが、保持ルールでは最長$3しか保持されない。"),
        Of("Every moment of (.+) is to be restorable, and the rules keep no backup that long, which logs are replayed from: (.+) at the most.", "直近$1の任意の時点に復旧できることになっているが、起点となるバックアップは最長$2しか保持されない。"),
        Of("Backups are up to (.+) apart, and the rules keep them for (.+): there is mostly only the last one, which is always kept.", "バックアップの間隔が最大$1であるのに対して保持期間は$2であり、ほとんどの期間で最新の1世代しか残らない。"),
        Of("Every repository of (.+) is at (.+), where (.+) runs: what destroys the site destroys the backups too.", "$1 のリポジトリはすべて、$3 が稼働するサイト $2 にある。サイトが失われるとバックアップも同時に失われる。"),
        Of("(.+) is to be back within (.+), and (.+), which must be there first, only within (.+).", "$1 の目標復旧時間は$2であるが、先に復旧すべき $3 の目標は$4である。"),
        Of("(.+) has no data of its own in the plan.", "$1 には固有のデータがない。"),
        Of("The strategy (.+) rests on replication to another site, and none is described.", "戦略 $1 は他サイトへのレプリケーションを前提とするが、計画に記載がない。"),
        Of("No backup of it can be restored: the log that makes one consistent is not there.", "整合性の回復に必要なログがなく、復元できるバックアップがない。"),
        Of("No log of it has arrived.", "ログが一度も届いていない。"),
        Of("The newest log arrived (.+) ago, and is to arrive every (.+). Where nothing is written that may be so.", "最新のログは$1前に届いたが、$2ごとに届くことになっている（書き込みがない場合は正常なこともある）。"),
        Of("The plan says (.+), and the repository declares none.", "計画では $1 であるが、リポジトリには宣言がない。"),
        Of("The plan says (.+), and the repository declares (.+).", "計画では $1 であるが、リポジトリの宣言は $2 である。"),
        Of("It is on (.+), and not looked at from (.+).", "ホスト $1 にあるため、$2 からは確認していない。"),
        Of("Sources of this kind cannot be asked whether they can be reached.", "この種類の対象は、到達可能かどうかを確認できない。"),
        Of("It is not there.", "対象が存在しない。"),
        Of("It cannot be read: (.+)", "対象を読み取れない：$1"),
        Of("None of its repositories can be used, so its copies cannot be counted.", "利用できるリポジトリがなく、コピー数を確認できない。"),
        Of("There is no copy of it as it is on (.+).", "ホスト $1 の対象のコピーが存在しない。"),
        Of("(.+) is not met by what can be seen; (.+) cannot be used, and may hold what is missing.", "確認できる範囲では $1 ルールを満たしていない。利用できない $2 に不足分がある可能性がある。"),
        Of("(.+) is not met: (.+) cop(?:y|ies): there (?:is|are) (.+) with the production data, and (.+) are wanted.", "$1 ルールを満たしていない。本番データを含めて $3 部しかなく、$4 部必要である。"),
        Of("(.+) is not met: (.+) kinds? of medium: all that is declared is (.*).", "$1 ルールを満たしていない。宣言されている媒体は $3 のみで、あと $2 種類必要である。"),
        Of("(.+) is not met: (.+) cop(?:y|ies) at another site: (.+) (?:is|are) known to be elsewhere than (.+).", "$1 ルールを満たしていない。$4 以外のサイトにあると確認できるコピーは $3 部で、あと $2 部必要である。"),
        Of("(.+) is not met: the newest backup in (.+) is (.+) old, and (.+) is the most.", "$1 ルールを満たしていない。$2 の最新のバックアップは$3前のもので、許容される$4を超えている。"),
        Of("(.+) is not met: (.+) immutable cop(?:y|ies): (.+) (?:is|are) kept from being deleted by its store.", "$1 ルールを満たしていない。ストアにより削除から保護されたコピーは $3 部で、あと $2 部必要である。"),
        Of("(.+) is not met: (.+).", "$1 ルールを満たしていない（$2）。"),
        Of("There is no repository at (.+).", "リポジトリ $1 が存在しない。"),
    ];

    private static readonly (Regex English, string Japanese)[] Remedies =
    [
        Of("See why none was taken since: drtools runs, the timer or crontab.", "取得されなかった理由を調べる（drtools runs、タイマーまたは crontab）。"),
        Of("Copy the newer ones there: drtools copy, Copy-DrBackup.", "新しいバックアップをコピーする（drtools copy、Copy-DrBackup）。"),
        Of("Take one: (.+).", "バックアップを取得する（$1）。"),
        Of("Take a backup: what cannot be read is named.", "バックアップを取得する（読み取れないものは名前が示される）。"),
        Of("Take a backup: (.+).", "バックアップを取得する（$1）。"),
        Of("Copy one there: (.+).", "バックアップをコピーする（$1）。"),
        Of("See which: (.+).", "読み取れなかったものを確認する（$1）。"),
        Of("See what is said of the repositor(?:y|ies).", "リポジトリの指摘事項を参照する。"),
        Of("Add 'schedules' with a type and 'every' or 'cron'.", "schedules に種別と every または cron を記載する。"),
        Of("Add 'schedules'.", "schedules を記載する。"),
        Of("Keep the log too \\('log'\\), which loses minutes at most, or take backups more often.", "ログも保存する（log）。または、バックアップの頻度を上げる。"),
        Of("Take backups more often, replicate the data, or raise the RPO.", "バックアップの頻度を上げる、レプリケーションを行う、または RPO を見直す。"),
        Of("Set 'interval' \\(the server's archive_timeout\\) to (.+) or less, or receive the log as a stream.", "interval（サーバーの archive_timeout）を$1以下にする。または、ログをストリームで受信する。"),
        Of("Remove 'log', and let the schedule reach the RPO.", "log を削除し、スケジュールで RPO を満たす。"),
        Of("Add a rule that reaches as far, such as (.+).", "必要な期間を満たす保持ルールを追加する（例：$1）。"),
        Of("Keep backups for longer than 'logWindow'.", "logWindow より長くバックアップを保持する。"),
        Of("Keep them longer, so that there is one before a mistake that is noticed late.", "発見の遅れた誤操作より前の世代が残るよう、保持期間を延ばす。"),
        Of("Name a repository at another site as well; backups are then copied there.", "別のサイトのリポジトリも指定する（バックアップがコピーされる）。"),
        Of("Give (.+) an RTO of (.+) or less, or (.+) a longer one.", "$1 の RTO を$2以下にする。または $3 の RTO を延ばす。"),
        Of("Describe it under 'replication', or choose backup-restore.", "replication に記載する。または戦略を backup-restore とする。"),
        Of("See why it does not arrive: (.+).", "ログが届かない理由を調べる（$1）。"),
        Of("Have the server archive it: (.+); or receive it: (.+).", "サーバーにアーカイブさせる（$1）。または受信する（$2）。"),
        Of("Prove that it arrives with a switch of the log: (.+).", "ログを切り替えて到達を確認する（$1）。"),
        Of("Copy backups to a repository on another kind of medium: object storage, tape.", "別の種類の媒体（オブジェクトストレージ、テープなど）のリポジトリにコピーする。"),
        Of("Copy backups to a repository at another site.", "別のサイトのリポジトリにコピーする。"),
        Of("Copy backups to a repository whose store locks what is written, such as a bucket with Object Lock.", "書き込み後の削除を防ぐストア（Object Lock を有効にしたバケットなど）のリポジトリにコピーする。"),
        Of("Copy backups to (.+) \\(drtools copy, Copy-DrBackup\\).", "$1 にバックアップをコピーする（drtools copy、Copy-DrBackup）。"),
        Of("Create another repository and copy backups there \\((.+)\\), or name one that was left out here.", "リポジトリを追加してコピーする（$1）。または、計画から漏れているリポジトリを記載する。"),
        Of("Back it up, or copy newer backups there \\((.+)\\).", "バックアップを取得する。または、新しいバックアップをコピーする（$1）。"),
        Of("Say what (.+) (?:is|are) on \\((.+)\\).", "$1 の媒体を宣言する（$2）。"),
        Of("Say where (.+) (?:is|are) \\((.+)\\).", "$1 のサイトを宣言する（$2）。"),
        Of("Declare it: (.+).", "リポジトリに宣言する（$1）。"),
        Of("Find out which is true. Correct the plan, or the repository: declare it: (.+).", "どちらが正しいかを確認し、計画またはリポジトリの宣言を修正する（$1）。"),
        Of("Test the plan on (.+) too.", "$1 上でも計画をテストする。"),
        Of("Correct the plan; or say with 'host' which host it is on.", "計画を修正する。または host で対象のホストを指定する。"),
        Of("Run this as a user that may read it.", "読み取り権限のある利用者で実行する。"),
    ];

    private static readonly Dictionary<string, string> Checks = new(StringComparer.Ordinal)
    {
        ["opens"] = "リポジトリの利用可否",
        ["manifests"] = "マニフェスト",
        ["medium"] = "媒体",
        ["site"] = "サイト",
        ["source"] = "バックアップ対象",
        ["sources"] = "バックアップ対象",
        ["backup"] = "バックアップ",
        ["log"] = "ログ",
        ["RPO by method"] = "RPO（方式による到達可否）",
        ["retention"] = "保持期間",
        ["copies"] = "コピー数",
        ["schedule"] = "スケジュール",
        ["strategy"] = "戦略",
        ["dependency"] = "依存関係",
    };

    /// <summary>What was found.</summary>
    public string Message(PlanFinding finding) => Translate(finding.Message, Messages);

    /// <summary>What to do.</summary>
    public string? Remedy(PlanFinding finding) => finding.Remedy is { } remedy ? Translate(remedy, Remedies) : null;

    /// <summary>What was looked for.</summary>
    public string Check(PlanFinding finding) => language == DocumentLanguage.Ja ? Checks.GetValueOrDefault(finding.Check) ?? finding.Check.Replace("source: ", "バックアップ対象：", StringComparison.Ordinal) : finding.Check;

    /// <summary>What it is about.</summary>
    public string Subject(PlanFinding finding) => language == DocumentLanguage.Ja && finding.Subject.LastIndexOf(" in ", StringComparison.Ordinal) is > 0 and var at
        ? $"{finding.Subject[..at]}（{finding.Subject[(at + 4)..]}）"
        : finding.Subject;

    private string Translate(string text, (Regex English, string Japanese)[] phrases)
    {
        var known = language == DocumentLanguage.Ja ? Array.Find(phrases, p => p.English.IsMatch(text)) : default;
        return known.English is null ? text : Lengths.Units(known.English.Replace(text, known.Japanese));
    }

    private Wording Lengths { get; } = new(language, TimeZoneInfo.Utc);

    /// <summary>A pattern: a full stop at its end is one.</summary>
    private static (Regex, string) Of(string english, string japanese) =>
        (new Regex($"^{(english.EndsWith('.') ? english[..^1] + "\\." : english)}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking), japanese);
}
