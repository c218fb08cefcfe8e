using DrTools.Drills;
using DrTools.Drills.Actions;
using DrTools.Drills.Trends;
using DrTools.Plans;
using DrTools.Repositories.Journal;
using DrTools.Reports.Evidence;

namespace DrTools.Reports.Making;

/// <summary>
/// Works out a report from what it rests on and from the records, and from nothing else: no clock, no plan, no store. So the same
/// comes out whenever it is worked out again, unless a record or the report was altered.
/// </summary>
internal sealed class ReportMaker
{
    /// <summary>Backups that are taken, of all that were due or begun; less is a finding.</summary>
    private const double LeastSuccessRate = 0.99;

    private readonly ReportBasis _basis;
    private readonly IReadOnlyList<RepositoryRecords> _repositories;
    private readonly IReadOnlyList<(DrillFigures Figures, DrillResult Result)> _drills;
    private readonly FindingList _findings = new();

    private ReportMaker(ReportBasis basis, IReadOnlyList<RepositoryRecords> repositories)
    {
        _basis = basis;
        _repositories = [.. basis.Repositories.Select(b => repositories.FirstOrDefault(r => r.Name == b.Name && r.Id == b.Id)?.UpTo(b.HeadSequence)).OfType<RepositoryRecords>()];
        _drills = DrillFiguresMaker.Of(basis, _repositories);
    }

    /// <summary>Makes it.</summary>
    /// <exception cref="DrException"><see cref="DrError.DrillMissing"/> when the drill that it is about is not there, or is not what
    /// was written.</exception>
    public static Report Make(ReportBasis basis, IReadOnlyList<RepositoryRecords> repositories)
    {
        var maker = new ReportMaker(basis, repositories);
        return new Report
        {
            Layout = Reports.Layout.ReportLayout.Number,
            Basis = basis,
            Figures = basis.Scope == ReportScope.Drill ? maker.OfDrill() : maker.OfTime(),
            Evidence = maker.Cite(),
        };
    }

    private IEnumerable<RepositoryRecords> Distinct => _repositories.DistinctBy(r => r.Id);

    private ReportFigures OfDrill()
    {
        var (figures, result) = _drills.FirstOrDefault(d => d.Figures.Id == _basis.DrillId);
        if (result is null)
        {
            throw new DrException(DrError.DrillMissing, $"The drill {_basis.DrillId} is not there, or is not what was written.", "See what the check of the evidence says: drtools evidence test, Test-DrEvidence.");
        }

        AddDrill(figures, isNewest: true);
        foreach (var finding in result.Findings)
        {
            _findings.Warning(result.Service, finding.Source, finding.Problem, finding.Remedy, figures.Record);
        }

        AddRepositories();
        return new ReportFigures
        {
            Findings = _findings.InOrder(),
            Totals = new ReportTotals { DrillsPassed = result.Passed ? 1 : 0, DrillsFailed = result.Passed ? 0 : 1 },
            Services = [],
            Failures = [],
            Drills = [figures],
            Trends = Trends(_drills.Where(d => d.Figures.Service == figures.Service && d.Figures.Started <= figures.Started)),
            Actions = [.. Actions().Where(a => a.Service == figures.Service && (a.IsOpen || a.ClosedBy == figures.Id))],
            DrillHistory = [.. _drills.Where(d => d.Figures.Service == figures.Service && d.Figures.Started <= figures.Started).TakeLast(DrillFiguresMaker.Trend).Select(d => d.Figures)],
            Drill = result,
        };
    }

    private ReportFigures OfTime()
    {
        AddRepositories();
        var drills = _drills.Where(d => d.Figures.Started >= _basis.From).Select(d => d.Figures).ToList();
        var services = _basis.Services.Select(s => MakeService(s, drills)).ToList();
        foreach (var drill in drills)
        {
            AddDrill(drill, _drills.Last(d => d.Figures.Service == drill.Service).Figures == drill);
        }

        AddDueDrills();
        AddOverdue();
        var failures = Failures();
        var totals = Total(services, drills);
        if (totals.BackupSuccessRate < LeastSuccessRate)
        {
            _findings.Warning(null, null, $"{Words.Share(totals.BackupSuccessRate.Value)} of the backups that were due or begun were taken; at least {Words.Share(LeastSuccessRate)} is wanted.", "See the findings about single sources.");
        }

        return new ReportFigures
        {
            Findings = _findings.InOrder(),
            Totals = totals,
            Services = services,
            Failures = [.. failures.TakeLast(ReportFigures.MaximumFailures)],
            Drills = drills,
            Trends = Trends(_drills),
            Actions = [.. Actions().Where(a => a.IsOpen || a.Ended >= _basis.From)],
            DrillHistory = [.. _drills.Select(d => d.Figures).TakeLast(DrillFiguresMaker.Trend)],
        };
    }

