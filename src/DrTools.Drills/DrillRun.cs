using DrTools.Drills.Checks;
using DrTools.Drills.Subjects;
using DrTools.Plans;

namespace DrTools.Drills;

/// <summary>One partial drill, in its work folder.</summary>
internal sealed class DrillRun(
    DrillRequest request,
    PlannedService service,
    IReadOnlyList<PlannedSource> sources,
    BackupChoice choice,
    Random random,
    string folder,
    TimeProvider time,
    DrillRecorder recorder) : IAsyncDisposable
{
    private const string Engine = "DrTools";

    private const string Space = "Space for scratch copies";

    private const string RtoObjective = "Recovery time objective";

    private const string RpoObjective = "Recovery point objective";

    private readonly List<(ChosenBackup Chosen, DrillSubject Subject)> _subjects = [];

    public async Task<DrillResult> ExecuteAsync(DrillResult result, CancellationToken cancellationToken)
    {
        await ChooseAsync(cancellationToken).ConfigureAwait(false);
        if (!HasSpace())
        {
            foreach (var (_, subject) in _subjects)
            {
                Abandon(subject, "there is too little space for scratch copies");
            }
        }

        foreach (var (_, subject) in _subjects.Where(s => s.Subject.IsAlive))
        {
            _ = await RunAsync(subject, DrillStep.Prepare, DrillCheckKind.BackupIntegrity, () => subject.PrepareAsync(cancellationToken)).ConfigureAwait(false)
                && await RunAsync(subject, DrillStep.Protect, DrillCheckKind.Preparation, () => subject.ProtectAsync(cancellationToken)).ConfigureAwait(false);
        }

        var alive = _subjects.Where(s => s.Subject.IsAlive).ToList();
        if (alive.Count == 0)
        {
            SkipService("no source was recovered");
            return Conclude(result, null, null);
        }

        // All together, right before the event, so that none of them is older for having been first.
        if (!await recorder.TryAsync(DrillStep.Protect, null, Engine, DrillCheckKind.Preparation, () => ProduceAsync(alive, cancellationToken)).ConfigureAwait(false))
        {
            foreach (var (_, subject) in alive)
            {
                Abandon(subject, "production could not go on in the stand-in");
            }

            SkipService("no source was recovered");
            return Conclude(result, null, null);
        }

        var (happened, start) = (time.GetUtcNow(), time.GetTimestamp());
        foreach (var (_, subject) in alive)
        {
            await RunAsync(subject, DrillStep.Event, DrillCheckKind.Damage, () => subject.StrikeAsync(cancellationToken)).ConfigureAwait(false);
        }

        foreach (var (_, subject) in alive.Where(s => s.Subject.IsAlive))
        {
            await RecoverAsync(subject, cancellationToken).ConfigureAwait(false);
        }

        AskForAssertions();
        if (service.Checks.Health.Count + service.Checks.Names.Count > 0)
        {
            await recorder.TryAsync(DrillStep.Check, null, Engine, DrillCheckKind.Application, () => new ServiceProbe(recorder, time).RunAsync(service.Checks, cancellationToken)).ConfigureAwait(false);
        }

        return Conclude(result, happened, time.GetElapsedTime(start));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, subject) in _subjects)
        {
            await subject.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<string> ProduceAsync(IReadOnlyList<(ChosenBackup Chosen, DrillSubject Subject)> alive, CancellationToken cancellationToken)
    {
        await Task.WhenAll(alive.Select(s => s.Subject.ProduceAsync(cancellationToken))).ConfigureAwait(false);
        return "more canaries, which nothing protects";
    }

    private async Task ChooseAsync(CancellationToken cancellationToken)
    {
        foreach (var (source, index) in sources.Select((s, i) => (s, i)))
        {
            var told = new HashSet<string>();
            void Tell(DrException e)
            {
                if (told.Add(e.Message))
                {
                    recorder.Find(source.Source, e.Message, e.Remedy, e.Error);
                }
            }

            try
            {
                var chosen = await choice.ChooseAsync(source, Tell, cancellationToken).ConfigureAwait(false);
                var context = new SubjectContext
                {
                    Request = request,
                    Source = source,
                    Repository = chosen.Repository,
                    RepositoryName = chosen.Planned.Name,
                    Backup = chosen.Backup,
                    Folder = Directory.CreateDirectory(Path.Combine(folder, index.ToString(System.Globalization.CultureInfo.InvariantCulture))).FullName,
                    Random = random,
                    Recorder = recorder,
                    Time = time,
                    Assertions = [.. service.Checks.Assertions.Where(a => DrillScope.IsAskedOf(service, source, a))],
                };
                _subjects.Add((chosen, NewSubject(source, context)));
            }
            catch (DrException e)
            {
                Tell(e);
                recorder.Check(DrillCheckKind.BackupIntegrity, source.Source, "There is a backup to recover from", false, e.Message);
                NotRun(source.Source, "there is no backup to recover from");
            }
        }
    }

    private static DrillSubject NewSubject(PlannedSource source, SubjectContext context) =>
        DrillScope.IsFiles(source) ? new FilesSubject(context)
        : DrillScope.IsSqlite(source) ? new SqliteSubject(context)
        : DrillScope.IsPostgreSql(source) ? new ClusterSubject(context)
        : throw new DrException(DrError.BadUsage, $"Sources such as {source.Source} cannot be drilled by this version.", "Restore and check them by hand, and record it.");

    private bool HasSpace()
    {
        var needed = DrillCourseWriter.Needed(_subjects.Select(s => s.Chosen));
        var free = DrillCourseWriter.FreeAt(folder);
        if (DrillCourseWriter.SpaceProblem(needed, free, folder) is { } problem)
        {
            recorder.Check(DrillCheckKind.Preparation, null, Space, false, problem.Problem);
            recorder.Find(null, problem.Problem, problem.Remedy, DrError.OutOfSpace, Space);
            return false;
        }

        recorder.Check(DrillCheckKind.Preparation, null, Space, true, $"up to {Figures.Bytes(needed)} needed, {Figures.Bytes(free)} free");
        return true;
    }

    private async Task RecoverAsync(DrillSubject subject, CancellationToken cancellationToken) =>
        _ = await RunAsync(subject, DrillStep.Detect, DrillCheckKind.Damage, () => subject.DetectAsync(cancellationToken)).ConfigureAwait(false)
            && await RunAsync(subject, DrillStep.Decide, DrillCheckKind.Recovered, () => subject.DecideAsync(cancellationToken)).ConfigureAwait(false)
            && await RunAsync(subject, DrillStep.Restore, DrillCheckKind.Recovered, () => subject.RestoreAsync(cancellationToken)).ConfigureAwait(false)
            && await RunAsync(subject, DrillStep.Replay, DrillCheckKind.Recovered, () => subject.ReplayAsync(cancellationToken)).ConfigureAwait(false)
            && await RunAsync(subject, DrillStep.Check, DrillCheckKind.Consistency, () => subject.CheckAsync(cancellationToken)).ConfigureAwait(false);

    private async Task<bool> RunAsync(DrillSubject subject, DrillStep step, DrillCheckKind kind, Func<Task<string>> work)
    {
        if (await recorder.TryAsync(step, subject.Source, Engine, kind, work).ConfigureAwait(false))
        {
            return true;
        }

        Abandon(subject, $"the step \"{step.Title()}\" failed");
        return false;
    }

    private void Abandon(DrillSubject subject, string why)
    {
        subject.IsAlive = false;
        NotRun(subject.Source, why);
    }

    /// <summary>What a failure keeps from being checked has not passed.</summary>
    private void NotRun(string source, string why)
    {
        recorder.NotRun(DrillCheckKind.Recovered, source, "The data is back", $"could not run: {why}");
        recorder.NotRun(DrillCheckKind.Consistency, source, "The data agrees with what was there", $"could not run: {why}");
    }

    private void SkipService(string why)
    {
        foreach (var health in service.Checks.Health)
        {
            recorder.NotRun(DrillCheckKind.Application, null, $"{health.Url} is healthy", $"could not run: {why}");
        }

        foreach (var name in service.Checks.Names)
        {
            recorder.NotRun(DrillCheckKind.Names, null, $"{name.Name} leads where it should", $"could not run: {why}");
        }
    }

    private void AskForAssertions()
    {
        foreach (var assertion in service.Checks.Assertions.Where(a => !sources.Any(s => DrillScope.IsAskedOf(service, s, a))))
        {
            recorder.NotRun(DrillCheckKind.Consistency, null, $"Assertion: {assertion}", "this scenario recovers no database that it could be asked of", optional: service.Sources.Any(s => !DrillScope.IsFiles(s)));
        }
    }

    private DrillResult Conclude(DrillResult result, DateTimeOffset? happened, TimeSpan? elapsed)
    {
        var recovered = elapsed is not null && !recorder.Checks.Any(c => c.IsInTheWay);
        var losses = happened is { } moment ? _subjects.Where(s => s.Subject.IsAlive).Select(s => s.Subject.Measure(moment, s.Chosen.Newest.Started)).ToList() : [];
        var rpo = losses.Count == _subjects.Count && losses.Count == sources.Count ? losses.Max(l => l.Span) : (TimeSpan?)null;
        var objectives = result.Objectives;
        if (recovered)
        {
            recorder.Check(DrillCheckKind.Objective, null, RtoObjective, elapsed <= objectives.Rto, $"recovered and checked in {Figures.Duration(elapsed!.Value)}; objective {PlanDuration.Format(objectives.Rto)}");
        }
        else
        {
            recorder.NotRun(DrillCheckKind.Objective, null, RtoObjective, "not measured: not every check before it passed");
        }

        if (rpo is { } lost)
        {
            var worst = losses.MaxBy(l => l.Span)!;
            recorder.Check(DrillCheckKind.Objective, null, RpoObjective, lost <= objectives.Rpo, $"{Figures.Duration(lost)} would be lost of {worst.Source}; objective {PlanDuration.Format(objectives.Rpo)}");
            if (lost > objectives.Rpo)
            {
                recorder.Find(worst.Source, $"The newest backup was {Figures.Duration(lost)} old when the event happened; {PlanDuration.Format(objectives.Rpo)} are allowed.", "Take backups more often, keep a log, or see why the schedule was not kept.", check: RpoObjective);
            }
        }
        else
        {
            recorder.NotRun(DrillCheckKind.Objective, null, RpoObjective, "not measured: not every source was recovered");
        }

        if (recovered && elapsed > objectives.Rto)
        {
            var longest = recorder.Phases.Where(p => p.IsRecovery).MaxBy(p => p.Duration)!;
            recorder.Find(longest.Source, $"The recovery took {Figures.Duration(elapsed!.Value)}; {PlanDuration.Format(objectives.Rto)} are allowed. The longest step was \"{longest.Step.Title()}\" with {Figures.Duration(longest.Duration)}.", "Shorten that step, or choose a strategy that keeps a copy ready.", check: RtoObjective);
        }

        if (service.Checks.Health.Count == 0)
        {
            recorder.Find(null, $"The plan names no health check of {service.Name}: that the application works again was not checked.", "Add 'checks: health' to the service.");
        }

        return result with
        {
            Finished = time.GetUtcNow(),
            Event = happened,
            Backups = [.. _subjects.Select(s => s.Chosen.Describe(s.Subject.RestoreDuration))],
            Phases = [.. recorder.Phases],
            Checks = [.. recorder.Checks],
            Findings = [.. recorder.Findings],
            Losses = losses,
            MeasuredRto = recovered ? elapsed : null,
            MeasuredRpo = rpo,
            Limits = Limits(),
        };
    }

    private List<string> Limits()
    {
        var limits = new List<string> { "The event was noticed at once and the decision took no meeting: the time for people comes on top of the measured one." };
        if (service.Failover.Count > 0)
        {
            limits.Add($"Nothing was switched over: the plan's {Figures.Count(service.Failover.Count, "failover step")} ({PlanDuration.Format(TimeSpan.FromTicks(service.Failover.Sum(s => (s.Expected ?? TimeSpan.Zero).Ticks)))} expected) come on top of the measured time.");
        }

        if (service.Checks.Health.Count > 0)
        {
            limits.Add("The application was asked where the plan says; it was not moved onto the recovered copy.");
        }

        if (sources.Any(DrillScope.IsPostgreSql) && request.Scenario == DrillScenario.TableDropped)
        {
            limits.Add("The moment to recover to was known: the search for the last good one (drtools find-point, Find-DrRestorePoint) comes on top of the measured time.");
        }

        return limits;
    }
}
