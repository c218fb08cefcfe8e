using DrTools.Backup;
using DrTools.Retention;
using Xunit;

namespace DrTools.Tests.Retention;

public sealed class RetentionPlannerTests
{
    private static DateTimeOffset Now => Generators.Now;

    [Fact]
    public void Last_keeps_the_newest_and_says_which()
    {
        var plan = Plan(["last=2"], Backup(1, 3), Backup(2, 2), Backup(3, 1));
        Assert.Equal(["b3: last 1 of 2", "b2: last 2 of 2", "b1 removed: no rule keeps it"], Told(plan));
        Assert.Equal(["b3", "b2"], plan.Kept.Select(candidate => candidate.Id));
        Assert.Equal(["b1"], plan.Removed.Select(candidate => candidate.Id));
    }

    [Fact]
    public void Every_reason_is_told()
    {
        var plan = Plan(["last=7,daily=30,weekly=12,monthly=84,yearly=1,within=30d"], Backup(1, 0.1));
        Assert.Equal(
            ["last 1 of 7", "daily 2026-11-21", "weekly 2026-W47", "monthly 2026-11", "yearly 2026", "within 30d"],
            plan.Decisions[0].Reasons);
    }

    [Fact]
    public void A_day_is_a_day_of_UTC_and_its_newest_backup_stands_for_it()
    {
        var plan = Plan(
            ["daily=2"],
            At(1, "2026-11-19T23:59:59Z"),
            At(2, "2026-11-20T00:00:00Z"),
            At(3, "2026-11-20T23:30:00Z"),
            At(4, "2026-11-21T01:30:00+02:00"),
            At(5, "2026-11-21T01:00:00Z"));
        Assert.Equal(["b5: daily 2026-11-21", "b4: daily 2026-11-20"], Told(plan, kept: true));
    }

    [Fact]
    public void Weeks_are_those_of_ISO_8601()
    {
        var plan = Plan(["weekly=9"], At(1, "2024-12-29T10:00:00Z"), At(2, "2024-12-30T10:00:00Z"), At(3, "2025-01-05T10:00:00Z"), At(4, "2025-01-06T10:00:00Z"));
        Assert.Equal(["b4: weekly 2025-W02", "b3: weekly 2025-W01", "b1: weekly 2024-W52"], Told(plan, kept: true));
    }

    [Fact]
    public void Only_periods_with_a_backup_count()
    {
        var plan = Plan(["monthly=2"], Backup(1, 900), Backup(2, 400), Backup(3, 10));
        Assert.Equal(["b3: monthly 2026-11", "b2: monthly 2025-10"], Told(plan, kept: true));
    }

    [Fact]
    public void A_rule_of_a_type_looks_at_that_type_only()
    {
        var plan = Plan(
            ["full:last=1", "incremental:within=2d"],
            Backup(1, 9, BackupType.Full),
            Backup(2, 8, BackupType.Full),
            Backup(3, 3, BackupType.Incremental),
            Backup(4, 2, BackupType.Incremental),
            Backup(5, 1, BackupType.Differential),
            Backup(6, 0.5, BackupType.Incremental));
        Assert.Equal(["b6: incremental: within 2d", "b4: incremental: within 2d", "b2: full: last 1 of 1"], Told(plan, kept: true));
    }

    [Fact]
    public void Each_source_is_judged_on_its_own()
    {
        var plan = Plan(["last=1"], Backup(1, 3), Backup(2, 2) with { Source = "files:/var" }, Backup(3, 1));
        Assert.Equal(["b3: last 1 of 1", "b1 removed: no rule keeps it", "b2: last 1 of 1"], Told(plan));
    }

    [Fact]
    public void Pins_and_leases_keep()
    {
        var plan = Plan(
            ["last=1"],
            Backup(1, 4) with { IsPinned = true, PinReason = "before the migration" },
            Backup(2, 3) with { IsPinned = true },
            Backup(3, 2) with { IsLeased = true },
            Backup(4, 1));
        Assert.Equal(["b4: last 1 of 1", "b3: in use by a running backup", "b2: pinned", "b1: pinned: before the migration"], Told(plan));
    }

    [Fact]
    public void The_last_restorable_backup_stays_though_no_rule_keeps_it()
    {
        var plan = Plan(["within=1d"], Backup(1, 30), Backup(2, 20), Backup(3, 10) with { IsDamaged = true });
        Assert.Equal(["b3 removed: no rule keeps it", "b2: last restorable backup of files:/etc", "b1 removed: no rule keeps it"], Told(plan));
    }

    [Fact]
    public void If_the_newest_is_partial_the_last_complete_one_stays_too()
    {
        var plan = Plan(["last=1"], Backup(1, 4), Backup(2, 3), Backup(3, 2) with { IsPartial = true }, Backup(4, 1) with { IsPartial = true });
        Assert.Equal(["b4: last 1 of 1", "b2: last complete backup of files:/etc"], Told(plan, kept: true));
    }

    [Fact]
    public void If_all_are_damaged_the_newest_stays()
    {
        var plan = Plan(["within=1d"], Backup(1, 30) with { IsDamaged = true }, Backup(2, 20) with { IsDamaged = true });
        Assert.Equal(["b2: last backup of files:/etc, though damaged"], Told(plan, kept: true));
    }

