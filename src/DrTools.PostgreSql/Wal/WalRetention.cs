using System.Globalization;
using DrTools.Backup;
using DrTools.Expiry;

namespace DrTools.PostgreSql.Wal;

/// <summary>
/// Decides which files of a cluster's log can go. From a backup on, everything that a recovery from it can read is needed;
/// with a window only from the last backup before it on, and of older ones what lies between their start and their end,
/// without which they are not consistent.
/// </summary>
public sealed class WalRetention : ILogRetention
{
    private const string NeededByBackup = "a backup needs it to become consistent";
    private const string NeededByWindow = "it lies behind a backup that is kept";

    /// <inheritdoc/>
    public bool Knows(string series) => WalCluster.IdentifierOf(series) is not null;

    /// <inheritdoc/>
    public bool Concerns(string series, BackupInfo backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        var identifier = WalCluster.IdentifierOf(series)?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;
        return backup.Facts.Details.GetValueOrDefault("method") == "physical" && backup.Facts.Details.GetValueOrDefault("systemIdentifier", identifier) == identifier;
    }

    /// <inheritdoc/>
    public IReadOnlyList<LogDecision> Plan(LogRetentionRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var backups = new List<Need>();
        foreach (var backup in request.Backups.Where(b => Concerns(request.Series, b)))
        {
            if (Need.Of(backup) is not { } need)
            {
                return KeepAll(request, $"what the backup {backup.Id} needs is not known");
            }

            backups.Add(need);
        }

        if (backups.Count == 0)
        {
            return KeepAll(request, "no backup of this cluster is kept, so that nothing says what is old");
        }

        var histories = ReadHistories(request);
        var size = backups[0].Start.Size;
        var files = request.Logs.Select(l => (Log: l, Name: WalFileName.TryParse(l.Name.Name, out var name) ? name : (WalFileName?)null)).ToList();
        var anchors = Anchors(backups, files.Where(f => f.Name is not null).Select(f => (f.Name!.Value, f.Log.Stored)), histories, request);
        var best = Best(files.Select(f => f.Name).OfType<WalFileName>());
        return [.. files.Select(f => f.Name is { IsCutStream: true } cut && best[cut.SegmentText] != cut.Text
            ? new LogDecision(f.Log, false, "more of the segment is there")
            : Decide(f.Log, f.Name, size, backups, anchors, histories))];
    }

    /// <summary>What a recovery reads of each segment of which a receiver archived pieces: the whole segment, or else the longest
    /// piece.</summary>
    private static Dictionary<string, string> Best(IEnumerable<WalFileName> files)
    {
        var best = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files.Where(f => f.IsCutStream || f.Kind == WalFileKind.Segment))
        {
            // The names of pieces sort by their length.
            if (!best.TryGetValue(file.SegmentText, out var known) || (known != file.SegmentText && (file.Kind == WalFileKind.Segment || string.CompareOrdinal(known, file.Text) < 0)))
            {
                best[file.SegmentText] = file.Text;
            }
        }

        return best;
    }

    private static LogDecision Decide(
        Repositories.Logs.StoredLog log, WalFileName? name, uint size, List<Need> backups, HashSet<Need> anchors, Dictionary<uint, TimelineHistory> histories)
    {
        if (name is not { } file)
        {
            return new LogDecision(log, true, "its name is not one of PostgreSQL's");
        }

        // A promotion asks for the histories of all timelines, and they are small.
        if (file.Kind == WalFileKind.TimelineHistory)
        {
            return new LogDecision(log, true, "it is a timeline history");
        }

        if (!WalSegment.TryOf(file, size, out var segment))
        {
            return new LogDecision(log, true, "its name does not fit the segments of the backups");
        }

        string? reason = null;
        foreach (var backup in backups)
        {
            if (segment.Number < backup.Start.Number || !IsReachable(backup, segment.Timeline, histories))
            {
                continue;
            }

            if (segment.Number <= backup.Stop)
            {
                return new LogDecision(log, true, NeededByBackup);
            }

            reason ??= anchors.Contains(backup) ? NeededByWindow : null;
        }

        return new LogDecision(log, reason is not null, reason ?? "no backup that is kept needs it");
    }

    /// <summary>The backups from which on everything is kept: for each timeline that the window sees, the last one before it from
    /// which that timeline can be reached, or else the first.</summary>
    private static HashSet<Need> Anchors(
        List<Need> backups, IEnumerable<(WalFileName Name, DateTimeOffset Stored)> files, Dictionary<uint, TimelineHistory> histories, LogRetentionRequest request)
    {
        if (request.Window is not { } window)
        {
            return [.. backups];
        }

        var cut = request.Now - window;
        var anchors = new HashSet<Need>();
        foreach (var timeline in files.Where(f => f.Stored >= cut).Select(f => f.Name.Timeline).Concat(backups.Where(b => b.Finished >= cut).Select(b => b.Start.Timeline)).Distinct())
        {
            var candidates = backups.Where(b => IsReachable(b, timeline, histories)).OrderBy(b => b.Finished).ToList();
            var anchor = candidates.LastOrDefault(b => b.Finished <= cut) ?? candidates.FirstOrDefault();
            if (anchor is not null)
            {
                anchors.Add(anchor);
            }
        }

        return anchors;
    }

    /// <summary>A timeline of which nobody knows where it comes from may come from anywhere.</summary>
    private static bool IsReachable(Need backup, uint timeline, Dictionary<uint, TimelineHistory> histories)
    {
        if (timeline == backup.Start.Timeline)
        {
            return true;
        }

        if (timeline < backup.Start.Timeline)
        {
            return false;
        }

        return !histories.TryGetValue(timeline, out var history) || (history.LeftAt(backup.Start.Timeline) is { } left && left > backup.Start.Start);
    }

    private static Dictionary<uint, TimelineHistory> ReadHistories(LogRetentionRequest request)
    {
        var histories = new Dictionary<uint, TimelineHistory>();
        foreach (var log in request.Logs)
        {
            if (!WalFileName.TryParse(log.Name.Name, out var name) || name.Kind != WalFileKind.TimelineHistory)
            {
                continue;
            }

            try
            {
                if (request.Read(log.Name) is { } content)
                {
                    histories[name.Timeline] = TimelineHistory.Parse(name.Timeline, content);
                }
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure)
            {
                // Unknown, and so everything of it stays; a verification names the file.
            }
        }

        return histories;
    }

    private static IReadOnlyList<LogDecision> KeepAll(LogRetentionRequest request, string reason) => [.. request.Logs.Select(l => new LogDecision(l, true, reason))];

    /// <summary>What a backup needs.</summary>
    private sealed record Need(string Id, WalSegment Start, ulong Stop, DateTimeOffset Finished)
    {
        public static Need? Of(BackupInfo backup)
        {
            var details = backup.Facts.Details;
            var size = details.TryGetValue("walSegmentSize", out var text) ? (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0) : WalSegment.DefaultSize;
            return WalFileName.TryParse(details.GetValueOrDefault("startWal"), out var first) && WalSegment.TryOf(first, size, out var start)
                && WalFileName.TryParse(details.GetValueOrDefault("stopWal"), out var last) && WalSegment.TryOf(last, size, out var stop)
                ? new Need(backup.Id, start, stop.Number, backup.Finished)
                : null;
        }
    }
}
