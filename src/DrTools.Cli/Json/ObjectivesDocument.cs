using DrTools.Plans;

namespace DrTools.Cli.Json;

/// <summary>What <c>objectives</c> prints.</summary>
internal sealed record ObjectivesDocument(string Plan, bool Met, IReadOnlyList<ServiceObjectiveDocument> Services)
{
    public static ObjectivesDocument Of(RecoveryPlan plan, bool met, IReadOnlyList<ObjectiveMeasurement> measured) =>
        new(plan.File, met, [.. measured.Select(ServiceObjectiveDocument.Of)]);
}

/// <summary>How a service stands against its objectives.</summary>
internal sealed record ServiceObjectiveDocument(
    string Service,
    DateTime MeasuredAt,
    double RtoSeconds,
    double RpoSeconds,
    double? LostSeconds,
    bool? RpoMet,
    double? LostWithSiteSeconds,
    bool? RpoMetWithSite,
    double? TimeToBackSeconds,
    double? LeastSeconds,
    double? MostSeconds,
    bool? RtoMet,
    int Measurements,
    int NeverMeasured,
    double? RuleOfThumbRtoSeconds,
    double? RuleOfThumbRpoSeconds,
    string Improvement,
    IReadOnlyList<SourceLossDocument> Losses,
    IReadOnlyList<ForecastStepDocument> Forecast)
{
    public static ServiceObjectiveDocument Of(ObjectiveMeasurement m) => new(
        m.Service,
        m.Measured.UtcDateTime,
        m.Objectives.Rto.TotalSeconds,
        m.Objectives.Rpo.TotalSeconds,
        Scalars.Seconds(m.Lost),
        m.RpoMet,
        Scalars.Seconds(m.LostWithSite),
        m.RpoMetWithSite,
        Scalars.Seconds(m.TimeToBack),
        Scalars.Seconds(m.TimeToBackLeast),
        Scalars.Seconds(m.TimeToBackMost),
        m.RtoMet,
        m.Measurements,
        m.NeverMeasured,
        Scalars.Seconds(m.RuleOfThumb?.Rto),
        Scalars.Seconds(m.RuleOfThumb?.Rpo),
        m.Improvement,
        [.. m.Losses.Select(l => new SourceLossDocument(l.Source, Scalars.Word(l.Outcome), Scalars.Seconds(l.Lost), l.Moment?.UtcDateTime, l.Repository, Scalars.Word(l.OutcomeWithSite), Scalars.Seconds(l.LostWithSite), l.RepositoryElsewhere, l.Notes))],
        [.. m.Forecast.Select(s => new ForecastStepDocument(s.Name, Scalars.Seconds(s.Expected), Scalars.Seconds(s.Least), Scalars.Seconds(s.Most), s.Measurements, s.Basis))]);
}

/// <summary>What would be lost of a source.</summary>
internal sealed record SourceLossDocument(
    string Source, string Outcome, double? LostSeconds, DateTime? Moment, string? Repository, string OutcomeWithSite, double? LostWithSiteSeconds, string? RepositoryElsewhere, IReadOnlyList<string> Notes);

/// <summary>A step of a recovery.</summary>
internal sealed record ForecastStepDocument(string Name, double? ExpectedSeconds, double? LeastSeconds, double? MostSeconds, int Measurements, string Basis);
