using DrTools.Plans.Shapes;

namespace DrTools.Plans.Keys;

/// <summary>Keys of tiers and objectives.</summary>
internal static class TierKeys
{
    private static readonly Key<TimeSpan> Rto = new("rto", Any.Duration, "Recovery time objective: how long the service may be away, such as 1h.", isRequired: true);
    private static readonly Key<TimeSpan> Rpo = new("rpo", Any.Duration, "Recovery point objective: of how much time data may be lost, such as 15m.", isRequired: true);
    private static readonly Key<string> Description = new("description", Any.Text, "What the tier means.");

    public static ObjectShape<PlannedTier> Tier { get; } = new(
        "tier",
        [Rto, Rpo, Description],
        v => new PlannedTier { Name = v.Name, Objectives = new(v.Required(Rto), v.Required(Rpo)), Description = v.Get(Description), Position = v.Position });

    /// <summary>The usual tiers, changed and added to as a plan says.</summary>
    public static IReadOnlyList<PlannedTier> WithUsual(IReadOnlyList<PlannedTier> given) =>
    [
        .. PlannedTier.Usual.Select(u => given.FirstOrDefault(g => IsSame(g, u)) is { } own ? own with { Description = own.Description ?? u.Description } : u),
        .. given.Where(g => !PlannedTier.Usual.Any(u => IsSame(g, u))),
    ];

    private static bool IsSame(PlannedTier one, PlannedTier other) => string.Equals(one.Name, other.Name, StringComparison.OrdinalIgnoreCase);
}
