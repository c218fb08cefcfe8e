using DrTools.Repositories;

namespace DrTools.Plans.Checking;

/// <summary>Whether the repositories of a plan open, and are where the plan says.</summary>
internal static class RepositoryChecks
{
    public static void Check(PlannedRepository planned, OpenedRepositories repositories, List<PlanFinding> findings)
    {
        var list = new FindingList(findings, null, planned.Name, planned.Position.Line);
        if (repositories.Failed.TryGetValue(planned.Name, out var failure))
        {
            list.Error("opens", failure.Message, failure.Remedy);
            return;
        }

        var repository = repositories.Find(planned.Name)!;
        list.Passed("opens", $"{repository.Location} opens (format {repository.FormatVersion}).");
        foreach (var (_, damage) in repositories.Damaged.Where(d => d.Repository == planned.Name))
        {
            list.Error("manifests", damage.Message, damage.Remedy);
        }

        Compare(list, "medium", planned.Place.Medium, repository.Place.Medium, repository, "medium", "-Medium");
        Compare(list, "site", planned.Place.Site, repository.Place.Site, repository, "site", "-Site");
    }

    private static void Compare(FindingList list, string check, string? planned, string? declared, Repository repository, string option, string parameter)
    {
        if (planned is null)
        {
            return;
        }

        var remedy = $"Declare it: drtools place --{option} {planned} --repo {repository.Location}, Set-DrRepository {parameter} {planned}.";
        if (declared is null)
        {
            list.Warning(check, $"The plan says {planned}, and the repository declares none.", remedy);
        }
        else if (!string.Equals(planned, declared, StringComparison.OrdinalIgnoreCase))
        {
            list.Error(check, $"The plan says {planned}, and the repository declares {declared}.", $"Find out which is true. Correct the plan, or the repository: {char.ToLowerInvariant(remedy[0])}{remedy[1..]}");
        }
        else
        {
            list.Passed(check, $"Plan and repository say {declared}.");
        }
    }
}
