using DrTools.Plans;

namespace DrTools.PowerShell.Assertions;

/// <summary>
/// The operators that the module adds to Pester's <c>Should</c>: <c>-MeetRto</c>, <c>-MeetRpo</c>, <c>-BeRecoverable</c> and
/// <c>-HaveNoLogGap</c>. Each judges everything that came through the pipeline. What could not be measured fails, with <c>-Not</c> too:
/// nothing is known of it either way.
/// </summary>
public static class ShouldOperators
{
    /// <summary>Whether recovery times are within their objective.</summary>
    /// <param name="actual">Results of drills, objectives that were measured; with an objective also verifications, restores and times.</param>
    /// <param name="objective">A time or a text such as <c>1h30m</c> that counts instead of their own objectives.</param>
    /// <param name="negate">Whether they are to miss it.</param>
    /// <param name="because">Why, for the message.</param>
    public static ShouldVerdict MeetRto(object?[]? actual, object? objective, bool negate, string? because) =>
        WithObjective(objective, span => Judge(actual, "to meet the RTO", a => RtoJudge.Of(a, span), negate, because));

    /// <summary>Whether recovery points are within their objective.</summary>
    /// <param name="actual">Results of drills, objectives that were measured; with an objective also backups, recovery windows and times.</param>
    /// <param name="objective">A time or a text such as <c>15m</c> that counts instead of their own objectives.</param>
    /// <param name="withSite">Whether the whole site is reckoned to be lost; of objectives that were measured.</param>
    /// <param name="negate">Whether they are to miss it.</param>
    /// <param name="because">Why, for the message.</param>
    public static ShouldVerdict MeetRpo(object?[]? actual, object? objective, bool withSite, bool negate, string? because) =>
        WithObjective(objective, span => Judge(actual, "to meet the RPO", a => RpoJudge.Of(a, span, withSite), negate, because));

    /// <summary>Whether backups can be recovered from: they have been restored.</summary>
    /// <param name="actual">Verifications at level restore, results of drills, or why a backup could not be verified.</param>
    /// <param name="negate">Whether they are not to be recoverable.</param>
    /// <param name="because">Why, for the message.</param>
    public static ShouldVerdict BeRecoverable(object?[]? actual, bool negate, string? because) =>
        Judge(actual, RecoverabilityJudge.Demand, RecoverabilityJudge.Of, negate, because);

    /// <summary>Whether no log is missing between others.</summary>
    /// <param name="actual">Recovery windows.</param>
    /// <param name="negate">Whether there is to be a gap.</param>
    /// <param name="because">Why, for the message.</param>
    public static ShouldVerdict HaveNoLogGap(object?[]? actual, bool negate, string? because) =>
        Judge(actual, LogGapJudge.Demand, LogGapJudge.Of, negate, because);

    private static ShouldVerdict WithObjective(object? given, Func<TimeSpan?, ShouldVerdict> judge)
    {
        switch (given)
        {
            case null:
                return judge(null);
            case TimeSpan span when span > TimeSpan.Zero:
                return judge(span);
            case string text when PlanDuration.TryParse(text, out var parsed, out _):
                return judge(parsed);
            default:
                return new ShouldVerdict(false, $"The objective '{given}' is no duration, so nothing was measured. Remedy: give a time span, or {PlanDuration.Syntax}.");
        }
    }

    private static ShouldVerdict Judge(object?[]? actual, string demand, Func<object?, Judgement> judge, bool negate, string? because)
    {
        var reason = Reason(because);
        if (actual is null || actual.Length == 0 || actual.All(a => a is null))
        {
            return new ShouldVerdict(false, $"Expected something {Turned(demand, negate)},{reason} but nothing was given, so nothing was measured. Remedy: see why the command before Should returned nothing.");
        }

        var failures = actual.Select(judge).Where(j => j.Met != !negate).Select(j => Tell(j, negate, reason)).ToList();
        return new ShouldVerdict(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }

    private static string Tell(Judgement judgement, bool negate, string reason) =>
        $"Expected {judgement.Subject} {Turned(judgement.Demand, negate)},{reason} but {judgement.Said}.{(negate && judgement.Met is not null ? string.Empty : $" Remedy: {judgement.Remedy}")}";

    private static string Turned(string demand, bool negate) => negate ? "not " + demand : demand;

    /// <summary>As Pester words it: <c> because it is law,</c>.</summary>
    private static string Reason(string? because)
    {
        var words = because?.Trim() ?? string.Empty;
        return words.Length == 0 ? string.Empty : $" because {(words.StartsWith("because ", StringComparison.OrdinalIgnoreCase) ? words[8..] : words)},";
    }
}
