using DrTools.Plans.Shapes;

namespace DrTools.Plans.Keys;

/// <summary>Keys of sites and of replication between them.</summary>
internal static class SiteKeys
{
    private static readonly Key<SiteRole> Role = new("role", new WordShape<SiteRole>(), "What the site is for: primary (production runs here), secondary (it is taken over here), vault (only copies are kept here).", isRequired: true);
    private static readonly Key<string> Region = new("region", Any.Text, "The region of a cloud, such as eu-central-1.");
    private static readonly Key<string> Jurisdiction = new("jurisdiction", Any.Text, "The law that holds there, such as DE or EU.");
    private static readonly Key<string> Configuration = new("configuration", Any.Text, "What is there, in words.");

    private static readonly Key<string> From = new("from", new NameShape(NameKind.Site), "The site that the data comes from.", isRequired: true);
    private static readonly Key<string> To = new("to", new NameShape(NameKind.Site), "The site that the data goes to.", isRequired: true);
    private static readonly Key<ReplicationMethod> Method = new("method", new WordShape<ReplicationMethod>(), "How: streaming (the database's log), logical (changes of rows), storage, copies (of backups).", isRequired: true);
    private static readonly Key<bool> Synchronous = new("synchronous", Any.Switch, "Whether a transaction waits until it has arrived; false if not given.");
    private static readonly Key<string> Standby = new("standby", Any.Source, "The server that receives it, written as a source.");
    private static readonly Key<TimeSpan> MaximumLag = new("maximumLag", Any.Duration, "How far behind it may be, such as 30s.");

    public static ObjectShape<PlannedSite> Site { get; } = new(
        "site",
        [Role, Region, Jurisdiction, Configuration],
        v => new PlannedSite
        {
            Name = v.Name,
            Role = v.Required(Role),
            Region = v.Get(Region),
            Jurisdiction = v.Get(Jurisdiction),
            Configuration = v.Get(Configuration),
            Position = v.Position,
        });

    public static ObjectShape<PlannedReplication> Replication { get; } = new(
        "replication",
        [From, To, Method, Synchronous, Standby, MaximumLag],
        MakeReplication);

    private static PlannedReplication? MakeReplication(KeyValues v)
    {
        var replication = new PlannedReplication
        {
            From = v.Required(From),
            To = v.Required(To),
            Method = v.Required(Method),
            IsSynchronous = v.Or(Synchronous, false),
            Standby = v.Get(Standby),
            MaximumLag = v.Maybe(MaximumLag),
            Position = v.Position,
        };
        if (!string.Equals(replication.From, replication.To, StringComparison.OrdinalIgnoreCase))
        {
            return replication;
        }

        v.Reading.Problem(v.PositionOf(To), $"The replication goes from '{replication.From}' to itself.", "Name another site.");
        return null;
    }
}
