using DrTools.Retention;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DrTools.Tests.Retention;

public sealed class RetentionPropertyTests
{
    private static readonly Config _config = Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(120);

    [Fact]
    public void Every_backup_gets_one_decision_with_a_reason() => Check(Generators.Policy, (history, policy) =>
    {
        var plan = Plan(history, policy);
        Assert.Equal(history.Select(backup => backup.Id).Order(), plan.Decisions.Select(decision => decision.Candidate.Id).Order());
        Assert.All(plan.Decisions, decision => Assert.NotEmpty(decision.Reasons));
    });

    [Fact]
    public void No_source_loses_its_last_restorable_or_complete_backup() => Check(Generators.Policy, (history, policy) =>
    {
        var kept = Plan(history, policy).Kept.ToList();
        foreach (var source in history.GroupBy(backup => backup.Source))
        {
            var left = kept.Where(backup => backup.Source == source.Key).ToList();
            Assert.NotEmpty(left);
            var restorable = source.Where(backup => !backup.IsDamaged).ToList();
            if (restorable.Count > 0)
            {
                Assert.Contains(restorable.MaxBy(backup => backup.Sequence), left);
            }

            if (restorable.Where(backup => !backup.IsPartial).MaxBy(backup => backup.Sequence) is { } complete
                && restorable.MaxBy(backup => backup.Sequence)!.IsPartial)
            {
                Assert.Contains(complete, left);
            }
        }
    });

    [Fact]
    public void What_is_pinned_leased_or_dated_in_the_future_stays() => Check(Generators.Policy, (history, policy) =>
        Assert.DoesNotContain(Plan(history, policy).Removed, backup => backup.IsPinned || backup.IsLeased || backup.Started > Generators.Now));

    [Fact]
    public void Keeping_more_never_removes_more()
    {
        var cases = from history in Generators.History
                    from policy in Generators.Policy
                    from more in Gen.ArrayOf(Gen.Choose(0, 5), 5)
                    from further in Generators.Rule
                    select (history, policy, more, further);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var first = c.policy.Rules[0];
            var widened = first with
            {
                KeepLast = first.KeepLast + c.more[0],
                KeepDaily = first.KeepDaily + c.more[1],
                KeepWeekly = first.KeepWeekly + c.more[2],
                KeepMonthly = first.KeepMonthly + c.more[3],
                KeepYearly = first.KeepYearly + c.more[4],
            };
            var less = Ids(Plan(c.history, c.policy).Kept);
            Assert.Subset(Ids(Plan(c.history, new() { Rules = [widened, .. c.policy.Rules.Skip(1)] }).Kept), less);
            Assert.Subset(Ids(Plan(c.history, new() { Rules = [.. c.policy.Rules, c.further] }).Kept), less);
        }).Check(_config);
    }

    [Fact]
    public void What_was_kept_by_counts_is_kept_again() => Check(Generators.CountPolicy, (history, policy) =>
        Assert.Empty(Plan([.. Plan(history, policy).Kept], policy).Removed));

    [Fact]
    public void The_order_of_the_input_does_not_matter() => Check(Generators.Policy, (history, policy) =>
    {
        var shuffled = history.ToArray();
        new System.Random(history.Length).Shuffle(shuffled);
        Assert.Equal(Told(Plan(history, policy)), Told(Plan(shuffled, policy)));
    });

    [Fact]
    public void A_count_keeps_as_many_intact_backups_as_it_says() => Check(Generators.CountPolicy, (history, policy) =>
    {
        var plan = Plan(history, policy);
        foreach (var source in history.Where(backup => !backup.IsDamaged && backup.Started <= Generators.Now).GroupBy(backup => backup.Source))
        {
            foreach (var rule in policy.Rules)
            {
                var matching = source.Where(backup => rule.Type is null || rule.Type == backup.Type).ToList();
                var days = matching.Select(backup => backup.Started.UtcDateTime.Date).Distinct().Count();
                var kept = plan.Kept.Intersect(matching).ToList();
                Assert.True(kept.Count >= Math.Min(rule.KeepLast, matching.Count));
                Assert.True(kept.Select(backup => backup.Started.UtcDateTime.Date).Distinct().Count() >= Math.Min(rule.KeepDaily, days));
            }
        }
    });

    private static void Check(Gen<RetentionPolicy> policies, Action<RetentionCandidate[], RetentionPolicy> property) =>
        Prop.ForAll(Generators.History.ToArbitrary(), policies.ToArbitrary(), property).Check(_config);

    private static RetentionPlan Plan(RetentionCandidate[] history, RetentionPolicy policy) => RetentionPlanner.Plan(history, policy, Generators.Now);

    private static HashSet<string> Ids(IEnumerable<RetentionCandidate> backups) => [.. backups.Select(backup => backup.Id)];

    private static string[] Told(RetentionPlan plan) =>
        [.. plan.Decisions.Select(decision => $"{decision.Candidate.Id} {decision.Keep} {string.Join(", ", decision.Reasons)}")];
}
