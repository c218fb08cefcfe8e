using DrTools.Drills;
using DrTools.Drills.History;
using DrTools.Plans;
using DrTools.Reports.Evidence;
using DrTools.Reports.Making;

namespace DrTools.Reports;

/// <summary>Makes reports of what the journals of a plan's repositories say.</summary>
/// <param name="secrets">Where the secrets of the repositories come from.</param>
/// <param name="time">The clock.</param>
public sealed class ReportEngine(PlanSecrets secrets, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Makes one. A repository that cannot be read, and a journal that was altered, are findings of the report.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: the plan has no such service, or the time is yet to come;
    /// <see cref="DrError.DrillMissing"/>: there is no such drill.</exception>
    public async Task<Report> MakeAsync(ReportRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var now = _time.GetUtcNow();
        var drill = request.Drill is null ? null : await new PlanHistory(secrets).FindAsync(request.Plan, request.Drill, cancellationToken).ConfigureAwait(false);
        var period = drill is not null ? new ReportPeriod(ReportScope.Drill, drill.Started, drill.Finished + TimeSpan.FromTicks(1))
            : request.Period ?? throw new DrException(DrError.BadUsage, "Neither a drill nor a time was given.", "Say what the report is to be about.");
        if (period.From >= now)
        {
            throw new DrException(DrError.BadUsage, $"A report of a time that begins on {Figures.Moment(period.From)} would be empty: that is yet to come.", "Name an earlier time.");
        }

        var services = Services(request, drill);
        var names = services.SelectMany(s => s.Sources).SelectMany(s => s.Repositories).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var planned = request.Plan.Repositories.Where(r => names.Count == 0 || names.Contains(r.Name, StringComparer.OrdinalIgnoreCase)).ToList();
        var (records, reported) = await ReadAsync(planned, period.From - DrillFiguresMaker.Reach, cancellationToken).ConfigureAwait(false);
        var report = ReportMaker.Make(
            new ReportBasis
            {
                Scope = period.Scope,
                From = period.From,
                To = period.To,
                AsOf = now,
                Audience = request.Audience ?? (period.Scope == ReportScope.Month ? ReportAudience.Management : ReportAudience.Operations),
                DrillId = drill?.Id,
                Plan = request.Plan.Name,
                TimeZone = request.Plan.TimeZone.Id,
                Services = services,
                Drills = [.. request.Plan.Drills.Where(d => d.Services.Any(s => services.Any(x => string.Equals(x.Name, s, StringComparison.OrdinalIgnoreCase)))).Select(d => new ReportedDrillPlan(d.Name, d.Scenario, d.Services, d.Every))],
                Repositories = reported,
                ToolVersion = ToolVersion,
                Host = Environment.MachineName,
                User = Environment.UserName,
            },
            records);
        return ReportSeal.Seal(report, records);
    }

    private static string ToolVersion => typeof(ReportEngine).Assembly.GetName().Version!.ToString(3);

    private static IReadOnlyList<ReportedService> Services(ReportRequest request, DrillResult? drill)
    {
        var plan = request.Plan;
        if (drill is null)
        {
            var chosen = request.Services.Count == 0 ? plan.Services : [.. request.Services.Select(plan.Service).Distinct()];
            return [.. plan.InOrderOfRecovery().Where(chosen.Contains).Select(Of)];
        }

        // The service of an old drill may have gone from the plan.
        return plan.Services.FirstOrDefault(s => string.Equals(s.Name, drill.Service, StringComparison.OrdinalIgnoreCase)) is { } service
            ? [Of(service)]
            : [new ReportedService { Name = drill.Service, Tier = "-", Rto = drill.Objectives.Rto, Rpo = drill.Objectives.Rpo }];
    }

    private static ReportedService Of(PlannedService service) => new()
    {
        Name = service.Name,
        Tier = service.Tier,
        Rto = service.Objectives.Rto,
        Rpo = service.Objectives.Rpo,
        Owners = [.. service.Owners.Select(o => o.Name)],
        Sources =
        [
            .. service.Sources.Select(s => new ReportedSource
            {
                Source = s.Source,
                Host = s.Host ?? Environment.MachineName,
                Repositories = s.Repositories,
                Schedules = [.. s.Schedules.Select(x => new ReportedSchedule(x.Type, x.Every, x.Cron?.ToString()))],
                LogInterval = s.Log?.Interval,
            }),
        ],
    };

    private async Task<(IReadOnlyList<RepositoryRecords> Records, IReadOnlyList<ReportedRepository> Reported)> ReadAsync(IReadOnlyList<PlannedRepository> planned, DateTimeOffset drillsFrom, CancellationToken cancellationToken)
    {
        var (records, reported) = (new List<RepositoryRecords>(), new List<ReportedRepository>());
        foreach (var repository in planned)
        {
            try
            {
                var opened = await new PlanRepositories(secrets).OpenAsync(repository, cancellationToken).ConfigureAwait(false);
                await using (opened.ConfigureAwait(false))
                {
                    var read = await RecordReader.ReadAsync(repository.Name, opened, drillsFrom, cancellationToken).ConfigureAwait(false);
                    records.Add(read);
                    reported.Add(new ReportedRepository(repository.Name, opened.Id, repository.Location, read.Head.Sequence, read.Head.Hash, [.. read.Problems.Select(p => $"{p.Name}: {p.Problem}.")]));
                }
            }
            catch (DrException e)
            {
                reported.Add(new ReportedRepository(repository.Name, null, repository.Location, 0, string.Empty, [e.Message]));
            }
        }

        return (records, reported);
    }
}
