using DrTools.Plans;

namespace DrTools.Cli.Json;

/// <summary>What <c>plan show</c> prints.</summary>
internal sealed record PlanDocument(
    string File,
    int Version,
    string Name,
    string? Description,
    string Timezone,
    IReadOnlyList<string> Principles,
    IReadOnlyList<string> Requirements,
    IReadOnlyList<PlanRegulationDocument> Regulations,
    IReadOnlyList<PlanTierDocument> Tiers,
    IReadOnlyList<PlanSiteDocument> Sites,
    IReadOnlyList<PlanRepositoryDocument> Repositories,
    string? CopyRule,
    IReadOnlyList<PlanServiceDocument> Services,
    IReadOnlyList<PlanDrillDocument> Drills,
    string? Currency,
    IReadOnlyList<PlanAlertDocument> Alerts)
{
    public static PlanDocument Of(RecoveryPlan plan) => new(
        plan.File,
        plan.Version,
        plan.Name,
        plan.Description,
        plan.TimeZone.Id,
        plan.Policy.Principles,
        plan.Policy.Requirements,
        [.. plan.Regulations.Select(r => new PlanRegulationDocument(r.Name, r.Title, r.Requires, r.MetBy, Seconds(r.KeepFor)))],
        [.. plan.Tiers.Select(t => new PlanTierDocument(t.Name, t.Description, t.Objectives.Rto.TotalSeconds, t.Objectives.Rpo.TotalSeconds))],
        [.. plan.Sites.Select(s => new PlanSiteDocument(s.Name, Scalars.Word(s.Role), s.Region, s.Jurisdiction, s.Configuration))],
        [.. plan.Repositories.Select(r => new PlanRepositoryDocument(r.Name, r.Location, r.Place.Medium, r.Place.Site, r.Passphrase?.ToString(), r.KeyFile, r.KmsKey, [.. r.RecoveryKeys.Select(k => k.ToString())], r.StorageClass))],
        plan.Copies?.Rule.ToString(),
        [.. plan.Services.Select(PlanServiceDocument.Of)],
        [.. plan.Drills.Select(PlanDrillDocument.Of)],
        plan.Costs?.Currency,
        [.. plan.Alerts.Select(a => new PlanAlertDocument(a.Name, Scalars.Word(a.Method), a.To, a.Url?.ToString(), Scalars.Word(a.From), a.Services))]);

    internal static double? Seconds(TimeSpan? duration) => duration?.TotalSeconds;
}

/// <summary>A regulation of a plan.</summary>
internal sealed record PlanRegulationDocument(string Name, string? Title, string Requires, string MetBy, double? KeepForSeconds);

/// <summary>A tier of a plan.</summary>
internal sealed record PlanTierDocument(string Name, string? Description, double RtoSeconds, double RpoSeconds);

/// <summary>A site of a plan.</summary>
internal sealed record PlanSiteDocument(string Name, string Role, string? Region, string? Jurisdiction, string? Configuration);

/// <summary>A repository of a plan.</summary>
internal sealed record PlanRepositoryDocument(string Name, string Location, string? Medium, string? Site, string? Passphrase, string? KeyFile, string? KmsKey, IReadOnlyList<string> RecoveryKeys, string? StorageClass);

/// <summary>An alert route of a plan.</summary>
internal sealed record PlanAlertDocument(string Name, string Method, string? To, string? Url, string From, IReadOnlyList<string> Services);

/// <summary>A drill of a plan.</summary>
internal sealed record PlanDrillDocument(
    string Name,
    string Scenario,
    string Level,
    IReadOnlyList<string> Services,
    double? RtoSeconds,
    double? RpoSeconds,
    IReadOnlyList<string> Goals,
    IReadOnlyList<string> Scope,
    IReadOnlyList<PlanPersonDocument> Participants,
    IReadOnlyList<string> SuccessCriteria,
    bool RandomBackup,
    bool LeastTested,
    double? EverySeconds,
    string? Runbook)
{
    public static PlanDrillDocument Of(PlannedDrill drill) => new(
        drill.Name,
        Scalars.Word(drill.Scenario),
        Scalars.Word(drill.Level),
        drill.Services,
        PlanDocument.Seconds(drill.Rto),
        PlanDocument.Seconds(drill.Rpo),
        drill.Goals,
        drill.Scope,
        [.. drill.Participants.Select(PlanPersonDocument.Of)],
        drill.SuccessCriteria,
        drill.RandomBackup,
        drill.LeastTested,
        PlanDocument.Seconds(drill.Every),
        drill.Runbook);
}

/// <summary>A person of a plan.</summary>
internal sealed record PlanPersonDocument(string Name, string? Role, string? Contact)
{
    public static PlanPersonDocument Of(PlannedPerson person) => new(person.Name, person.Role, person.Contact);
}
