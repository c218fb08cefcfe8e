using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>The backup and the way that lead to a target.</summary>
internal sealed record TargetChoice(BackupReach Reach, RecoveryTarget Target, Lsn? Position, DateTimeOffset? Time)
{
    /// <summary>Chooses the newest backup that leads to a target.</summary>
    /// <param name="window">What can be restored.</param>
    /// <param name="wal">The log archive.</param>
    /// <param name="target">The target.</param>
    /// <param name="backupId">The only backup that may be used, if one was named.</param>
    /// <param name="reader">Looks for transactions and restore points.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.TargetUnreachable"/>, naming what can be reached instead.</exception>
    public static async Task<TargetChoice> FindAsync(
        RecoveryWindow window, WalInventory wal, RecoveryTarget target, string? backupId, CommitReader reader, CancellationToken cancellationToken)
    {
        var usable = window.Backups.Where(r => r.IsConsistent && (backupId is null || r.Backup.Id == backupId)).ToList();
        if (usable.Count == 0)
        {
            var first = window.Backups.Where(r => backupId is null || r.Backup.Id == backupId).MaxBy(r => r.Backup.Stop);
            throw new DrException(
                DrError.TargetUnreachable,
                first is null
                    ? $"There is no physical backup of {window.Source}{(backupId is null ? string.Empty : $" with the id {backupId}")}."
                    : $"No backup of {window.Source} can be made consistent: {first.Backup.Id} needs the WAL segment {first.MissingSegment}, which is not in the archive.",
                first is null ? "Take one first." : "Archive the missing segments if the server still has them (pg_wal), or store the WAL with the backups (-IncludeLog, --include-wal).")
            { Subject = window.Source };
        }

        var ways = Ways(usable, target.Timeline, window);
        return target.Kind switch
        {
            RecoveryTargetKind.Time => ByTime(window, ways, target),
            RecoveryTargetKind.Lsn => ByPosition(window, ways, target),
            RecoveryTargetKind.Name or RecoveryTargetKind.Transaction => await BySearchAsync(window, wal, ways, target, reader, cancellationToken).ConfigureAwait(false),
            RecoveryTargetKind.Immediate => From(ways.MaxBy(r => r.Backup.Stop)!, target),
            _ => From(ways.OrderBy(r => r.FirstMissing).ThenBy(r => r.Backup.Stop).Last(), target),
        };
    }

    private static List<BackupReach> Ways(List<BackupReach> usable, RecoveryTimeline timeline, RecoveryWindow window)
    {
        var ways = timeline.Number is { } number ? usable.Where(r => r.Path.Timeline == number)
            : timeline == RecoveryTimeline.Current ? usable.Where(r => r.Path.Timeline == r.Backup.Timeline)
            : usable.Where(r => r.Path.Timeline == usable.Max(u => u.Path.Timeline));
        var list = ways.ToList();
        return list.Count > 0 ? list : throw new DrException(
            DrError.TargetUnreachable,
            $"No backup of {window.Source} leads to timeline {timeline}; there are the timelines {string.Join(", ", window.Timelines.Select(t => t.Timeline))}.",
            "Choose one that a backup leads to; see the recovery window.")
        { Subject = window.Source };
    }

