using DrTools.Backup;
using DrTools.Reports.Making;

namespace DrTools.Reports.Tests;

/// <summary>Which backups were due, and which of them were missed: times by hand.</summary>
public sealed class ScheduleKeepingTests
{
    private static readonly DateTimeOffset Start = new(2026, 10, 5, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_interval_counts_from_the_backup_before()
    {
        var hourly = new ReportedSchedule(BackupType.Incremental, TimeSpan.FromHours(1), null);
        Assert.Equal((4, 0, 0), Figure(hourly, 0, 60, 120, 180, 240));

        // The one at 2 h came 40 min after it was due, which makes the one of 3 h the one after it.
        Assert.Equal((4, 1, 0), Figure(hourly, 0, 60, 145, 205, 245));
        Assert.Equal((4, 0, 2), Figure(hourly, 0, 60, 240));
        Assert.Equal((4, 0, 4), Figure(hourly, 0));

        // Nothing had begun before the first.
        Assert.Equal((1, 0, 0), Figure(hourly, 180, 240));
        Assert.Equal((0, 0, 0), Figure(hourly));
    }

    [Fact]
    public void A_full_backup_fulfils_any_schedule_and_an_incremental_one_no_full_one()
    {
        ReportedSchedule[] schedules = [new(BackupType.Full, null, "0 2 * * mon"), new(BackupType.Incremental, null, "0 2 * * tue-sun")];
        var taken = Enumerable.Range(0, 7).Select(d => Taken(Start.AddDays(d).AddHours(2), BackupType.Incremental)).ToList();
        var keeping = ScheduleKeeping.Of(schedules, TimeZoneInfo.Utc, taken, Start, Start.AddDays(7));
        Assert.Equal(7, keeping.Due);
        Assert.Equal("full at 0 2 * * mon", Assert.Single(keeping.Missed).Schedule);

        var fulls = taken.Select(t => t with { Type = BackupType.Full }).ToList();
        Assert.Empty(ScheduleKeeping.Of(schedules, TimeZoneInfo.Utc, fulls, Start, Start.AddDays(7)).Missed);
    }

    [Fact]
    public void A_time_that_has_just_come_is_not_missed_yet_and_one_that_was_kept_late_is_late()
    {
        ReportedSchedule[] daily = [new(BackupType.Incremental, null, "0 2 * * *")];
        var taken = new[] { Taken(Start.AddHours(2), BackupType.Incremental), Taken(Start.AddDays(1).AddHours(7), BackupType.Incremental) };
        var keeping = ScheduleKeeping.Of(daily, TimeZoneInfo.Utc, taken, Start, Start.AddDays(2).AddHours(3));
        Assert.Equal((2, 1), (keeping.Due, keeping.Late));
        Assert.Empty(keeping.Missed);
        Assert.Single(ScheduleKeeping.Of(daily, TimeZoneInfo.Utc, taken, Start, Start.AddDays(2).AddHours(5)).Missed);
    }

    [Fact]
    public void Days_of_a_zone_have_23_hours_once_a_year_and_25_once()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        Assert.Equal(TimeSpan.FromHours(25), Length(ReportPeriod.Day(new DateOnly(2026, 10, 25), berlin)));
        Assert.Equal(TimeSpan.FromHours(23), Length(ReportPeriod.Day(new DateOnly(2026, 3, 29), berlin)));
        Assert.Equal(new DateTimeOffset(2026, 10, 18, 22, 0, 0, TimeSpan.Zero), ReportPeriod.Week(new DateOnly(2026, 10, 25), berlin).From);
        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => ReportPeriodText.Day("11/21/2026", berlin, Start)).Error);
        Assert.Equal(new DateOnly(2026, 10, 4), DateOnly.FromDateTime(ReportPeriodText.Day("yesterday", TimeZoneInfo.Utc, Start).From.UtcDateTime));
        Assert.Equal(9, ReportPeriodText.Month("last", TimeZoneInfo.Utc, Start).From.Month);
    }

    private static TimeSpan Length(ReportPeriod period) => period.To - period.From;

    private static (int Due, int Late, int Missed) Figure(ReportedSchedule schedule, params int[] minutes)
    {
        var keeping = ScheduleKeeping.Of([schedule], TimeZoneInfo.Utc, [.. minutes.Select(m => Taken(Start.AddMinutes(m), BackupType.Incremental))], Start, Start.AddMinutes(250));
        return (keeping.Due, keeping.Late, keeping.Missed.Sum(m => m.Count));
    }

    private static BackupFigures Taken(DateTimeOffset at, BackupType type) => new(at.ToString("O"), type, at, TimeSpan.FromSeconds(1), 1, 1, new RecordReference("near", 1));
}
