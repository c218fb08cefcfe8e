using System.Globalization;
using DrTools.Repositories;
using DrTools.Repositories.Journal;

namespace DrTools.Plans.Costs;

/// <summary>
/// How a repository grows, by its journal: what backups and copies stored, less what expiries freed. What came in when a source was
/// first backed up, or when its older backups were first copied, is a beginning and no growth.
/// </summary>
/// <param name="Over">The time that it was measured over; <see langword="null"/> when that is less than a day.</param>
/// <param name="StoredPerMonth">What backups and copies store in a month, bytes.</param>
/// <param name="FreedPerMonth">What expiries free of backups in a month, bytes.</param>
/// <param name="LogsPerMonth">Logs that arrive in a month, bytes; <see langword="null"/> when there have been none for a day.</param>
/// <param name="LogsExpire">Whether logs were removed meanwhile, so that no more of them are kept than are needed.</param>
internal sealed record RepositoryGrowth(TimeSpan? Over, long StoredPerMonth, long FreedPerMonth, long? LogsPerMonth, bool LogsExpire)
{
    /// <summary>How far back is looked: what was before says little of what will be.</summary>
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(90);

    private static readonly TimeSpan Shortest = TimeSpan.FromDays(1);

    private static readonly TimeSpan Month = TimeSpan.FromDays(365.0 / 12);

    /// <summary>By how much backups grow in a month, bytes.</summary>
    public long? Backups => Over is null ? null : StoredPerMonth - FreedPerMonth;

    /// <summary>By how much logs grow in a month, bytes.</summary>
    public long? Logs => LogsExpire ? 0 : LogsPerMonth;

    /// <summary>What arrives in a month, bytes.</summary>
    public long? Sent => Over is null ? null : StoredPerMonth + (LogsPerMonth ?? 0);

    public static RepositoryGrowth Of(IReadOnlyList<RunRecord> runs, IReadOnlyList<ArrivedLog> logs, DateTimeOffset now)
    {
        var stored = runs.Where(r => r is { Operation: "backup" or "copy", BackupId: not null, Source: not null, Outcome: RunOutcome.Succeeded or RunOutcome.Partial }).ToList();
        var begun = stored.GroupBy(r => r.Source!).ToDictionary(g => g.Key, g => g.Min(r => r.Finished), StringComparer.Ordinal);
        if (begun.Count == 0)
        {
            return new RepositoryGrowth(null, 0, 0, Arriving(logs, now - Furthest, now), false);
        }

        var from = Later(begun.Values.Min(), now - Furthest);
        var over = now - from;
        var expired = runs.Where(r => r is { Operation: "expire", Outcome: RunOutcome.Succeeded } && r.Finished > from).ToList();
        var arriving = Arriving(logs, from, now);
        var expire = expired.Any(r => r.LogBytes > 0);
        return over < Shortest
            ? new RepositoryGrowth(null, 0, 0, arriving, expire)
            : new RepositoryGrowth(
                over,
                PerMonth(stored.Where(r => r.Finished > from && TakenAt(r) > begun[r.Source!]).Sum(r => r.StoredBytes), over),
                PerMonth(expired.Sum(r => r.StoredBytes - (r.LogBytes ?? 0)), over),
                arriving,
                expire);
    }

    /// <summary>Logs that were removed since have arrived too, so that only the time of which all are there is looked at.</summary>
    private static long? Arriving(IReadOnlyList<ArrivedLog> logs, DateTimeOffset from, DateTimeOffset now)
    {
        if (logs.Count == 0 || Later(logs.Min(l => l.Arrived), from) is var since && now - since < Shortest)
        {
            return null;
        }

        return PerMonth(logs.Where(l => l.Arrived > since).Sum(l => l.Bytes), now - since);
    }

    /// <summary>When the backup was taken, which a copy's record tells by its id alone.</summary>
    private static DateTimeOffset TakenAt(RunRecord run) =>
        run.Operation == "copy" && DateTimeOffset.TryParseExact(run.BackupId!.Split('-')[0], "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var taken) ? taken : run.Started;

    private static long PerMonth(long bytes, TimeSpan over) => (long)decimal.Round((decimal)bytes * Month.Ticks / over.Ticks);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
