namespace DrTools.Plans;

/// <summary>
/// What must survive, and how: one plan file (<c>dr.yaml</c>), read and found free of contradictions. Everything in it is
/// effective: paths are absolute, tiers have given their objectives, references lead somewhere.
/// </summary>
public sealed record RecoveryPlan
{
    /// <summary>The newest version of the file that is understood.</summary>
    public const int NewestVersion = 1;

    /// <summary>Absolute path of the file.</summary>
    public required string File { get; init; }

    /// <summary>Version of the file's keys.</summary>
    public int Version { get; init; } = NewestVersion;

    /// <summary>What the plan is called.</summary>
    public required string Name { get; init; }

    /// <summary>What it is about.</summary>
    public string? Description { get; init; }

    /// <summary>The zone that schedules are meant in; UTC if it is not said.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>Principles and requirements that the plan follows.</summary>
    public PlannedPolicy Policy { get; init; } = new();

    /// <summary>Rules of law, contract or trade, and how each is met.</summary>
    public IReadOnlyList<PlannedRegulation> Regulations { get; init; } = [];

    /// <summary>The tiers, the usual four among them.</summary>
    public IReadOnlyList<PlannedTier> Tiers { get; init; } = PlannedTier.Usual;

    /// <summary>The sites.</summary>
    public IReadOnlyList<PlannedSite> Sites { get; init; } = [];

    /// <summary>The repositories.</summary>
    public IReadOnlyList<PlannedRepository> Repositories { get; init; } = [];

    /// <summary>How many copies of everything there are to be.</summary>
    public PlannedCopies? Copies { get; init; }

    /// <summary>What must survive, in the order of the file.</summary>
    public required IReadOnlyList<PlannedService> Services { get; init; }

    /// <summary>What is rehearsed.</summary>
    public IReadOnlyList<PlannedDrill> Drills { get; init; } = [];

    /// <summary>What things cost.</summary>
    public PlannedCosts? Costs { get; init; }

    /// <summary>Who is told what.</summary>
    public IReadOnlyList<PlannedAlert> Alerts { get; init; } = [];

    /// <summary>What was changed in the plan, when and by whom; in the order of the file.</summary>
    public IReadOnlyList<PlanChange> Changes { get; init; } = [];

    /// <summary>The folder that relative paths in the file start from.</summary>
    public string Folder => Path.GetDirectoryName(File)!;

    /// <summary>A service by its name, whatever the case.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has none of that name.</exception>
    public PlannedService Service(string name) => Find(Services, s => s.Name, name, "service");

    /// <summary>A repository by its name, whatever the case.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has none of that name.</exception>
    public PlannedRepository Repository(string name) => Find(Repositories, r => r.Name, name, "repository");

    /// <summary>A site by its name, whatever the case.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has none of that name.</exception>
    public PlannedSite Site(string name) => Find(Sites, s => s.Name, name, "site");

    /// <summary>A drill by its name, whatever the case.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has none of that name.</exception>
    public PlannedDrill Drill(string name) => Find(Drills, d => d.Name, name, "drill");

    /// <summary>The services, each after those that it depends on: the order to recover them in.</summary>
    public IReadOnlyList<PlannedService> InOrderOfRecovery()
    {
        var (ordered, seen) = (new List<PlannedService>(), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        foreach (var service in Services)
        {
            Visit(service);
        }

        return ordered;

        void Visit(PlannedService service)
        {
            if (!seen.Add(service.Name))
            {
                return;
            }

            foreach (var needed in service.DependsOn)
            {
                Visit(Service(needed));
            }

            ordered.Add(service);
        }
    }

    /// <summary>Its name.</summary>
    public override string ToString() => Name;

    private T Find<T>(IReadOnlyList<T> things, Func<T, string> nameOf, string name, string what)
    {
        foreach (var thing in things)
        {
            if (string.Equals(nameOf(thing), name, StringComparison.OrdinalIgnoreCase))
            {
                return thing;
            }
        }

        var known = things.Select(nameOf).ToList();
        var closest = Spelling.Closest(name, known);
        throw new DrException(
            DrError.BadUsage,
            $"The plan {File} has no {what} '{name}'.{(closest is null ? string.Empty : $" Did you mean '{closest}'?")}",
            known.Count == 0 ? $"Add it to the plan, or name another plan." : $"Name one of: {string.Join(", ", known)}.")
        { Subject = name };
    }
}