    [Fact]
    public void A_damaged_backup_takes_no_place()
    {
        var plan = Plan(["last=2"], Backup(1, 4), Backup(2, 3), Backup(3, 2) with { IsDamaged = true }, Backup(4, 1));
        Assert.Equal(["b4: last 1 of 2", "b3: among the last 2, damaged, not counted", "b2: last 2 of 2"], Told(plan, kept: true));

        plan = Plan(
            ["daily=2"],
            At(1, "2026-11-18T01:00:00Z"),
            At(2, "2026-11-19T01:00:00Z") with { IsDamaged = true },
            At(3, "2026-11-20T01:00:00Z"),
            At(4, "2026-11-20T02:00:00Z") with { IsDamaged = true });
        Assert.Equal(["b3: daily 2026-11-20", "b2: daily 2026-11-19, damaged, not counted", "b1: daily 2026-11-18"], Told(plan, kept: true));
    }

    [Fact]
    public void Backups_dated_in_the_future_stay_and_count_for_nothing()
    {
        var plan = Plan(["last=1"], Backup(1, 2), Backup(2, 1), Backup(3, -400));
        Assert.Equal(["b3: dated in the future", "b2: last 1 of 1"], Told(plan, kept: true));
    }

    [Fact]
    public void The_order_of_backups_rules_over_the_clock()
    {
        // The clock was set back by years before the third backup.
        var plan = Plan(["last=1", "daily=2"], Backup(1, 2), Backup(2, 1), Backup(3, 2000));
        Assert.Equal(["b3: last 1 of 1, daily 2021-05-31", "b2: daily 2026-11-20"], Told(plan, kept: true));
    }

    [Fact]
    public void Ten_years_of_daily_backups_leave_what_the_policy_says()
    {
        var first = Now.AddYears(-10).AddHours(-11);
        var days = (int)(Now - first).TotalDays;
        var backups = Enumerable.Range(0, days + 1).Select(day => Backup(day, 0) with { Started = first.AddDays(day) }).ToArray();
        var plan = Plan(["daily=30,weekly=12,monthly=84"], backups);

        Assert.Equal(30, Because("daily "));
        Assert.Equal(12, Because("weekly "));
        Assert.Equal(84, Because("monthly "));

        // 2026-11-21 is a Saturday. The 30 days reach back to 10-23 and hold the ends of 5 weeks (11-21, 11-15, 11-08,
        // 11-01, 10-25) and of 2 months (11-21, 10-31). Of the 7 older weeks, which end from 10-18 back to 09-06, none
        // ends with a month.
        Assert.Equal(30 + 12 - 5 + 84 - 2, plan.Kept.Count());
        Assert.Equal(new DateTimeOffset(2019, 12, 31, 1, 0, 0, TimeSpan.Zero), plan.Kept.Min(candidate => candidate.Started));

        int Because(string reason) => plan.Decisions.Count(decision => decision.Reasons.Any(r => r.StartsWith(reason, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_policy_that_keeps_nothing_is_refused()
    {
        foreach (var rules in new RetentionRule[][] { [], [new()], [new() { Type = BackupType.Full }, new() { KeepWithin = TimeSpan.Zero }] })
        {
            var error = Assert.Throws<DrException>(() => RetentionPlanner.Plan([Backup(1, 1)], new RetentionPolicy { Rules = rules }, Now));
            Assert.Equal(DrError.BadUsage, error.Error);
            Assert.Equal("The retention policy has no rule that keeps a backup: it would remove everything.", error.Message);
        }
    }

    [Fact]
    public void Negative_numbers_are_refused()
    {
        var policy = new RetentionPolicy { Rules = [new() { KeepLast = 3, KeepDaily = -1 }] };
        var error = Assert.Throws<DrException>(() => RetentionPlanner.Plan([], policy, Now));
        Assert.Equal("The retention rule 'last=3,daily=-1' has a negative number.", error.Message);
    }

    [Fact]
    public void Nothing_makes_an_empty_plan() => Assert.Empty(Plan(["last=1"]).Decisions);

    private static RetentionPlan Plan(string[] rules, params RetentionCandidate[] candidates) =>
        RetentionPlanner.Plan(candidates, RetentionPolicy.Parse(rules), Now);

    private static RetentionCandidate Backup(long sequence, double daysAgo, BackupType type = BackupType.Incremental) => new()
    {
        Id = $"b{sequence}",
        Source = "files:/etc",
        Type = type,
        Started = Now.AddDays(-daysAgo),
        Sequence = sequence,
    };

    private static RetentionCandidate At(long sequence, string time) =>
        Backup(sequence, 0) with { Started = DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture) };

    private static string[] Told(RetentionPlan plan, bool kept = false) => plan.Decisions
        .Where(decision => decision.Keep || !kept)
        .Select(decision => $"{decision.Candidate.Id}{(decision.Keep ? "" : " removed")}: {string.Join(", ", decision.Reasons)}")
        .ToArray();
}
