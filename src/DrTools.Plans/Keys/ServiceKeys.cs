using DrTools.Plans.Shapes;

namespace DrTools.Plans.Keys;

/// <summary>Keys of services.</summary>
internal static class ServiceKeys
{
    private static readonly Key<TimeSpan> Rto = new("rto", Any.Duration, "Recovery time objective: how long the service may be away, such as 1h; that of its tier if not given.");
    private static readonly Key<TimeSpan> Rpo = new("rpo", Any.Duration, "Recovery point objective: of how much time data may be lost, such as 15m; that of its tier if not given.");

    private static readonly Key<decimal> Revenue = new("revenuePerHour", Any.Money, "Revenue lost in an hour, in the currency of the costs.");
    private static readonly Key<decimal> Operation = new("operationPerHour", Any.Money, "Further cost of operation in an hour.");
    private static readonly Key<decimal> Reputation = new("reputationPerHour", Any.Money, "Worth of the reputation lost in an hour.");
    private static readonly Key<decimal> Data = new("dataPerHour", Any.Money, "What the loss of an hour's data costs.");
    private static readonly Key<decimal> Disasters = new("disastersPerYear", new NumberShape(0, 1000, isWhole: false), "How many disasters a year are reckoned with; 0.1 if not given.");

    private static readonly Key<string> Description = new("description", Any.Text, "What the service is.");
    private static readonly Key<string> Tier = new("tier", new NameShape(NameKind.Tier), "How much depends on it: critical, important, standard, low, or a tier of this plan.", isRequired: true);
    private static readonly Key<OwnObjectives> Objectives = new("objectives", new ObjectShape<OwnObjectives>("objectives", [Rto, Rpo], v => new OwnObjectives(v.Maybe(Rto), v.Maybe(Rpo))), "What its recovery must achieve, where it differs from its tier.");
    private static readonly Key<RecoveryStrategy> Strategy = new("strategy", new WordShape<RecoveryStrategy>(), "The strategy that was chosen: backup-restore, pilot-light, warm-standby, multi-site.");
    private static readonly Key<string> Site = new("site", new NameShape(NameKind.Site), "The site that it runs at.");
    private static readonly Key<IReadOnlyList<PlannedPerson>> Owners = new("owners", new ListShape<PlannedPerson>(PolicyKeys.Person), "Who answers for it.");
    private static readonly Key<IReadOnlyList<string>> Regulations = new("regulations", Any.Names(NameKind.Regulation), "Names of the regulations that it is under.");
    private static readonly Key<IReadOnlyList<string>> DependsOn = new("dependsOn", Any.Names(NameKind.Service), "Names of the services that must be there first.");
    private static readonly Key<IReadOnlyList<PlannedSource>> Sources = new("sources", new ListShape<PlannedSource>(SourceKeys.Source), "Its data.");
    private static readonly Key<ServiceChecks> Checks = new("checks", CheckKeys.Checks, "What tells that it works, asked after a recovery and in drills.");
    private static readonly Key<IReadOnlyList<PlannedReplication>> Replication = new("replication", new ListShape<PlannedReplication>(SiteKeys.Replication), "How its data gets to other sites.");
    private static readonly Key<IReadOnlyList<string>> FailoverCriteria = new("failoverCriteria", Any.Texts, "When it is to be failed over, each as a sentence.");
    private static readonly Key<IReadOnlyList<FailoverStep>> Failover = new("failover", new ListShape<FailoverStep>(CheckKeys.Step), "What is done to have it back, in this order.");
    private static readonly Key<PlannedImpact> Impact = new(
        "impact",
        new ObjectShape<PlannedImpact>(
            "impact",
            [Revenue, Operation, Reputation, Data, Disasters],
            v => new PlannedImpact
            {
                RevenuePerHour = v.Or(Revenue, 0),
                OperationPerHour = v.Or(Operation, 0),
                ReputationPerHour = v.Or(Reputation, 0),
                DataPerHour = v.Or(Data, 0),
                DisastersPerYear = v.Or(Disasters, new PlannedImpact().DisastersPerYear),
            }),
        "What its absence costs.");

    public static ObjectShape<PlannedService> Service { get; } = new(
        "service",
        [Description, Tier, Objectives, Strategy, Site, Owners, Regulations, DependsOn, Sources, Checks, Replication, FailoverCriteria, Failover, Impact],
        v =>
        {
            var own = v.Or(Objectives, new OwnObjectives(null, null));
            return new PlannedService
            {
                Name = v.Name,
                Description = v.Get(Description),
                Tier = v.Required(Tier),
                Objectives = new Objectives(own.Rto ?? TimeSpan.Zero, own.Rpo ?? TimeSpan.Zero),
                Strategy = v.Maybe(Strategy),
                Site = v.Get(Site),
                Owners = v.List(Owners),
                Regulations = v.List(Regulations),
                DependsOn = v.List(DependsOn),
                Sources = v.List(Sources),
                Checks = v.Or(Checks, new ServiceChecks()),
                Replication = v.List(Replication),
                FailoverCriteria = v.List(FailoverCriteria),
                Failover = v.List(Failover),
                Impact = v.Get(Impact),
                Position = v.Position,
            };
        });

    /// <summary>Objectives of a service, where it has its own; what is zero is taken from the tier when all is read.</summary>
    private sealed record OwnObjectives(TimeSpan? Rto, TimeSpan? Rpo);
}
