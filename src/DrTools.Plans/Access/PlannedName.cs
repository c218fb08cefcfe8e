namespace DrTools.Plans;

/// <summary>
/// What a plan has, by its name there: <c>plan:shop</c> wherever a repository or a source is taken. The plan is the one that the
/// environment names, or <c>dr.yaml</c>.
/// </summary>
public static class PlannedName
{
    /// <summary>How such a name begins.</summary>
    public const string Prefix = "plan:";

    /// <summary>Whether a text is such a name.</summary>
    public static bool Is(string? text) => text is not null && text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>The repository that is meant: one of the plan, or the one that backups of a service are taken into.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="text"><c>plan:</c> and the name of a repository or of a service.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such name, it stands for both, or backups of the
    /// service are taken into several.</exception>
    public static PlannedRepository Repository(RecoveryPlan plan, string text)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var name = NameOf(text);
        var repository = plan.Repositories.FirstOrDefault(r => Same(r.Name, name));
        var service = plan.Services.FirstOrDefault(s => Same(s.Name, name));
        return (repository, service) switch
        {
            ({ } only, null) => only,
            (null, { } only) => PlannedSelection.Of(plan, only.Name).Repository,
            (null, null) => throw new DrException(
                DrError.BadUsage,
                $"The plan {plan.File} has neither a repository nor a service '{name}'.",
                $"Its repositories are {List(plan.Repositories.Select(r => r.Name))}; its services are {List(plan.Services.Select(s => s.Name))}."),
            _ => throw new DrException(DrError.BadUsage, $"'{name}' is both a repository and a service of the plan {plan.File}.", "Give the repository's location, or rename one of them in the plan."),
        };
    }

    /// <summary><see cref="Repository(RecoveryPlan, string)"/> of the plan that the environment names, or <c>dr.yaml</c>.</summary>
    /// <exception cref="DrException">There is no such plan, or it makes no sense; or as there.</exception>
    public static PlannedRepository Repository(string text) => Repository(PlanLoader.Read(PlanLoader.Choose(null)).Require(), text);

    /// <summary><see cref="Source(RecoveryPlan, string)"/> of the plan that the environment names, or <c>dr.yaml</c>.</summary>
    /// <exception cref="DrException">There is no such plan, or it makes no sense; or as there.</exception>
    public static PlannedSource Source(string text) => Source(PlanLoader.Read(PlanLoader.Choose(null)).Require(), text);

    /// <summary>The source that is meant: the one of a service.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="text"><c>plan:</c> and the name of a service.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such service, or it has not exactly one source.</exception>
    public static PlannedSource Source(RecoveryPlan plan, string text)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var service = plan.Service(NameOf(text));
        return PlannedSelection.SourcesOf(plan, service) is [var only]
            ? only
            : throw new DrException(DrError.BadUsage, $"The service {service.Name} has {service.Sources.Count} sources.", $"Name one of them: {string.Join(", ", service.Sources.Select(s => s.Source))}.");
    }

    private static string NameOf(string text) => text[Prefix.Length..];

    private static string List(IEnumerable<string> names) => names.DefaultIfEmpty("none").Aggregate((a, b) => $"{a}, {b}");

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
