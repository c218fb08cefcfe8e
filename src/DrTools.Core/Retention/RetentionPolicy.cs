namespace DrTools.Retention;

/// <summary>Rules that say together which backups of each source are kept: those that any rule keeps.</summary>
public sealed record RetentionPolicy
{
    /// <summary>The rules.</summary>
    public required IReadOnlyList<RetentionRule> Rules { get; init; }

    /// <summary>Reads rules in their textual form (<see cref="RetentionRule"/>).</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: one of them makes no sense.</exception>
    public static RetentionPolicy Parse(IEnumerable<string> rules) => new() { Rules = [.. rules.Select(RetentionRule.Parse)] };

    /// <summary>The textual form of the rules, divided by blanks.</summary>
    public override string ToString() => string.Join(' ', Rules);

    /// <summary>Throws when the policy would keep nothing, or has a negative count.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    internal void Validate()
    {
        foreach (var rule in Rules)
        {
            if (rule.KeepLast < 0 || rule.KeepDaily < 0 || rule.KeepWeekly < 0 || rule.KeepMonthly < 0 || rule.KeepYearly < 0 || rule.KeepWithin < TimeSpan.Zero)
            {
                throw new DrException(DrError.BadUsage, $"The retention rule '{rule}' has a negative number.", "Give counts and durations above 0, and leave out what should keep nothing.");
            }
        }

        if (!Rules.Any(rule => rule.KeepsSomething))
        {
            throw new DrException(DrError.BadUsage, "The retention policy has no rule that keeps a backup: it would remove everything.", "Give at least one rule, as in last=7 or daily=30,weekly=12,monthly=84.");
        }
    }
}
