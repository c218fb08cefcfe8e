using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Journal;

namespace DrTools.Plans.Costs;

/// <summary>What the storage of a repository costs.</summary>
/// <param name="planned">The repository.</param>
/// <param name="costs">The plan's prices.</param>
internal sealed class StorageCosts(PlannedRepository planned, PlannedCosts? costs)
{
    /// <summary>A line for each content and class.</summary>
    public IEnumerable<CostItem> Of(RepositoryUsage usage, RepositoryGrowth growth, IReadOnlyList<BackupInfo> backups, IReadOnlyList<RunRecord> runs)
    {
        var sources = runs.Where(r => r is { BackupId: not null, Source: not null }).Select(r => (Id: r.BackupId!, Source: r.Source!))
            .Concat(backups.Select(b => (b.Id, b.Source))).DistinctBy(b => b.Id).ToDictionary(b => b.Id, b => b.Source, StringComparer.Ordinal);
        var lines = usage.Shares
            .GroupBy(s => (Content: ContentOf(s, sources), Class: s.StorageClass ?? planned.StorageClass))
            .Select(g => (g.Key.Content, g.Key.Class, Bytes: g.Sum(s => s.Bytes))).OrderBy(l => l.Content).ThenBy(l => l.Class, StringComparer.Ordinal).ToList();
        var ofBackups = lines.Where(l => l.Content is CostContent.Databases or CostContent.Files).Sum(l => l.Bytes);
        var ofLogs = lines.Where(l => l.Content == CostContent.Logs).Sum(l => l.Bytes);
        return lines.Select(l => new CostItem
        {
            Kind = CostKind.Storage,
            Name = planned.Name,
            Content = l.Content,
            StorageClass = l.Class,
            Bytes = l.Bytes,
            GrowthPerMonth = l.Content switch
            {
                CostContent.Logs => Share(growth.Logs, l.Bytes, ofLogs),
                CostContent.Other => 0,
                _ => Share(growth.Backups, l.Bytes, ofBackups),
            },
            Price = PriceOf(l.Class),
            Basis = $"{Basis(l.Content, growth)} {PriceBasis(l.Class)}",
        });
    }

    /// <summary>The line of a repository that cannot be used.</summary>
    public CostItem Unknown(DrException problem) => new()
    {
        Kind = CostKind.Storage,
        Name = planned.Name,
        StorageClass = planned.StorageClass,
        Price = PriceOf(planned.StorageClass),
        Basis = $"How much is stored is not known: {problem.Message}",
    };

    private static CostContent ContentOf(StoredShare share, Dictionary<string, string> sources) => share.Content switch
    {
        StoredContent.Logs => CostContent.Logs,
        StoredContent.Backups when share.BackupId is { } id && sources.TryGetValue(id, out var source) =>
            source.StartsWith("files:", StringComparison.Ordinal) ? CostContent.Files : CostContent.Databases,
        _ => CostContent.Other,
    };

    /// <summary>The shares are taken to stay as they are.</summary>
    private static long? Share(long? growth, long bytes, long all) => all == 0 ? growth : (long?)(growth * (decimal)bytes / all);

    private static string Basis(CostContent content, RepositoryGrowth growth) => (content, growth) switch
    {
        (CostContent.Other, _) => "Not reckoned with growth.",
        (CostContent.Logs, { LogsExpire: true }) => "Logs are removed as others arrive, so that no more of them are reckoned with.",
        (CostContent.Logs, { LogsPerMonth: null }) => "Growth was never measured: the logs are of less than a day.",
        (CostContent.Logs, _) => "Growth by the logs that arrived.",
        (_, { Over: { } over }) => $"Growth by the journal of {Figures.Duration(over)}.",
        _ => "Growth was never measured: the journal has less than a day since the first backup.",
    };

    private decimal? PriceOf(string? storageClass) =>
        storageClass is null ? null : costs?.Storage.FirstOrDefault(p => Key(p.StorageClass) == Key(storageClass))?.PerGigabyteMonth;

    private string PriceBasis(string? storageClass) =>
        storageClass is null ? "Not priced: the plan does not say of which class the storage is (storageClass of the repository)."
        : PriceOf(storageClass) is null ? $"Not priced: the plan has no price of {storageClass} (costs.storage)."
        : $"Priced as {storageClass}.";

    /// <summary>Stores write <c>DEEP_ARCHIVE</c> what plans call <c>deep-archive</c>.</summary>
    private static string Key(string storageClass) => storageClass.Replace('_', '-').ToUpperInvariant();
}
