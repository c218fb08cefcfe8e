using DrTools.Plans;

namespace DrTools.Drills;

/// <summary>What can be drilled with what, and what is refused.</summary>
internal static class DrillScope
{
    private const string Sqlite = "sqlite:";
    private const string Files = "files:";
    private const string PostgreSql = "postgresql:";

    /// <summary>Sources of the service that the scenario is about.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: there is nothing to drill, or no such drill.</exception>
    public static IReadOnlyList<PlannedSource> Sources(DrillRequest request)
    {
        var service = request.Plan.Service(request.Service);
        Require(request);
        var sources = service.Sources.Where(s => Applies(request.Scenario, s)).ToList();
        return sources.Count > 0
            ? sources
            : throw new DrException(
                DrError.BadUsage,
                service.Sources.Count == 0 ? $"The service {service.Name} has no sources: there is nothing to recover." : $"The drill {Word(request.Scenario)} is about {About(request.Scenario)}, and {service.Name} has none that can be drilled.",
                service.Sources.Count == 0 ? "Add its sources to the plan." : "Choose another scenario, or another service.")
            { Subject = service.Name };
    }

    /// <summary>As in a plan: <c>table-dropped</c>.</summary>
    public static string Word(DrillScenario scenario) => string.Concat(scenario.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? "-" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));

    public static bool IsSqlite(PlannedSource source) => source.Source.StartsWith(Sqlite, StringComparison.Ordinal);

    public static bool IsFiles(PlannedSource source) => source.Source.StartsWith(Files, StringComparison.Ordinal);

    public static bool IsPostgreSql(PlannedSource source) => source.Source.StartsWith(PostgreSql, StringComparison.Ordinal);

    /// <summary>Whether an assertion can be asked of a source: those of PostgreSQL name a database, and the others are of the
    /// service's only kind of database, or of SQLite.</summary>
    public static bool IsAskedOf(PlannedService service, PlannedSource source, string assertion) =>
        IsPostgreSql(source) ? assertion.TrimStart().StartsWith('[') || !service.Sources.Any(IsSqlite) : IsSqlite(source) && !assertion.TrimStart().StartsWith('[');

    private static void Require(DrillRequest request)
    {
        if (request.Level == DrillLevel.Tabletop)
        {
            throw new DrException(DrError.BadUsage, "A tabletop is talked through, and not run.", "Hold it where people are: drtools drill run --level tabletop, Invoke-DrDrill -Level Tabletop.");
        }

        if (request.Level != DrillLevel.Partial)
        {
            throw new DrException(DrError.BadUsage, $"A drill of level {request.Level.ToString().ToLowerInvariant()} cannot be held by this version.", "Hold a partial one: on real data, in scratch copies (--level partial, -Level Partial).");
        }

        if (request.Scenario == DrillScenario.Custom)
        {
            throw new DrException(DrError.BadUsage, "A custom scenario is one of a runbook.", "Name a drill of the plan with 'scenario: custom' and 'runbook'; in PowerShell also Invoke-DrDrill -Runbook.");
        }

        if (request.Scenario is DrillScenario.KeyLost)
        {
            throw new DrException(DrError.BadUsage, $"The scenario {Word(request.Scenario)} cannot be drilled by this version.", "Choose table-dropped, database-corrupted, file-deleted, ransomware-encrypted or site-lost.");
        }
    }

    private static bool Applies(DrillScenario scenario, PlannedSource source) => scenario switch
    {
        DrillScenario.TableDropped or DrillScenario.DatabaseCorrupted => IsSqlite(source) || IsPostgreSql(source),
        DrillScenario.FileDeleted => IsFiles(source),
        DrillScenario.SiteLost => true,
        _ => IsSqlite(source) || IsFiles(source),
    };

    private static string About(DrillScenario scenario) => scenario switch
    {
        DrillScenario.TableDropped or DrillScenario.DatabaseCorrupted => "databases",
        DrillScenario.FileDeleted => "files",
        _ => "SQLite databases and files",
    };
}
