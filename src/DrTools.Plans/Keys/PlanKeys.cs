using DrTools.Plans.Shapes;

namespace DrTools.Plans.Keys;

/// <summary>The keys of a plan file: the one description that both the reader and the schema follow.</summary>
internal static class PlanKeys
{
    private static readonly Key<decimal> Version = new("version", new NumberShape(1, RecoveryPlan.NewestVersion, isWhole: true), "Version of the keys of this file: 1.", isRequired: true);
    private static readonly Key<string> Name = new("name", Any.Text, "What the plan is called.", isRequired: true);
    private static readonly Key<string> Description = new("description", Any.Text, "What the plan is about.");
    private static readonly Key<TimeZoneInfo> TimeZone = new("timezone", new TimeZoneShape(), "The zone that schedules are meant in, such as Europe/Berlin; UTC if not given.");
    private static readonly Key<PlannedPolicy> Policy = new("policy", PolicyKeys.Policy, "Principles and requirements that the plan follows.");
    private static readonly Key<IReadOnlyList<PlannedRegulation>> Regulations = new("regulations", Map(NameKind.Regulation, PolicyKeys.Regulation), "Rules of law, contract or trade, each with how it is met.");
    private static readonly Key<IReadOnlyList<PlannedTier>> Tiers = new("tiers", Map(NameKind.Tier, TierKeys.Tier), "Objectives by tier. Without it: critical (RTO 1h, RPO 15m), important (4h, 1h), standard (24h, 4h), low (72h, 24h); what is given here changes one of them or adds another.");
    private static readonly Key<IReadOnlyList<PlannedSite>> Sites = new("sites", Map(NameKind.Site, SiteKeys.Site), "The sites: data centres, offices, regions of a cloud.");
    private static readonly Key<IReadOnlyList<PlannedRepository>> Repositories = new("repositories", Map(NameKind.Repository, RepositoryKeys.Repository), "Where backups are kept.");
    private static readonly Key<PlannedCopies> Copies = new("copies", RepositoryKeys.Copies, "How many copies of everything there are to be.");
    private static readonly Key<IReadOnlyList<PlannedService>> Services = new("services", Map(NameKind.Service, ServiceKeys.Service), "What must survive.", isRequired: true);
    private static readonly Key<IReadOnlyList<PlannedDrill>> Drills = new("drills", Map(NameKind.Drill, DrillKeys.Drill), "What is rehearsed.");
    private static readonly Key<PlannedCosts> Costs = new("costs", CostKeys.Costs, "What things cost.");
    private static readonly Key<IReadOnlyList<PlannedAlert>> Alerts = new("alerts", Map(NameKind.Alert, AlertKeys.Alert), "Who is told what, and how.");
    private static readonly Key<IReadOnlyList<PlanChange>> Changes = new("changes", new ListShape<PlanChange>(PolicyKeys.Change), "What was changed in the plan, when and by whom.");

    /// <summary>The whole file.</summary>
    public static ObjectShape<RecoveryPlan> Plan { get; } = new(
        "plan",
        [Version, Name, Description, TimeZone, Policy, Regulations, Tiers, Sites, Repositories, Copies, Services, Drills, Costs, Alerts, Changes],
        v => new RecoveryPlan
        {
            File = v.Reading.File,
            Version = (int)v.Required(Version),
            Name = v.Required(Name),
            Description = v.Get(Description),
            TimeZone = v.Or(TimeZone, TimeZoneInfo.Utc),
            Policy = v.Or(Policy, new PlannedPolicy()),
            Regulations = v.List(Regulations),
            Tiers = TierKeys.WithUsual(v.List(Tiers)),
            Sites = v.List(Sites),
            Repositories = v.List(Repositories),
            Copies = v.Get(Copies),
            Services = v.Required(Services),
            Drills = v.List(Drills),
            Costs = v.Get(Costs),
            Alerts = v.List(Alerts),
            Changes = v.List(Changes),
        });

    /// <summary>Names with what they mean.</summary>
    private static MapShape<T> Map<T>(NameKind kind, Shape<T> value) => new(kind, NameShape.Pattern, $"names of {Words.Plural(kind)}", value);
}
