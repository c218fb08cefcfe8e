using DrTools.Repositories.Journal;

namespace DrTools.Reports.Making;

/// <summary>The figures of one source.</summary>
internal static class SourceFiguresMaker
{
    private const int MaximumMoments = 400;
    private const int MaximumUntested = 20;

    /// <summary>Within which every kept backup is to be restored once.</summary>
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private static readonly string[] Kinds = ["catalog", "sample", "content", "restore"];

    public static SourceFigures Make(ReportBasis basis, SourceRuns runs)
    {
        var (from, end) = (basis.From, basis.End);
        var source = runs.Source;
        var taken = runs.Taken.Where(t => t.Started >= from).ToList();
        var failed = runs.Failed.Where(f => f.Run.Started >= from).ToList();
        var keeping = ScheduleKeeping.Of(source.Schedules, basis.Zone, runs.Taken, from, end);
        return new SourceFigures
        {
            Source = source.Source,
            Repository = source.Repositories[0],
            Due = keeping.Due,
            Taken = taken.Count,
            Partial = taken.Count(t => runs.Partial.Contains(t.Id)),
            Late = keeping.Late,
            Failed = failed.Count,
            Missed = keeping.Missed,
            Newest = runs.Taken.Count > 0 ? runs.Taken[^1] : null,
            Before = runs.Taken.LastOrDefault(t => t.Started < from),
            StoredBytes = taken.Sum(t => t.StoredBytes),
            LongestGap = LongestGap(runs.Taken, from, end),
            Kept = Kept(runs, end),
            Proofs = [.. Kinds.Select(kind => Proof(kind, runs, from))],
            Performance = Performance.Of(runs, from, end),
            Slots = Slots(basis, taken, failed, keeping.Missed),
        };
    }

    private static TimeSpan? LongestGap(IReadOnlyList<BackupFigures> taken, DateTimeOffset from, DateTimeOffset end)
    {
        var starts = taken.Select(t => t.Started).Where(s => s < end).ToList();
        var first = starts.FindLastIndex(s => s <= from);
        var moments = starts.Skip(Math.Max(0, first)).Append(end).ToList();
        return moments.Count < 2 ? null : moments.Zip(moments.Skip(1), (a, b) => b - a).Max();
    }

    private static KeptBackups? Kept(SourceRuns runs, DateTimeOffset end)
    {
        var kept = runs.Taken.Where(t => !runs.Removed.Contains(t.Id)).ToList();
        if (kept.Count == 0)
        {
            return null;
        }

        var tested = kept.Count(t => runs.Restored.TryGetValue(t.Id, out var last) && last >= end - Year);
        var never = kept.Where(t => !runs.Restored.ContainsKey(t.Id)).Select(t => t.Id).ToList();
        return new KeptBackups(kept.Count, kept[0].Started, kept[^1].Started, [.. kept.TakeLast(MaximumMoments).Select(t => t.Started)], tested, never.Count, [.. never.Take(MaximumUntested)]);
    }

    private static ProofFigures Proof(string kind, SourceRuns runs, DateTimeOffset from)
    {
        var proofs = runs.Proofs.Where(p => SourceRuns.KindOfProof(p.Run) == kind).Select(p => p.Run).ToList();
        var inTime = proofs.Where(r => r.Started >= from).ToList();
        return new ProofFigures(kind, inTime.Count(SourceRuns.IsSound), inTime.Count(r => r.Outcome is RunOutcome.Failed or RunOutcome.Partial), proofs.LastOrDefault(SourceRuns.IsSound)?.Finished);
    }

    /// <summary>Hours of a day or two, days of all else.</summary>
    private static List<BackupSlot> Slots(ReportBasis basis, List<BackupFigures> taken, List<(RunRecord Run, RecordReference Record)> failed, IReadOnlyList<MissedBackups> missed)
    {
        var slots = new List<BackupSlot>();
        foreach (var (from, to) in SlotTimes(basis))
        {
            var own = taken.Where(t => t.Started >= from && t.Started < to).ToList();
            slots.Add(new BackupSlot(
                from,
                own.Count,
                failed.Count(f => f.Run.Started >= from && f.Run.Started < to),
                missed.Sum(m => CountWithin(m, from, to, basis.End)),
                own.Sum(t => t.StoredBytes),
                own.Count == 0 ? null : own[^1].Bytes,
                own.Count == 0 ? null : own.Max(t => t.Duration)));
        }

        return slots;
    }

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> SlotTimes(ReportBasis basis)
    {
        var isShort = basis.To - basis.From <= TimeSpan.FromDays(2);
        for (var from = basis.From; from < basis.To;)
        {
            // Days of the plan's zone have 23 or 25 hours at times.
            var next = isShort ? from.AddHours(1) : ReportPeriod.StartOfDay(ReportPeriod.DayOf(from, basis.Zone).AddDays(1), basis.Zone);
            var to = next < basis.To ? next : basis.To;
            yield return (from, to);
            from = to;
        }
    }

    /// <summary>Missed ones are known by the first and their number, and lie evenly in between.</summary>
    private static int CountWithin(MissedBackups missed, DateTimeOffset from, DateTimeOffset to, DateTimeOffset end)
    {
        var step = missed.Count == 1 ? TimeSpan.Zero : ((missed.Until ?? end) - missed.Due) / missed.Count;
        return Enumerable.Range(0, missed.Count).Count(i => missed.Due + (step * i) is var due && due >= from && due < to);
    }
}
