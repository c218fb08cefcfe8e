using System.Globalization;

namespace DrTools.Retention;

/// <summary>
/// Decides which backups a policy keeps, and says why. A pure function of the backups, the policy and the time.
/// </summary>
/// <remarks>
/// <para>The counts work as in restic and borg: each keeps the newest backup of every day, ISO week, month or year
/// (in UTC) until so many of those that have a backup are found, from the newest on. Every manifest is complete, so a
/// backup may outlive what it was built on, and no rule for chains is needed.</para>
/// <para>Whatever the policy says, these stay: pinned backups; those that a running backup builds on; those dated in
/// the future, which no rule can judge and none counts; and of each source the newest that can be restored, together
/// with the newest complete one if that one is partial. A damaged backup never takes the place of an intact one: no
/// count counts it, and it stands for a period only when no intact one can.</para>
/// <para>Where the clock and the order of the backups disagree, the order decides what is newer: the periods come in
/// the order of the backups that stand for them.</para>
/// </remarks>
public static class RetentionPlanner
{
    /// <summary>Makes a plan.</summary>
    /// <param name="candidates">The backups, in any order, of any number of sources.</param>
    /// <param name="policy">What to keep.</param>
    /// <param name="now">The time that the policy is applied at.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: the policy would keep nothing.</exception>
    public static RetentionPlan Plan(IReadOnlyList<RetentionCandidate> candidates, RetentionPolicy policy, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(policy);
        policy.Validate();
        return new RetentionPlan([.. candidates
            .GroupBy(candidate => candidate.Source, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group => PlanSource(group, policy, now))]);
    }

    private static IEnumerable<RetentionDecision> PlanSource(IGrouping<string, RetentionCandidate> source, RetentionPolicy policy, DateTimeOffset now)
    {
        var newestFirst = source
            .OrderByDescending(candidate => candidate.Sequence)
            .ThenByDescending(candidate => candidate.Started)
            .ThenByDescending(candidate => candidate.Id, StringComparer.Ordinal)
            .ToList();
        var reasons = new Dictionary<RetentionCandidate, List<string>>(ReferenceEqualityComparer.Instance);
        foreach (var candidate in newestFirst)
        {
            reasons[candidate] = [];
        }

        void Keep(RetentionCandidate candidate, string reason)
        {
            if (!reasons[candidate].Contains(reason))
            {
                reasons[candidate].Add(reason);
            }
        }

        foreach (var candidate in newestFirst)
        {
            if (candidate.IsPinned)
            {
                Keep(candidate, string.IsNullOrWhiteSpace(candidate.PinReason) ? "pinned" : $"pinned: {candidate.PinReason}");
            }

            if (candidate.IsLeased)
            {
                Keep(candidate, "in use by a running backup");
            }

            if (candidate.Started > now)
            {
                Keep(candidate, "dated in the future");
            }
        }

        var judged = newestFirst.Where(candidate => candidate.Started <= now).ToList();
        foreach (var rule in policy.Rules)
        {
            var matching = judged.Where(candidate => rule.Type is null || candidate.Type == rule.Type).ToList();
            Apply(rule, matching, now, Keep);
        }

        foreach (var (candidate, reason) in LastOnes(newestFirst))
        {
            if (reasons[candidate].Count == 0)
            {
                Keep(candidate, reason);
            }
        }

        return newestFirst.Select(candidate => reasons[candidate] is { Count: > 0 } why
            ? new RetentionDecision(candidate, true, why)
            : new RetentionDecision(candidate, false, ["no rule keeps it"]));
    }

    private static void Apply(RetentionRule rule, List<RetentionCandidate> newestFirst, DateTimeOffset now, Action<RetentionCandidate, string> keep)
    {
        var prefix = RetentionRule.TypePrefix(rule.Type, " ");
        KeepLast();
        KeepPeriods("daily", rule.KeepDaily, day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        KeepPeriods("weekly", rule.KeepWeekly, day => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(day):0000}-W{ISOWeek.GetWeekOfYear(day):00}"));
        KeepPeriods("monthly", rule.KeepMonthly, day => day.ToString("yyyy-MM", CultureInfo.InvariantCulture));
        KeepPeriods("yearly", rule.KeepYearly, day => day.ToString("yyyy", CultureInfo.InvariantCulture));
        if (rule.KeepWithin is { } within && within > TimeSpan.Zero)
        {
            foreach (var candidate in newestFirst.Where(candidate => now - candidate.Started <= within))
            {
                keep(candidate, $"{prefix}within {RetentionDuration.Format(within)}");
            }
        }

        void KeepLast()
        {
            var counted = 0;
            foreach (var candidate in newestFirst)
            {
                if (counted == rule.KeepLast)
                {
                    return;
                }

                counted += candidate.IsDamaged ? 0 : 1;
                keep(candidate, candidate.IsDamaged
                    ? $"{prefix}among the last {rule.KeepLast}, damaged, not counted"
                    : $"{prefix}last {counted} of {rule.KeepLast}");
            }
        }

        void KeepPeriods(string name, int count, Func<DateTime, string> period)
        {
            // GroupBy keeps the order, so an intact backup comes before the damaged ones of its period.
            var newestOfEach = newestFirst
                .GroupBy(candidate => period(candidate.Started.UtcDateTime), StringComparer.Ordinal)
                .Select(group => (Period: group.Key, Newest: group.FirstOrDefault(candidate => !candidate.IsDamaged) ?? group.First()))
                .OrderByDescending(each => each.Newest.Sequence);
            var counted = 0;
            foreach (var (key, newest) in newestOfEach)
            {
                if (counted == count)
                {
                    return;
                }

                counted += newest.IsDamaged ? 0 : 1;
                keep(newest, $"{prefix}{name} {key}{(newest.IsDamaged ? ", damaged, not counted" : "")}");
            }
        }
    }

    /// <summary>The backups without which the source could no longer be restored, or not completely.</summary>
    private static IEnumerable<(RetentionCandidate Candidate, string Reason)> LastOnes(List<RetentionCandidate> newestFirst)
    {
        var restorable = newestFirst.Find(candidate => !candidate.IsDamaged);
        if (restorable is null)
        {
            // Another copy of the repository may still heal it.
            yield return (newestFirst[0], $"last backup of {newestFirst[0].Source}, though damaged");
            yield break;
        }

        yield return (restorable, $"last restorable backup of {restorable.Source}");
        if (restorable.IsPartial && newestFirst.Find(candidate => !candidate.IsDamaged && !candidate.IsPartial) is { } complete)
        {
            yield return (complete, $"last complete backup of {complete.Source}");
        }
    }
}
