using DrTools.Cli.Json;
using DrTools.Plans;

namespace DrTools.Cli.Output;

/// <summary>Tells a plan.</summary>
internal static class PlanLines
{
    public static void Write(TextWriter text, Palette palette, RecoveryPlan plan)
    {
        text.WriteLine($"{palette.Paint(plan.Name, Tone.Strong)}  {plan.File}");
        var services = new TextTable("SERVICE", "TIER", ">RTO", ">RPO", "SITE", "NEEDS", "SOURCES");
        foreach (var service in plan.Services)
        {
            services.Add(
                service.Name,
                service.Tier,
                PlanDuration.Format(service.Objectives.Rto),
                PlanDuration.Format(service.Objectives.Rpo),
                service.Site ?? "-",
                service.DependsOn.Count == 0 ? "-" : string.Join(", ", service.DependsOn),
                string.Join(", ", service.Sources.Select(s => s.Source)));
        }

        services.Write(text, palette);
        if (plan.Repositories.Count > 0)
        {
            text.WriteLine();
            var repositories = new TextTable("REPOSITORY", "MEDIUM", "SITE", "LOCATION");
            foreach (var repository in plan.Repositories)
            {
                repositories.Add(repository.Name, repository.Place.Medium ?? "-", repository.Place.Site ?? "-", repository.Location);
            }

            repositories.Write(text, palette);
        }

        if (plan.Drills.Count > 0)
        {
            text.WriteLine();
            var drills = new TextTable("DRILL", "SCENARIO", "LEVEL", ">EVERY", "SERVICES");
            foreach (var drill in plan.Drills)
            {
                drills.Add(drill.Name, Scalars.Word(drill.Scenario), Scalars.Word(drill.Level), drill.Every is { } every ? PlanDuration.Format(every) : "-", string.Join(", ", drill.Services));
            }

            drills.Write(text, palette);
        }
    }
}
