using DrTools.Copies;

namespace DrTools.Plans.Checking;

/// <summary>Whether there are as many copies as the plan wants.</summary>
internal static class CopyChecks
{
    private const string Check = "copies";

    public static async Task CheckAsync(RecoveryPlan plan, PlannedService service, PlannedSource source, OpenedRepositories repositories, List<PlanFinding> findings, CancellationToken cancellationToken)
    {
        if (plan.Copies is not { } copies)
        {
            return;
        }

        var list = new FindingList(findings, service.Name, source.Source, copies.Position.Line);
        var missing = source.Repositories.Where(r => repositories.Find(r) is null).ToList();
        var opened = source.Repositories.Select(repositories.Find).OfType<Repositories.Repository>().ToList();
        if (opened.Count == 0)
        {
            list.NotChecked(Check, "None of its repositories can be used, so its copies cannot be counted.", "See what is said of the repositories.");
            return;
        }

        var rule = copies.Rule with { ProductionSite = service.Site ?? copies.Rule.ProductionSite };
        var results = await new CopyPolicyCheck(opened, rule).RunAsync([source.Source], _ => { }, cancellationToken).ConfigureAwait(false);
        var host = source.Host ?? Environment.MachineName;
        var result = results.FirstOrDefault(r => r.Host == host);
        if (result is null)
        {
            // Backups of another host only; that there is none of this one is said elsewhere.
            list.Error(Check, $"There is no copy of it as it is on {host}.", $"Take a backup: drtools backup --service {service.Name}, Invoke-DrBackup -Service {service.Name}.");
        }
        else if (result.Passed)
        {
            list.Passed(Check, $"{rule} is met: {result.Copies} copies, {result.Media} media, {result.OffSite} elsewhere.");
        }
        else if (missing.Count > 0)
        {
            list.NotChecked(Check, $"{rule} is not met by what can be seen; {string.Join(", ", missing)} cannot be used, and may hold what is missing.", "See what is said of the repositories.");
        }
        else
        {
            foreach (var finding in result.Findings)
            {
                list.Error(Check, $"{rule} is not met: {finding.Missing}.", finding.Remedy);
            }
        }
    }
}