    private ServiceFigures MakeService(ReportedService service, List<DrillFigures> drills)
    {
        var sources = new List<SourceFigures>();
        foreach (var source in service.Sources)
        {
            var runs = SourceRuns.Of(source, _repositories, _basis.End);
            var figures = SourceFiguresMaker.Make(_basis, runs);
            sources.Add(figures);

            // Of a repository that could not be read nothing is known, which is said of the repository.
            if (_repositories.Any(r => string.Equals(r.Name, source.Repositories[0], StringComparison.OrdinalIgnoreCase)))
            {
                new SourceFindings(_basis, service, runs, figures, _findings).Add();
            }
        }

        var (due, taken, missed, failed) = (sources.Sum(s => s.Due), sources.Sum(s => s.Taken), sources.Sum(s => s.Missed.Sum(m => m.Count)), sources.Sum(s => s.Failed));
        return new ServiceFigures
        {
            Service = service.Name,
            Due = due,
            Taken = taken,
            Missed = missed,
            Failed = failed,
            SuccessRate = Rate(taken, missed + failed),
            DrillsPassed = drills.Count(d => IsOf(d, service) && d.Passed),
            DrillsFailed = drills.Count(d => IsOf(d, service) && !d.Passed),
            LastDrill = _drills.Where(d => IsOf(d.Figures, service) && d.Figures.Level != DrillLevel.Tabletop).Select(d => d.Figures).LastOrDefault(),
            Sources = sources,
        };
    }

    private static bool IsOf(DrillFigures drill, ReportedService service) => string.Equals(drill.Service, service.Name, StringComparison.OrdinalIgnoreCase);

    private static double? Rate(int good, int bad) => good + bad == 0 ? null : Math.Round((double)good / (good + bad), 4);

    private ReportTotals Total(List<ServiceFigures> services, List<DrillFigures> drills)
    {
        // Two services may have the same source.
        var sources = services.SelectMany(s => s.Sources).DistinctBy(s => (s.Source, s.Repository)).ToList();
        var runs = Distinct.SelectMany(r => r.Runs).Where(r => r.Started >= _basis.From && r.Started < _basis.End).ToList();
        var (taken, missed, failed) = (sources.Sum(s => s.Taken), sources.Sum(s => s.Missed.Sum(m => m.Count)), sources.Sum(s => s.Failed));
        return new ReportTotals
        {
            BackupsDue = sources.Sum(s => s.Due),
            BackupsMissed = missed,
            BackupsTaken = taken,
            BackupsPartial = sources.Sum(s => s.Partial),
            BackupsFailed = failed,
            BackupSuccessRate = Rate(taken, missed + failed),
            CopiesMade = runs.Count(r => r.Operation == "copy" && r.Outcome is RunOutcome.Succeeded or RunOutcome.Partial),
            CopiesFailed = runs.Count(r => r is { Operation: "copy", Outcome: RunOutcome.Failed }),
            VerificationsPassed = runs.Count(r => r is { Operation: "verify", Outcome: RunOutcome.Succeeded }),
            VerificationsFailed = runs.Count(r => r is { Operation: "verify", Outcome: RunOutcome.Failed or RunOutcome.Partial }),
            RestoresSucceeded = runs.Count(r => r is { Operation: "restore", Outcome: RunOutcome.Succeeded }),
            RestoresFailed = runs.Count(r => r is { Operation: "restore", Outcome: RunOutcome.Failed or RunOutcome.Partial }),
            DrillsPassed = drills.Count(d => d.Passed),
            DrillsFailed = drills.Count(d => !d.Passed),
            StoredBytes = runs.Where(r => r.Operation is "backup" or "copy").Sum(r => r.StoredBytes),
            FreedBytes = runs.Where(r => r.Operation is "expire" or "remove").Sum(r => r.StoredBytes),
            BackupTime = TimeSpan.FromTicks(runs.Where(r => r.Operation == "backup").Sum(r => r.Duration.Ticks)),
            StoreRequests = runs.Sum(r => r.Traffic is { } t ? t.Puts + t.Gets + t.Lists + t.Deletes : 0),
        };
    }

    private List<FailedRun> Failures() =>
    [
        .. Distinct.SelectMany(r => r.Runs.Where(run => run.Started >= _basis.From && run.Started < _basis.End && run.Outcome != RunOutcome.Succeeded)
            .Select(run => new FailedRun(run.Operation, run.Outcome.ToString(), _basis.Services.FirstOrDefault(s => s.Sources.Any(x => x.Source == run.Source))?.Name, run.Source, run.Started, Words.ErrorOf(run), new RecordReference(r.Name, run.Sequence))))
            .OrderBy(f => f.Started),
    ];

    private void AddRepositories()
    {
        foreach (var repository in _basis.Repositories.Where(r => r.Problems.Count > 0))
        {
            var more = repository.Problems.Count > 5 ? $" And {repository.Problems.Count - 5} more." : string.Empty;
            _findings.Critical(null, null, $"{(repository.Id is null ? "The repository" : "The journal of the repository")} {repository.Name} ({repository.Location}): {string.Join(" ", repository.Problems.Take(5))}{more}", repository.Id is null ? "Nothing of what is in it is in this report. Have it back, and make the report again." : "See what was altered: drtools evidence test, drtools check. What is in this report rests on the records that are whole.");
        }
    }

