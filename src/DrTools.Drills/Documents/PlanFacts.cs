using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DrTools.Plans;

namespace DrTools.Documents;

/// <summary>
/// What a document carries out of sight, so that a later one can tell what has changed: the facts of the plan, each under the keys
/// that lead to it, in no language.
/// </summary>
/// <param name="Plan">Name of the plan.</param>
/// <param name="Written">When the document was written, UTC.</param>
/// <param name="Facts">The facts.</param>
internal sealed partial record PlanFacts(string Plan, DateTimeOffset Written, SortedDictionary<string, string> Facts)
{
    /// <summary>What it is called in a document.</summary>
    public const string Id = "drtools-plan";

    private const int MaximumBytes = 32 << 20;

    public static PlanFacts Of(RecoveryPlan plan, DateTimeOffset written)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        void Add(string path, object? value)
        {
            var text = value switch { null => null, TimeSpan span => PlanDuration.Format(span), IEnumerable<string> list => string.Join(", ", list), IFormattable f => f.ToString(null, CultureInfo.InvariantCulture), _ => value.ToString() };
            if (!string.IsNullOrEmpty(text))
            {
                facts[path] = text;
            }
        }

        Add("name", plan.Name);
        Add("description", plan.Description);
        Add("timezone", plan.TimeZone.Id);
        Add("policy.principles", plan.Policy.Principles);
        Add("policy.requirements", plan.Policy.Requirements);
        Add("copies.rule", plan.Copies?.Rule);
        foreach (var r in plan.Regulations)
        {
            Add($"regulations.{r.Name}", $"{r.Title}: {r.Requires} / {r.MetBy} / {(r.KeepFor is { } keep ? PlanDuration.Format(keep) : "-")}");
        }

        foreach (var s in plan.Sites)
        {
            Add($"sites.{s.Name}", $"{s.Role}, {s.Region}, {s.Jurisdiction}, {s.Configuration}");
        }

        foreach (var r in plan.Repositories)
        {
            Add($"repositories.{r.Name}", $"{r.Location}, {r.Place.Medium}, {r.Place.Site}, {r.StorageClass}");
        }

        foreach (var s in plan.Services)
        {
            AddService(s, Add);
        }

        foreach (var d in plan.Drills)
        {
            Add($"drills.{d.Name}", $"{d.Scenario}, {d.Level}, {string.Join(" ", d.Services)}, {(d.Every is { } every ? PlanDuration.Format(every) : "-")}");
        }

        if (plan.Costs is { } costs)
        {
            Add("costs.currency", costs.Currency);
            Add("costs.transferPerGigabyte", costs.TransferPerGigabyte);
            costs.Storage.ToList().ForEach(p => Add($"costs.storage.{p.StorageClass}", p.PerGigabyteMonth));
            costs.Sites.ToList().ForEach(p => Add($"costs.sites.{p.Site}", p.PerMonth));
            costs.Strategies.ToList().ForEach(p => Add($"costs.strategies.{p.Strategy}", p.PerMonth));
        }

        foreach (var a in plan.Alerts)
        {
            Add($"alerts.{a.Name}", $"{a.Method}, {a.From}, {a.To ?? a.Url?.ToString()}, {string.Join(" ", a.Services)}");
        }

        return new PlanFacts(plan.Name, written, facts);
    }

    /// <summary>What is different from an earlier document; the old or the new value is missing where there was or is none.</summary>
    public IReadOnlyList<(string Path, string? Before, string? Now)> Since(PlanFacts earlier) =>
    [
        .. Facts.Keys.Union(earlier.Facts.Keys).Order(StringComparer.Ordinal)
            .Select(k => (Path: k, Before: earlier.Facts.GetValueOrDefault(k), Now: Facts.GetValueOrDefault(k)))
            .Where(f => f.Before != f.Now),
    ];

    public string ToJson() => JsonSerializer.Serialize(this, PlanFactsJson.Default.PlanFacts);

    /// <summary>Reads what a document carries.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it cannot be read, or is no document of a plan.</exception>
    public static PlanFacts ReadFrom(string file)
    {
        var full = Path.GetFullPath(file);
        try
        {
            var content = new FileInfo(full).Length <= MaximumBytes ? File.ReadAllText(full) : string.Empty;
            var json = (InHtml().Match(content) is { Success: true } html ? html : InMarkdown().Match(content)).Groups[1].Value;
            return (json.Length == 0 ? null : JsonSerializer.Deserialize(json, PlanFactsJson.Default.PlanFacts))
                ?? throw new DrException(DrError.BadUsage, $"{full} is no document of a plan: it does not carry the plan's facts.", "Name one that drtools plan document (Export-DrPlanDocument) wrote, as it was written.") { Subject = full };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new DrException(DrError.BadUsage, $"The earlier document {full} cannot be read: {e.Message}", "Name one that drtools plan document (Export-DrPlanDocument) wrote, as it was written.", e) { Subject = full };
        }
    }

    private static void AddService(PlannedService s, Action<string, object?> add)
    {
        var at = $"services.{s.Name}.";
        add(at + "description", s.Description);
        add(at + "tier", s.Tier);
        add(at + "rto", s.Objectives.Rto);
        add(at + "rpo", s.Objectives.Rpo);
        add(at + "strategy", s.Strategy);
        add(at + "site", s.Site);
        add(at + "owners", s.Owners.Select(o => o.ToString()));
        add(at + "regulations", s.Regulations);
        add(at + "dependsOn", s.DependsOn);
        add(at + "failoverCriteria", s.FailoverCriteria);
        add(at + "failover", s.Failover.Select(f => $"{f.Name} [{f.Role}; {f.Command ?? f.Instructions}; {f.Check}; {f.Undo}; {f.Expected}]"));
        add(at + "replication", s.Replication.Select(r => $"{r.From} → {r.To}: {r.Method} {r.Standby} {r.MaximumLag}"));
        add(at + "impact", s.Impact?.ToString());
        foreach (var o in s.Sources)
        {
            add($"{at}sources.{o.Source}.repositories", o.Repositories);
            add($"{at}sources.{o.Source}.schedules", o.Schedules.Select(c => c.ToString()));
            add($"{at}sources.{o.Source}.log", o.Log is { } log ? $"{log.Method}, {PlanDuration.Format(log.Interval)}" : null);
            add($"{at}sources.{o.Source}.retention", o.Retention is { } keep ? $"{keep.Keep}{(keep.LogWindow is { } window ? $"; log {PlanDuration.Format(window)}" : string.Empty)}" : null);
            add($"{at}sources.{o.Source}.exclude", o.Exclude);
        }
    }

    [GeneratedRegex($"<template id=\"{Id}\">(.*?)</template>", RegexOptions.Singleline)]
    private static partial Regex InHtml();

    [GeneratedRegex($"<!-- {Id}\\s+(.*?)\\s+-->", RegexOptions.Singleline)]
    private static partial Regex InMarkdown();
}
