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

    /// <summary>A full drill carries out steps in production, which nobody does by mistake.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: it was not confirmed.</exception>
    public static void RequireConfirmation(DrillRequest request)
    {
        var service = request.Plan.Service(request.Service);
        if (request.Level == DrillLevel.Full && !string.Equals(request.Confirmation, service.Name, StringComparison.OrdinalIgnoreCase))
        {
            throw new DrException(
                DrError.BadUsage,
                $"A full drill carries out the {Figures.Count(service.Failover.Count, "failover step")} of {service.Name} in production, and that was not confirmed.",
                $"See what would be done (--dry-run, -WhatIf); then confirm it with the name of the service: --confirm {service.Name}; in PowerShell answer the question, or give -Force.")
            { Subject = service.Name };
        }
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
        if (request.Level == DrillLevel.Full && request.Plan.Service(request.Service) is { Failover.Count: 0 } service)
        {
            throw new DrException(DrError.BadUsage, $"The plan has no failover steps of {service.Name}: a full drill has nothing to carry out.", "Add 'failover' to the service, or hold a partial drill.") { Subject = service.Name };
        }

        if (request is { RandomBackup: true, LeastTested: true })
        {
            throw new DrException(DrError.BadUsage, "A drill is held with any backup or with the least tested one, not with both.", "Leave one out: --random-backup or --least-tested, -RandomBackup or -LeastTested.");
        }

        if (request.Level == DrillLevel.Tabletop)
        {
            throw new DrException(DrError.BadUsage, "A tabletop is talked through, and not run.", "Hold it where people are: drtools drill run --level tabletop, Invoke-DrDrill -Level Tabletop.");
        }

        if (request.Scenario == DrillScenario.Custom)
        {
            throw new DrException(DrError.BadUsage, "A custom scenario is one of a runbook.", "Name a drill of the plan with 'scenario: custom' and 'runbook'; in PowerShell also Invoke-DrDrill -Runbook.");
        }
    }

    private static bool Applies(DrillScenario scenario, PlannedSource source) => scenario switch
    {
        DrillScenario.TableDropped or DrillScenario.DatabaseCorrupted => IsSqlite(source) || IsPostgreSql(source),
        DrillScenario.FileDeleted => IsFiles(source),
        _ => true,
    };

    private static string About(DrillScenario scenario) => scenario switch
    {
        DrillScenario.TableDropped or DrillScenario.DatabaseCorrupted => "databases",
        _ => "files",
    };
}
