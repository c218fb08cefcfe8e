using System.Globalization;
using System.Text.RegularExpressions;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Scratch;

/// <summary>What the log of a recovering server says (messages in English, times in UTC).</summary>
internal sealed partial class ServerLog(string path)
{
    private const int TailLength = 64 << 10;

    /// <summary>Its end.</summary>
    public string ReadEnd(long from = 0)
    {
        if (!File.Exists(path))
        {
            return string.Empty;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = Math.Max(Math.Min(from, file.Length), file.Length - TailLength);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    public long Length => File.Exists(path) ? new FileInfo(path).Length : 0;

    /// <summary>The last lines that are not empty.</summary>
    public static IReadOnlyList<string> LastLines(string text, int count) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(count)];

    /// <summary>The commit time of the last transaction that was replayed.</summary>
    public static DateTimeOffset? LastCommit(string text) =>
        LastCommitForm().Matches(text).LastOrDefault() is { } match
        && DateTimeOffset.TryParse(match.Groups["time"].Value + ":00", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToUniversalTime()
            : null;

    /// <summary>The position that the log last named as being replayed.</summary>
    public static Lsn? LastPosition(string text) =>
        PositionForm().Matches(text).LastOrDefault() is { } match && Lsn.TryParse(match.Groups["lsn"].Value, out var lsn) ? lsn : null;

    /// <summary>The sentence in which recovery says where it stops.</summary>
    public static string? StopReason(string text) => StopForm().Matches(text).LastOrDefault()?.Groups["words"].Value;

    /// <summary>What ended the server, if it said so.</summary>
    public static string? Fatal(string text) => FatalForm().Matches(text).Select(m => m.Groups["words"].Value).LastOrDefault(w => !IsRefusal(w));

    /// <summary>Whether a line only tells that somebody was not let in while it recovers, as whoever watches it is not.</summary>
    public static bool IsRefusal(string line) =>
        line.Contains("the database system is ", StringComparison.Ordinal) && !line.Contains("LOG: ", StringComparison.Ordinal)
        || line.Contains("Consistent recovery state has not been yet reached", StringComparison.Ordinal)
        || line.Contains("Hot standby mode is disabled", StringComparison.Ordinal);

    [GeneratedRegex(@"last completed transaction was at log time (?<time>\S+ \S+)")]
    private static partial Regex LastCommitForm();

    [GeneratedRegex(@"(?:current LSN: |redo done at |redo starts at |consistent recovery state reached at )(?<lsn>[0-9A-F]+/[0-9A-F]+)")]
    private static partial Regex PositionForm();

    [GeneratedRegex(@"LOG: +(?<words>recovery stopping .*|pausing at the end of recovery.*)")]
    private static partial Regex StopForm();

    [GeneratedRegex(@"(?:FATAL|PANIC): +(?<words>.*)")]
    private static partial Regex FatalForm();
}
