using DrTools.Plans.Checking;
using DrTools.Plans.Costs;
using DrTools.Repositories;
using DrTools.Repositories.Journal;

namespace DrTools.Plans;

/// <summary>
/// Estimates what recovery costs: storage by what the repositories hold, its growth by their journals, sites and transfer; at the
/// plan's prices and no others. What has no price, or could not be asked, is said and not guessed.
/// </summary>
/// <param name="secrets">Where the secrets of the repositories come from.</param>
/// <param name="time">The clock.</param>
public sealed class CostEstimator(PlanSecrets secrets, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Estimates. Repositories that cannot be used are no errors: that their size is not known is said.</summary>
    public async Task<CostEstimate> RunAsync(RecoveryPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var now = _time.GetUtcNow();
        var (items, transfers) = (new List<CostItem>(), new List<CostItem>());
        var repositories = await OpenedRepositories.OpenAsync(plan.Repositories, new PlanRepositories(secrets), cancellationToken).ConfigureAwait(false);
        await using (repositories.ConfigureAwait(false))
        {
            foreach (var planned in plan.Repositories)
            {
                var growth = await AddStorageAsync(plan, planned, repositories, items, now, cancellationToken).ConfigureAwait(false);
                if (Transfer(plan, planned, repositories, growth) is { } transfer)
                {
                    transfers.Add(transfer);
                }
            }

            items.AddRange(plan.Sites.Where(s => s.Role != SiteRole.Primary).Select(s => SiteCost(plan, s)));
            items.AddRange(transfers);
            items.AddRange(plan.Services.SelectMany(s => s.Replication.Where(r => r.Method != ReplicationMethod.Copies).Select(r => Replication(plan, s, r))));
            var ofBackups = CostSum.Of([.. items.Where(i => i.Kind == CostKind.Storage), .. transfers]);
            return new CostEstimate
            {
                Plan = plan.File,
                Currency = plan.Costs?.Currency,
                Estimated = now,
                Items = items,
                Strategies = StrategyReturns.Of(plan, Sizes(plan, repositories), ofBackups.Missing == 0 && items.Count > 0 ? ofBackups.PerMonth : null),
            };
        }
    }

    private static async Task<RepositoryGrowth?> AddStorageAsync(
        RecoveryPlan plan, PlannedRepository planned, OpenedRepositories repositories, List<CostItem> items, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var storage = new StorageCosts(planned, plan.Costs);
        if (repositories.Find(planned.Name) is not { } repository)
        {
            items.Add(storage.Unknown(repositories.Failed[planned.Name]));
            return null;
        }

        try
        {
            var usage = await RepositoryUsage.ReadAsync(repository, cancellationToken).ConfigureAwait(false);
            var runs = await repository.Journal.ReadAsync(int.MaxValue, cancellationToken).ConfigureAwait(false);
            var growth = RepositoryGrowth.Of(runs, usage.Logs, now);
            items.AddRange(storage.Of(usage, growth, repositories.BackupsIn(planned.Name), runs));
            return growth;
        }
        catch (DrException e)
        {
            items.Add(storage.Unknown(e));
            return null;
        }
    }

    /// <summary>What arrives in a repository at another site has been sent there.</summary>
    private static CostItem? Transfer(RecoveryPlan plan, PlannedRepository planned, OpenedRepositories repositories, RepositoryGrowth? growth)
    {
        var site = repositories.Find(planned.Name)?.Place.Site ?? planned.Place.Site;
        var primaries = plan.Sites.Where(s => s.Role == SiteRole.Primary).ToList();
        if (site is null || primaries.Count == 0 || primaries.Exists(p => string.Equals(p.Name, site, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        return new CostItem
        {
            Kind = CostKind.Transfer,
            Name = planned.Name,
            Bytes = growth?.Sent,
            Price = plan.Costs?.TransferPerGigabyte,
            Basis = $"{(growth?.Over is { } over ? $"To {site} in a month, by the journal of {Figures.Duration(over)}." : $"What is sent to {site} in a month was never measured.")}{TransferPriceBasis(plan)}",
        };
    }

    private static CostItem SiteCost(RecoveryPlan plan, PlannedSite site)
    {
        var price = plan.Costs?.Sites.FirstOrDefault(s => string.Equals(s.Site, site.Name, StringComparison.OrdinalIgnoreCase))?.PerMonth;
        return new CostItem
        {
            Kind = CostKind.Site,
            Name = site.Name,
            Price = price,
            Basis = price is null ? "Not priced: the plan does not say what the site costs (costs.sites)." : "By the plan, beside storage.",
        };
    }

    private static CostItem Replication(RecoveryPlan plan, PlannedService service, PlannedReplication replication) => new()
    {
        Kind = CostKind.Transfer,
        Name = service.Name,
        Price = plan.Costs?.TransferPerGigabyte,
        Basis = $"What its replication sends from {replication.From} to {replication.To} is not measured.{TransferPriceBasis(plan)}",
    };

    private static string TransferPriceBasis(RecoveryPlan plan) =>
        plan.Costs?.TransferPerGigabyte is null ? " Not priced: the plan has no price of it (costs.transferPerGigabyte)." : string.Empty;

    /// <summary>Of each service the size of its data by the newest backups.</summary>
    private static Dictionary<string, long> Sizes(RecoveryPlan plan, OpenedRepositories repositories) => plan.Services.ToDictionary(
        s => s.Name,
        s => s.Sources.Sum(source => source.Repositories.Where(r => repositories.Find(r) is not null)
            .SelectMany(r => repositories.Backups(r, source)).MaxBy(b => b.Started)?.SourceBytes ?? 0),
        StringComparer.OrdinalIgnoreCase);
}
