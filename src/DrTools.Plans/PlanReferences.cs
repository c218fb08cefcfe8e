using DrTools.Plans.Shapes;

namespace DrTools.Plans;

/// <summary>What can be judged only when the whole plan has been read: whether names lead somewhere, and whether services wait for
/// one another in a circle.</summary>
internal static class PlanReferences
{
    public static void Check(PlanReading reading)
    {
        foreach (var reference in reading.References)
        {
            if (reading.Knows(reference.Kind, reference.Name) || (reference.Kind == NameKind.Tier && PlannedTier.Usual.Any(t => IsSame(t.Name, reference.Name))))
            {
                continue;
            }

            List<string> known = [.. reading.KnownNames(reference.Kind)];
            known.AddRange(reference.Kind == NameKind.Tier ? PlannedTier.Usual.Select(t => t.Name).Except(known, StringComparer.OrdinalIgnoreCase) : []);
            reading.Problem(new PlanProblem(
                reading.File,
                reference.Position.Line,
                reference.Position.Column,
                reference.Path,
                $"There is no {Words.Of(reference.Kind)} '{reference.Name}'.{Words.Suggest(reference.Name, known)}",
                known.Count == 0 ? $"Describe it under '{Words.Plural(reference.Kind)}'." : $"Name one of {Words.List(known)}, or describe it under '{Words.Plural(reference.Kind)}'."));
        }

        CheckCircles(reading);
    }

    /// <summary>Puts in what depends on other parts of the plan.</summary>
    public static RecoveryPlan Complete(RecoveryPlan plan) => plan with
    {
        Services = [.. plan.Services.Select(s => Complete(plan, s))],
        Repositories = [.. plan.Repositories.Select(r => r.Place.Site is { } site ? r with { Place = new(r.Place.Medium, plan.Site(site).Name) } : r)],
        Copies = plan.Copies is { } copies && plan.Sites.Where(s => s.Role == SiteRole.Primary).ToList() is [var primary]
            ? copies with { Rule = copies.Rule with { ProductionSite = primary.Name } }
            : plan.Copies,
    };

    private static PlannedService Complete(RecoveryPlan plan, PlannedService service)
    {
        var tier = plan.Tiers.First(t => IsSame(t.Name, service.Tier));
        return service with
        {
            Tier = tier.Name,
            Objectives = new(
                service.Objectives.Rto > TimeSpan.Zero ? service.Objectives.Rto : tier.Objectives.Rto,
                service.Objectives.Rpo > TimeSpan.Zero ? service.Objectives.Rpo : tier.Objectives.Rpo),
        };
    }

    private static void CheckCircles(PlanReading reading)
    {
        var needs = reading.References
            .Where(r => r.Kind == NameKind.Service && r.Path.Split('.') is ["services", .., var last] && last.StartsWith("dependsOn", StringComparison.Ordinal))
            .Select(r => (From: r.Path["services.".Length..r.Path.LastIndexOf(".dependsOn", StringComparison.Ordinal)], Reference: r))
            .ToLookup(n => n.From, n => n.Reference, StringComparer.OrdinalIgnoreCase);
        var (done, way) = (new HashSet<string>(StringComparer.OrdinalIgnoreCase), new List<string>());
        foreach (var service in needs.Select(n => n.Key))
        {
            Visit(service);
        }

        void Visit(string service)
        {
            if (!done.Add(service))
            {
                return;
            }

            way.Add(service);
            foreach (var reference in needs[service])
            {
                var start = way.FindIndex(s => IsSame(s, reference.Name));
                if (start >= 0)
                {
                    reading.Problem(new PlanProblem(
                        reading.File,
                        reference.Position.Line,
                        reference.Position.Column,
                        reference.Path,
                        $"The services wait for one another in a circle: {string.Join(" → ", way.Skip(start).Append(way[start]))}.",
                        "Remove one of these dependencies: the one that the service can start without."));
                }
                else
                {
                    Visit(reference.Name);
                }
            }

            way.RemoveAt(way.Count - 1);
        }
    }

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
