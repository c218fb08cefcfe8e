using System.Globalization;
using System.Text.RegularExpressions;
using DrTools.Backup;
using DrTools.Plans;
using DrTools.Retention;

namespace DrTools.Documents;

/// <summary>The language of a document: its fixed texts, and how figures are written in it.</summary>
/// <param name="language">The language.</param>
/// <param name="zone">The plan's zone.</param>
internal sealed partial class Wording(DocumentLanguage language, TimeZoneInfo zone)
{
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private static readonly string[] EnglishDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    private const string JapaneseDays = "日月火水木金土";

    public bool IsJapanese => language == DocumentLanguage.Ja;

    /// <summary>The language as HTML names it.</summary>
    public string Code => IsJapanese ? "ja" : "en";

    public string None { get; } = "–";

    public string NotSaid => Say("not said", "記載なし");

    public string NotKnown => Say("not known", "不明");

    public string NeverMeasured => Say("never measured", "未計測");

    /// <summary>A text in the language of the document.</summary>
    public string Say(string english, string japanese) => IsJapanese ? japanese : english;

    public string List(IEnumerable<string> items) => string.Join(Say(", ", "、"), items) is { Length: > 0 } list ? list : None;

    /// <summary>A moment in the plan's zone, with its offset.</summary>
    public string Moment(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, zone).ToString(IsJapanese ? "yyyy年M月d日 HH:mm (zzz)" : "yyyy-MM-dd HH:mm (zzz)", CultureInfo.InvariantCulture);