    private void AddDrill(DrillFigures drill, bool isNewest)
    {
        var name = $"{DrillScope.Word(drill.Scenario)} of {drill.Service}";
        if (!drill.Passed)
        {
            var problem = $"The drill {name} did not pass: {drill.Problem ?? "nothing was checked"}.".Replace("..", ".", StringComparison.Ordinal);
            if (isNewest)
            {
                _findings.Critical(drill.Service, null, problem, $"Remove the cause, and hold it again: drtools drill show {drill.Id}, Get-DrDrill {drill.Id}.", drill.Record);
            }
            else
            {
                _findings.Warning(drill.Service, null, problem, "A later drill of the service was held. See that the cause is gone.", drill.Record);
            }
        }
    }

    private void AddDueDrills()
    {
        foreach (var service in _basis.Services.Where(s => s.Sources.Count > 0))
        {
            foreach (var planned in _basis.Drills.Where(d => d.Every is not null && d.Services.Contains(service.Name, StringComparer.OrdinalIgnoreCase)))
            {
                var last = _drills.LastOrDefault(d => IsOf(d.Figures, service) && (string.Equals(d.Figures.Drill, planned.Name, StringComparison.OrdinalIgnoreCase) || (d.Figures.Drill is null && d.Figures.Scenario == planned.Scenario))).Figures;
                if (last is null || _basis.End - last.Started > planned.Every)
                {
                    _findings.Warning(service.Name, null, $"The drill {planned.Name} of {service.Name} is due every {PlanDuration.Format(planned.Every!.Value)} and was {(last is null ? "never held" : $"last held {Words.Moment(last.Started)}")}.", $"Hold it: drtools drill run {planned.Name}, Invoke-DrDrill -Name {planned.Name}.", last is null ? [] : [last.Record]);
                }
            }

            if (_basis.Scope != ReportScope.Day && !_drills.Any(d => IsOf(d.Figures, service)) && !_basis.Drills.Any(d => d.Every is not null && d.Services.Contains(service.Name, StringComparer.OrdinalIgnoreCase)))
            {
                _findings.Warning(service.Name, null, $"No drill of {service.Name} was ever held: its recovery time is not known.", $"Hold one: drtools drill run --service {service.Name}, Invoke-DrDrill -Service {service.Name}.");
            }
        }
    }

    /// <summary>A tabletop measures nothing. The points of a trend are in the history of drills.</summary>
    private static IReadOnlyList<DrillTrend> Trends(IEnumerable<(DrillFigures Figures, DrillResult Result)> drills) =>
        [.. TrendMeter.Measure(drills.Where(d => d.Result.Level != DrillLevel.Tabletop).Select(d => d.Result)).Select(t => t with { Points = [] })];

    private IEnumerable<ImprovementAction> Actions() =>
        ActionBoard.Of(_drills.Select(d => d.Result), Distinct.SelectMany(r => r.Actions.Values).Where(a => a.At < _basis.End), ReportPeriod.DayOf(_basis.End, _basis.Zone))
            .Where(a => _basis.Services.Any(s => string.Equals(s.Name, a.Service, StringComparison.OrdinalIgnoreCase)));

    private void AddOverdue()
    {
        foreach (var action in Actions().Where(a => a.IsOverdue))
        {
            _findings.Warning(action.Service, action.Source, $"The improvement action {action.Id} ({action.Title}) was due on {action.Due!.Value.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)}{(action.Owner is { } owner ? $", {owner} has it" : " and nobody has it")}.", $"Do it and have a drill show it, or give it another day: drtools action set {action.Id}, Set-DrAction {action.Id}.");
        }
    }

    /// <summary>The hashes of the records of the time, and of the results of drills.</summary>
    private List<RepositoryEvidence> Cite()
    {
        var evidence = new List<RepositoryEvidence>();
        foreach (var repository in Distinct.Where(r => r.Id is not null))
        {
            var drills = _drills.Where(d => d.Figures.Record.Repository == repository.Name).Select(d => d.Figures.Record.Sequence).ToHashSet();
            var cited = repository.Links.Where(l => l.Record is { } record && (drills.Contains(l.Sequence) || (_basis.Scope != ReportScope.Drill && record.Finished >= _basis.From && record.Started < _basis.End))).ToList();
            var runs = new List<CitedRecords>();
            foreach (var link in cited)
            {
                if (runs.Count > 0 && runs[^1].First + runs[^1].Hashes.Count == link.Sequence)
                {
                    ((List<string>)runs[^1].Hashes).Add(link.Hash);
                }
                else
                {
                    runs.Add(new CitedRecords(link.Sequence, new List<string> { link.Hash }));
                }
            }

            evidence.Add(new RepositoryEvidence
            {
                Repository = repository.Name,
                RepositoryId = repository.Id!.Value,
                Records = runs,
                Drills = [.. repository.Drills.Where(d => drills.Contains(d.Key)).OrderBy(d => d.Key).Select(d => new CitedDrill(d.Value.Object, d.Key, d.Value.Recorded))],
            });
        }

        return evidence;
    }
}
