using DrTools.Plans;

namespace DrTools.Cli.Json;

/// <summary>A service of a plan.</summary>
internal sealed record PlanServiceDocument(
    string Name,
    string? Description,
    string Tier,
    double RtoSeconds,
    double RpoSeconds,
    string? Strategy,
    string? Site,
    IReadOnlyList<PlanPersonDocument> Owners,
    IReadOnlyList<string> Regulations,
    IReadOnlyList<string> DependsOn,
    IReadOnlyList<PlanSourceDocument> Sources,
    IReadOnlyList<PlanReplicationDocument> Replication,
    IReadOnlyList<string> FailoverCriteria,
    IReadOnlyList<PlanStepDocument> Failover)
{
    public static PlanServiceDocument Of(PlannedService service) => new(
        service.Name,
        service.Description,
        service.Tier,
        service.Objectives.Rto.TotalSeconds,
        service.Objectives.Rpo.TotalSeconds,
        service.Strategy is { } strategy ? Scalars.Word(strategy) : null,
        service.Site,
        [.. service.Owners.Select(PlanPersonDocument.Of)],
        service.Regulations,
        service.DependsOn,
        [.. service.Sources.Select(PlanSourceDocument.Of)],
        [.. service.Replication.Select(r => new PlanReplicationDocument(r.From, r.To, Scalars.Word(r.Method), r.IsSynchronous, r.Standby, PlanDocument.Seconds(r.MaximumLag)))],
        service.FailoverCriteria,
        [.. service.Failover.Select(f => new PlanStepDocument(f.Name, f.Role, f.Instructions, f.Command, f.Precondition, f.Check, f.Undo, PlanDocument.Seconds(f.Expected)))]);
}

/// <summary>Data of a service.</summary>
internal sealed record PlanSourceDocument(
    string Source,
    string Address,
    string? Host,
    IReadOnlyList<string> Repositories,
    IReadOnlyList<string> Exclude,
    bool OneFileSystem,
    IReadOnlyList<PlanScheduleDocument> Schedules,
    string? LogMethod,
    double? LogIntervalSeconds,
    IReadOnlyList<string> Keep,
    double? LogWindowSeconds)
{
    public static PlanSourceDocument Of(PlannedSource source) => new(
        source.Source,
        source.Address,
        source.Host,
        source.Repositories,
        source.Exclude,
        source.OneFileSystem,
        [.. source.Schedules.Select(s => new PlanScheduleDocument(Scalars.Word(s.Type), PlanDocument.Seconds(s.Every), s.Cron?.ToString()))],
        source.Log is { } log ? Scalars.Word(log.Method) : null,
        source.Log?.Interval.TotalSeconds,
        [.. source.Retention?.Keep.Rules.Select(r => r.ToString()) ?? []],
        PlanDocument.Seconds(source.Retention?.LogWindow));
}

/// <summary>When backups of a type are taken.</summary>
internal sealed record PlanScheduleDocument(string Type, double? EverySeconds, string? Cron);

/// <summary>Replication of a service.</summary>
internal sealed record PlanReplicationDocument(string From, string To, string Method, bool Synchronous, string? Standby, double? MaximumLagSeconds);

/// <summary>A step of a failover.</summary>
internal sealed record PlanStepDocument(string Name, string? Role, string? Instructions, string? Command, string? Precondition, string? Check, string? Undo, double? ExpectedSeconds);
