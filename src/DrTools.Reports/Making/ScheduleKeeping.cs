using DrTools.Backup;
using DrTools.Plans;

namespace DrTools.Reports.Making;

/// <summary>Which backups were due by schedules, and which of them were not taken.</summary>
/// <remarks>
/// A time of a schedule is kept by any backup that is started between it and the next time, and that is of its type or one that
/// stores more. It is late when that took more than a tenth of this span, or five minutes. An interval counts from the backup
/// before. What was due before the first backup ever was not missed: nobody had begun.
/// </remarks>
internal sealed class ScheduleKeeping
{
    private const double Grace = 0.1;

    private static readonly TimeSpan LeastGrace = TimeSpan.FromMinutes(5);

    /// <summary>Timers and clocks are not exact.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<BackupFigures> _taken;
    private readonly DateTimeOffset _from;
    private readonly DateTimeOffset _end;
    private readonly List<MissedBackups> _missed = [];

    private ScheduleKeeping(IReadOnlyList<BackupFigures> taken, DateTimeOffset from, DateTimeOffset end) => (_taken, _from, _end) = (taken, from, end);

    /// <summary>How many were due.</summary>
    public int Due { get; private set; }

    /// <summary>How many came late.</summary>
    public int Late { get; private set; }

    /// <summary>Those that were missed, the oldest first.</summary>
    public IReadOnlyList<MissedBackups> Missed => [.. _missed.OrderBy(m => m.Due)];

    /// <summary>Holds backups against schedules.</summary>
    /// <param name="schedules">The schedules of a source.</param>
    /// <param name="zone">The plan's zone.</param>
    /// <param name="taken">Every backup of the source that was taken, also before the time; the oldest first.</param>
    /// <param name="from">From when on what is due counts.</param>
    /// <param name="end">Until when.</param>
    public static ScheduleKeeping Of(IReadOnlyList<ReportedSchedule> schedules, TimeZoneInfo zone, IReadOnlyList<BackupFigures> taken, DateTimeOffset from, DateTimeOffset end)
    {
        var keeping = new ScheduleKeeping(taken, taken.Count > 0 && taken[0].Started - Early > from ? taken[0].Started - Early : from, end);
        if (taken.Count > 0 && from < end)
        {
            foreach (var schedule in schedules.Where(s => s.Every is { Ticks: > 0 }))
            {
                keeping.HoldInterval(schedule);
            }

            keeping.HoldTimes([.. schedules.Where(s => s.Cron is not null).Select(s => (s, Parsed(s.Cron!)))], zone);
        }

        return keeping;
    }

    private static CronExpression Parsed(string cron) => CronExpression.TryParse(cron, out var problem)
        ?? throw new DrException(DrError.IntegrityFailure, $"The report says a schedule that makes no sense: {problem}.", "Make the report anew.");

    private static bool Fulfils(BackupType taken, BackupType wanted) => taken <= wanted;

    private static TimeSpan GraceOf(TimeSpan span) => span * Grace > LeastGrace ? span * Grace : LeastGrace;

    private void HoldInterval(ReportedSchedule schedule)
    {
        var every = schedule.Every!.Value;
        var fitting = _taken.Where(t => Fulfils(t.Type, schedule.Type)).ToList();
        var grace = every * Grace;
        for (var i = 0; i < fitting.Count; i++)
        {
            var (start, next) = (fitting[i].Started, i + 1 < fitting.Count ? fitting[i + 1].Started : (DateTimeOffset?)null);
            if (next < _from)
            {
                continue;
            }

            Count(schedule, every, start, next, grace + fitting[i].Duration);
        }

        if (fitting.Count == 0)
        {
            // There are backups, but never one of this type.
            Count(schedule, every, _from - every, null, grace);
        }
    }

    private void Count(ReportedSchedule schedule, TimeSpan every, DateTimeOffset start, DateTimeOffset? next, TimeSpan grace)
    {
        (int Count, DateTimeOffset First) missed = (0, default);
        var due = start + every;
        var bound = next is { } taken && taken < _end ? taken : _end;
        for (; next is { } n && n < _end ? n - due > every / 2 : due + grace <= bound; due += every)
        {
            if (due >= _from)
            {
                missed = (missed.Count + 1, missed.Count == 0 ? due : missed.First);
            }
        }

        if (next is { } kept && kept < _end && kept >= _from && due - kept <= every / 2)
        {
            Due++;
            Late += kept - due > grace ? 1 : 0;
        }

        Add(schedule.ToString(), missed.First, missed.Count, next is { } until && until < _end ? until : null);
    }

    private void HoldTimes(IReadOnlyList<(ReportedSchedule Schedule, CronExpression Cron)> schedules, TimeZoneInfo zone)
    {
        if (schedules.Count == 0)
        {
            return;
        }

        DateTimeOffset? NextOf(DateTimeOffset after) => schedules.Select(s => s.Cron.Next(after, zone)).Where(n => n is not null).Min();
        var open = new Dictionary<string, (DateTimeOffset First, int Count)>(StringComparer.Ordinal);
        for (var time = NextOf(_from - TimeSpan.FromTicks(1)); time is { } due && due < _end; time = NextOf(due))
        {
            var next = NextOf(due) ?? DateTimeOffset.MaxValue;
            var grace = next == DateTimeOffset.MaxValue ? LeastGrace : GraceOf(next - due);
            foreach (var schedule in schedules.Where(s => s.Cron.Next(due - TimeSpan.FromTicks(1), zone) == due).Select(s => s.Schedule))
            {
                var (name, kept) = (schedule.ToString(), _taken.FirstOrDefault(t => t.Started >= due - Early && t.Started < next && t.Started < _end && Fulfils(t.Type, schedule.Type)));
                if (kept is null)
                {
                    if (due + grace <= _end)
                    {
                        open[name] = open.TryGetValue(name, out var before) ? (before.First, before.Count + 1) : (due, 1);
                    }

                    continue;
                }

                Due++;
                Late += kept.Started - due > grace ? 1 : 0;
                if (open.Remove(name, out var ended))
                {
                    Add(name, ended.First, ended.Count, kept.Started);
                }
            }
        }

        foreach (var (name, missed) in open)
        {
            Add(name, missed.First, missed.Count, null);
        }
    }

    private void Add(string schedule, DateTimeOffset first, int count, DateTimeOffset? until)
    {
        if (count > 0)
        {
            Due += count;
            _missed.Add(new MissedBackups(schedule, first, count, until));
        }
    }
}
