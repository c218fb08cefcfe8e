using System.Globalization;
using System.Text.RegularExpressions;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Physical;

/// <summary>What <c>pg_backup_stop</c> gives: the label that tells a restored copy where to start recovering.</summary>
/// <param name="Text">The whole of it, to be stored as <c>backup_label</c>, byte for byte.</param>
/// <param name="Start">Where recovery starts.</param>
/// <param name="StartSegment">The segment that it starts in.</param>
/// <param name="Timeline">The timeline on which it starts.</param>
/// <param name="FromStandby">Whether the server was in recovery.</param>
internal sealed partial record BackupLabel(string Text, Lsn Start, string StartSegment, uint Timeline, bool FromStandby)
{
    /// <summary>Takes a label apart.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerFailure"/>.</exception>
    public static BackupLabel Parse(string text)
    {
        var start = StartLine().Match(text);
        var timeline = TimelineLine().Match(text);
        return start.Success && timeline.Success && Lsn.TryParse(start.Groups["lsn"].Value, out var lsn)
            ? new BackupLabel(
                text,
                lsn,
                start.Groups["file"].Value,
                uint.Parse(timeline.Groups["id"].Value, CultureInfo.InvariantCulture),
                text.Contains("\nBACKUP FROM: standby\n", StringComparison.Ordinal))
            : throw new DrException(
                DrError.ServerFailure,
                $"The server's backup label makes no sense: {text.ReplaceLineEndings(" | ")}",
                "Check that the server is PostgreSQL 15 or later.");
    }

    [GeneratedRegex(@"^START WAL LOCATION: (?<lsn>[0-9A-F]+/[0-9A-F]+) \(file (?<file>[0-9A-F]{24})\)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex StartLine();

    [GeneratedRegex(@"^START TIMELINE: (?<id>[0-9]+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex TimelineLine();
}