    private static TargetChoice ByTime(RecoveryWindow window, List<BackupReach> ways, RecoveryTarget target)
    {
        var time = target.Time!.Value;
        if (ways.Where(r => r.Backup.StopTime <= time && (time <= r.To || time <= r.Clock)).MaxBy(r => r.Backup.Stop) is { } reach)
        {
            // A server stops at the first transaction behind the time. Behind the last one there is none.
            return time > reach.To || (time == reach.To && (target.IsInclusive || time == reach.Backup.StopTime))
                ? ToEnd(reach) with { Time = time }
                : From(reach, target) with { Time = time };
        }

        var followed = ways[0].Path.Timeline;
        var own = window with { Spans = [.. window.Spans.Where(s => ways.Any(w => w.Path.Stretches.Any(x => x.Timeline == s.Timeline)))] };
        var (before, after) = own.Nearest(time);
        var elsewhere = window.Spans.FirstOrDefault(s => s.From <= time && time <= s.To && s.Timeline != followed);
        var nearest = (before, after) switch
        {
            ({ } b, { } a) => $"The nearest moments are {Exact(b)} before it and {Exact(a)} after it.",
            ({ } b, null) => $"The nearest moment is {Exact(b)}, the last transaction in the log.",
            (null, { } a) => $"The nearest moment is {Exact(a)}, the end of the first backup.",
            _ => "No moment of this timeline can.",
        };
        throw new DrException(
            DrError.TargetUnreachable,
            $"{window.Source} cannot be restored as of {target}. {nearest}",
            elsewhere is not null ? $"Timeline {elsewhere.Timeline} holds this moment: name it as the target's timeline."
                : after is null ? "Choose that moment, or 'latest' for all there is; if the server still runs, have it archive the rest (drtools archive switch, Switch-DrLog)."
                : before is null ? "Choose that moment or a later one."
                : "Choose one of these; the recovery window names the missing segments.")
        { Subject = window.Source };
    }

    private static TargetChoice ByPosition(RecoveryWindow window, List<BackupReach> ways, RecoveryTarget target)
    {
        var position = target.Lsn!.Value;
        if (ways.Where(r => r.Backup.Stop <= position && position <= r.End).MaxBy(r => r.Backup.Stop) is { } reach)
        {
            return position > reach.LastRecord ? ToEnd(reach) : From(reach, target) with { Position = position };
        }

        var first = ways.Min(r => r.Backup.Stop);
        var last = ways.Max(r => r.End);
        throw new DrException(
            DrError.TargetUnreachable,
            $"{window.Source} cannot be restored as of {target}. {(position < first ? $"The nearest position is {first}, the end of the first backup." : position > last ? $"The nearest position is {last}, the end of the log." : $"It lies in a gap of the log; the nearest position before it is {ways.Where(r => r.End < position).Select(r => r.End).DefaultIfEmpty().Max()}.")}",
            "Choose that position, or see the recovery window.")
        { Subject = window.Source };
    }

    private static async Task<TargetChoice> BySearchAsync(
        RecoveryWindow window, WalInventory wal, List<BackupReach> ways, RecoveryTarget target, CommitReader reader, CancellationToken cancellationToken)
    {
        var path = ways[0].Path;
        var lowest = ways.Min(r => r.Backup.LastSegment.Number);
        for (var number = ways.Max(r => r.FirstMissing); number > lowest; number--)
        {
            if (wal.Find(path, number - 1) is not { } segment
                || await reader.FindAsync(segment, target, cancellationToken).ConfigureAwait(false) is not { } found)
            {
                continue;
            }

            if (ways.Where(r => r.Backup.Stop <= found.Position && r.FirstMissing > number - 1).MaxBy(r => r.Backup.Stop) is { } reach)
            {
                return From(reach, target) with { Position = found.Position, Time = found.Time };
            }

            throw new DrException(
                DrError.TargetUnreachable,
                $"The {target} is at {found.Position} in the log, and no backup leads there without a gap.",
                "See the recovery window for the missing segments.")
            { Subject = window.Source };
        }

        throw new DrException(
            DrError.TargetUnreachable,
            $"The {target} is not in the log that the backups of {window.Source} lead to.",
            "Check the name or id; a prepared transaction is found by its time only.")
        { Subject = window.Source };
    }

    /// <summary>The end of the log as it is now. Not 'latest': log that comes in meanwhile would be replayed too.</summary>
    private static TargetChoice ToEnd(BackupReach reach) => reach.LastRecord >= reach.Backup.Stop
        ? From(reach, RecoveryTarget.At(reach.LastRecord)) with { Position = reach.LastRecord }
        : From(reach, RecoveryTarget.Immediate);

    /// <summary>As it can be given for a target: a rounded one could be out of reach again.</summary>
    private static string Exact(DateTimeOffset moment) => RecoveryTarget.At(moment).ToString();

    private static TargetChoice From(BackupReach reach, RecoveryTarget target) =>
        new(reach, target with { Timeline = RecoveryTimeline.Of(reach.Path.Timeline) }, null, null);
}