    public string Day(DateTimeOffset moment) => Day(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, zone).DateTime));

    public string Day(DateOnly day) => day.ToString(IsJapanese ? "yyyy年M月d日" : "yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>An objective or an interval: exact.</summary>
    public string Span(TimeSpan? span) => span is not { } known ? None : Units(known.Ticks % TimeSpan.FromDays(365).Ticks == 0 && known > TimeSpan.Zero
        ? $"{known.TotalDays / 365:0}y"
        : PlanDuration.Format(known));

    /// <summary>A measured time: no more digits than matter.</summary>
    public string Duration(TimeSpan? span) => span is { } known ? Units(Figures.Duration(known)) : NeverMeasured;

    public string Money(decimal? amount, string? currency) => amount is { } known ? $"{known.ToString("n2", CultureInfo.InvariantCulture)}{(currency is null ? string.Empty : " " + currency)}" : NotKnown;

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Lengths of time within a text, in the units of the language.</summary>
    public string Units(string text) => LengthOfTime().Replace(text, m => string.Join(IsJapanese ? string.Empty : " ", PartOfTime().Matches(m.Value).Select(Part)));

    private string Part(Match part)
    {
        var (number, unit) = (part.Groups[1].Value, part.Groups[2].Value);
        return !IsJapanese ? $"{number} {(unit == "m" ? "min" : unit)}" : number + unit switch
        {
            "y" => "年",
            "w" => "週間",
            "d" => "日",
            "h" => "時間",
            "m" or "min" => "分",
            "ms" => "ミリ秒",
            _ => "秒",
        };
    }

    public string Schedule(PlannedSchedule schedule) => $"{Type(schedule.Type)}{Say(": ", "：")}{(schedule.Every is { } every ? Say($"every {Span(every)}", $"{Span(every)}ごと") : Cron(schedule.Cron!.ToString()))}";

    public string Type(BackupType type) => type switch
    {
        BackupType.Full => Say("full", "フル"),
        BackupType.Differential => Say("differential", "差分"),
        _ => Say("incremental", "増分"),
    };

    public string Keep(RetentionPolicy policy) => string.Join(Say("; ", "；"), policy.Rules.Select(Keep));

    public string Strategy(RecoveryStrategy strategy) => strategy switch
    {
        RecoveryStrategy.BackupRestore => Say("Backup & restore", "バックアップ＆リストア（Backup & Restore）"),
        RecoveryStrategy.PilotLight => Say("Pilot light", "パイロットライト（Pilot Light）"),
        RecoveryStrategy.WarmStandby => Say("Warm standby", "ウォームスタンバイ（Warm Standby）"),
        _ => Say("Multi-site active", "マルチサイト（Multi-Site Active）"),
    };

    public string Role(SiteRole role) => role switch
    {
        SiteRole.Primary => Say("primary site", "プライマリサイト"),
        SiteRole.Secondary => Say("DR site", "DRサイト"),
        _ => Say("vault (copies only)", "保管サイト（コピーのみ）"),
    };

    public string Method(ReplicationMethod method) => method switch
    {
        ReplicationMethod.Streaming => Say("streaming of the log", "ストリーミングレプリケーション"),
        ReplicationMethod.Logical => Say("logical replication", "論理レプリケーション"),
        ReplicationMethod.Storage => Say("replication of the storage", "ストレージレプリケーション"),
        _ => Say("copies of backups", "バックアップのコピー"),
    };

    public string Scenario(DrillScenario scenario) => scenario switch
    {
        DrillScenario.TableDropped => Say("Table dropped", "テーブルの誤削除"),
        DrillScenario.DatabaseCorrupted => Say("Database corrupted", "データベース破損"),
        DrillScenario.SiteLost => Say("Site lost", "サイト全面障害"),
        DrillScenario.FileDeleted => Say("File deleted", "ファイルの誤削除"),
        DrillScenario.RansomwareEncrypted => Say("Encrypted by ransomware", "ランサムウェアによる暗号化"),
        DrillScenario.KeyLost => Say("Key lost", "鍵・パスフレーズの喪失"),
        _ => Say("Runbook", "手順書（ランブック）"),
    };

    public string Level(DrillLevel level) => level switch
    {
        DrillLevel.Tabletop => Say("Tabletop exercise", "テーブルトップ演習"),
        DrillLevel.Partial => Say("Partial test (in scratch copies)", "部分テスト（複製環境での復元）"),
        _ => Say("Full DR drill", "フルDR訓練"),
    };

    /// <summary>A schedule of cron in words where it is a usual one.</summary>
    private string Cron(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts is not [var minute, var hour, "*", "*", var day] || !int.TryParse(minute, NumberStyles.None, CultureInfo.InvariantCulture, out var m))
        {
            return $"cron {text}";
        }

        if (hour == "*" && day == "*")
        {
            return Say($"hourly at minute {m}", $"毎時{m}分");
        }

        if (!int.TryParse(hour, NumberStyles.None, CultureInfo.InvariantCulture, out var h))
        {
            return $"cron {text}";
        }

        var time = string.Create(CultureInfo.InvariantCulture, $"{h:00}:{m:00}");
        return day == "*" ? Say($"daily at {time}", $"毎日 {time}")
            : day.Split('#') is [var first, "1"] && DayOf(first) is { } ofMonth ? Say($"on the first {EnglishDays[ofMonth]} of the month at {time}", $"毎月第1{JapaneseDays[ofMonth]}曜日 {time}")
            : day.Split('-') is [var from, var to] && DayOf(from) is { } f && DayOf(to) is { } t ? Say($"{EnglishDays[f]} to {EnglishDays[t]} at {time}", $"{JapaneseDays[f]}曜日〜{JapaneseDays[t]}曜日 {time}")
            : DayOf(day) is { } one ? Say($"every {EnglishDays[one]} at {time}", $"毎週{JapaneseDays[one]}曜日 {time}")
            : $"cron {text}";
    }

    private static int? DayOf(string word) => Array.IndexOf(Days, word.ToLowerInvariant()) is >= 0 and var named ? named
        : int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 7 ? number % 7 : null;

    private string Keep(RetentionRule rule)
    {
        List<string> parts = [];
        Add(rule.KeepLast, n => Say($"the last {n}", $"最新{n}世代"));
        Add(rule.KeepDaily, n => Say($"{n} daily", $"日次{n}世代"));
        Add(rule.KeepWeekly, n => Say($"{n} weekly", $"週次{n}世代"));
        Add(rule.KeepMonthly, n => Say($"{n} monthly", $"月次{n}世代"));
        Add(rule.KeepYearly, n => Say($"{n} yearly", $"年次{n}世代"));
        if (rule.KeepWithin is { } within)
        {
            parts.Add(Say($"all of {Span(within)}", $"直近{Span(within)}はすべて"));
        }

        return $"{(rule.Type is { } type ? Type(type) + Say(": ", "：") : string.Empty)}{string.Join(Say(", ", "・"), parts)}";

        void Add(int count, Func<int, string> words)
        {
            if (count > 0)
            {
                parts.Add(words(count));
            }
        }
    }

    /// <summary>Numbers with units, the larger first; not within words, names and paths.</summary>
    [GeneratedRegex(@"(?<![A-Za-z0-9_.,:/-])\d[\d,.]* ?(?:ms|min|[ywdhms])(?![A-Za-z_/-])(?: ?\d[\d,.]* ?(?:ms|min|[ywdhms])(?![A-Za-z_/-]))*")]
    private static partial Regex LengthOfTime();

    [GeneratedRegex("(\\d[\\d,.]*) ?(ms|min|[ywdhms])")]
    private static partial Regex PartOfTime();
}
