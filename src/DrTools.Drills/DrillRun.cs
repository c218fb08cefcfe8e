using DrTools.Drills.Checks;
using DrTools.Drills.Failover;
using DrTools.Drills.Subjects;
using DrTools.Plans;
using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Recovery;

namespace DrTools.Drills;

/// <summary>One drill, in its work folder; a full one goes on in production when all is recovered.</summary>
internal sealed class DrillRun(
    DrillRequest request,
    PlannedService service,
    IReadOnlyList<PlannedSource> sources,
    BackupChoice choice,
    LostKeys? keys,
    Random random,
    string folder,
    TimeProvider time,
    DrillRecorder recorder) : IAsyncDisposable
{
    private const string Engine = "DrTools";

    private const string Space = "Space for scratch copies";

    internal const string RtoObjective = "Recovery time objective";

    internal const string RpoObjective = "Recovery point objective";

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
            await SkipServiceAsync("no source was recovered", cancellationToken).ConfigureAwait(false);
            return Conclude(result, null, null);
        }

        // All together, right before the event, so that none of them is older for having been first.
        if (!await recorder.TryAsync(DrillStep.Protect, null, Engine, DrillCheckKind.Preparation, () => ProduceAsync(alive, cancellationToken)).ConfigureAwait(false))
        {
            foreach (var (_, subject) in alive)
            {
                Abandon(subject, "production could not go on in the stand-in");
            }

            await SkipServiceAsync("no source was recovered", cancellationToken).ConfigureAwait(false);
            return Conclude(result, null, null);
        }

        var (happened, start) = (time.GetUtcNow(), time.GetTimestamp());
        foreach (var (_, subject) in alive)
        {
            await RunAsync(subject, DrillStep.Event, DrillCheckKind.Damage, () => subject.StrikeAsync(cancellationToken)).ConfigureAwait(false);
        }

        foreach (var (chosen, subject) in alive.Where(s => s.Subject.IsAlive))
        {
            await RecoverAsync(chosen, subject, cancellationToken).ConfigureAwait(false);
        }

        AskForAssertions();
        await SwitchAsync(recorder.Checks.Any(c => c.IsInTheWay) ? "not everything was recovered, so that production was not touched" : null, cancellationToken).ConfigureAwait(false);
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

        if (keys is not null)
        {
            await keys.DisposeAsync().ConfigureAwait(false);
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
        : DrillScope.IsPostgreSql(source) && LogicalRestore.IsLogical(context.Backup) ? new LogicalSubject(context)
        : DrillScope.IsPostgreSql(source) && PhysicalBackup.TryFrom(context.Backup) is { } backup ? new ClusterSubject(context, backup)
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

    private async Task RecoverAsync(ChosenBackup chosen, DrillSubject subject, CancellationToken cancellationToken) =>
        _ = await RunAsync(subject, DrillStep.Detect, DrillCheckKind.Damage, () => DetectAsync(chosen, subject, cancellationToken)).ConfigureAwait(false)
            && await RunAsync(subject, DrillStep.Decide, DrillCheckKind.Recovered, () => DecideAsync(chosen, subject, cancellationToken)).ConfigureAwait(false)
            && await RunAsync(subject, DrillStep.Restore, DrillCheckKind.Recovered, () => subject.RestoreAsync(cancellationToken)).ConfigureAwait(false)
            && await RunAsync(subject, DrillStep.Replay, DrillCheckKind.Recovered, () => subject.ReplayAsync(cancellationToken)).ConfigureAwait(false)
            && await RunAsync(subject, DrillStep.Check, DrillCheckKind.Consistency, () => subject.CheckAsync(cancellationToken)).ConfigureAwait(false);

    private async Task<string> DetectAsync(ChosenBackup chosen, DrillSubject subject, CancellationToken cancellationToken)
    {
        var seen = await subject.DetectAsync(cancellationToken).ConfigureAwait(false);
        return keys is null ? seen : $"{seen}; {await keys.DetectAsync(chosen, cancellationToken).ConfigureAwait(false)}";
    }

    private async Task<string> DecideAsync(ChosenBackup chosen, DrillSubject subject, CancellationToken cancellationToken)
    {
        if (keys is not null)
        {
            subject.RecoveryRepository = await keys.OpenAsync(chosen, cancellationToken).ConfigureAwait(false);
        }

        return await subject.DecideAsync(cancellationToken).ConfigureAwait(false);
    }

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

    private async Task SwitchAsync(string? obstacle, CancellationToken cancellationToken)
    {
        if (request.Level == DrillLevel.Full)
        {
            await new FailoverRun(request, service, time, recorder).RunAsync(obstacle, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SkipServiceAsync(string why, CancellationToken cancellationToken)
    {
        await SwitchAsync($"{why}, so that production was not touched", cancellationToken).ConfigureAwait(false);
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

    private DrillResult Conclude(DrillResult result, DateTimeOffset? happened, TimeSpan? elapsed) =>
        new DrillConclusion(request, service, sources, time, recorder).Conclude(result, _subjects, happened, elapsed);
}
