using DrTools.Drills;
using DrTools.Drills.History;
using DrTools.Repositories.Journal;
using DrTools.Reports.Evidence;

namespace DrTools.Reports.Making;

/// <summary>The drills that journals name, whose results are what was written.</summary>
internal static class DrillFiguresMaker
{
    /// <summary>How many drills a trend has at most.</summary>
    public const int Trend = 40;

    /// <summary>How far back results of drills are read.</summary>
    public static readonly TimeSpan Reach = TimeSpan.FromDays(400);

    /// <summary>The drills of some services, the oldest first.</summary>
    public static IReadOnlyList<(DrillFigures Figures, DrillResult Result)> Of(ReportBasis basis, IReadOnlyList<RepositoryRecords> repositories) =>
    [
        .. repositories.DistinctBy(r => r.Id).SelectMany(r => r.Drills.Where(d => d.Value.IsGenuine).Select(d => (Figures: Make(d.Value.Result!, new RecordReference(r.Name, d.Key)), Result: d.Value.Result!)))
            .Where(d => d.Result.Started < basis.End && d.Result.Started >= basis.From - Reach && basis.Services.Any(s => string.Equals(s.Name, d.Result.Service, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(d => d.Result.Started).ThenBy(d => d.Result.Id, StringComparer.Ordinal),
    ];

    /// <summary>Drills that were stopped leave a record and no result.</summary>
    public static bool IsWithoutResult(RunRecord run) => run is { Operation: DrillHistory.Operation, ObjectName: null };

    private static DrillFigures Make(DrillResult drill, RecordReference record) => new()
    {
        Id = drill.Id,
        Service = drill.Service,
        Scenario = drill.Scenario,
        Level = drill.Level,
        Drill = drill.Drill,
        Started = drill.Started,
        Passed = drill.Passed,
        Rto = drill.MeasuredRto,
        Rpo = drill.MeasuredRpo,
        RtoObjective = drill.Objectives.Rto,
        RpoObjective = drill.Objectives.Rpo,
        Checks = drill.Checks.Count,
        PassedChecks = drill.PassedChecks,
        Problem = drill.Checks.Where(c => c.IsInTheWay).Select(c => $"{c.Name}: {c.Detail}").FirstOrDefault(),
        RandomBackup = drill.RandomBackup,
        Record = record,
    };
}
