using DrTools.Backup;
using DrTools.Plans;

namespace DrTools.Drills.Runbooks;

/// <summary>
/// A drill that a script holds: what it does is recorded step by step, in a scratch folder that is removed at the end, and the result is
/// kept as that of every drill. Whoever runs the script tells this what happens; nothing here knows PowerShell.
/// </summary>
/// <remarks>
/// The recovery time runs from the step that is the event (or, without one, from the first step of recovery) until the script has
/// ended. The recovery point is measured of what the steps restored: from the moment that a restore shows to the event.
/// </remarks>
public sealed class RunbookDrill : IAsyncDisposable
{
    private readonly DrillRequest _request;
    private readonly PlannedService _service;
    private readonly BackupChoice _choice;
    private readonly WorkFolder _work;
    private readonly TimeProvider _time;
    private readonly RunbookRecord _record;
    private readonly DrillResult _begun;
    private bool _ended;

    private RunbookDrill(DrillRequest request, RunbookText text, PlanSecrets secrets, TimeProvider time)
    {
        (_request, _service, _time, Text) = (request, request.Plan.Service(request.Service), time, text);
        var seed = request.Seed ?? Random.Shared.Next();
        _choice = new BackupChoice(request, new PlanRepositories(secrets), new Random(seed));
        _work = WorkFolder.Create(request.WorkFolder);
        _begun = DrillEngine.Begin(request, _service, time.GetUtcNow(), seed) with { Runbook = text.Path, RunbookHash = text.Hash };
        _record = new RunbookRecord(time);
    }

    /// <summary>The script.</summary>
    public RunbookText Text { get; }

    /// <summary>Where it may write; only its user can enter.</summary>
    public string ScratchFolder => _work.Path;

    /// <summary>Id of the drill.</summary>
    public string Id => _begun.Id;

    /// <summary>What random choices come from.</summary>
    public int Seed => _begun.Seed;

    /// <summary>Begins a drill.</summary>
    /// <param name="request">Which: of scenario custom, with a drill of the plan that has a runbook.</param>
    /// <param name="secrets">Where the secrets of the plan's repositories come from: the result is kept in one.</param>
    /// <param name="time">The clock; the system's if not given.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such drill, service or script.</exception>
    public static RunbookDrill Begin(DrillRequest request, PlanSecrets secrets, TimeProvider? time = null) =>
        new(request, Require(request), secrets, time ?? TimeProvider.System);

    /// <summary>Says what would be done, as far as the script's text says it; nothing is run.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such drill, service or script.</exception>
    public static DrillCourse Plan(DrillRequest request)
    {
        var text = Require(request);
        var folder = DrillCourseWriter.FolderOf(request);
        return new()
        {
            Service = request.Plan.Service(request.Service).Name,
            Scenario = request.Scenario,
            Level = request.Level,
            Objectives = request.Objectives,
            Backups = [],
            Seed = request.Seed ?? 0,
            WorkFolder = folder,
            NeededBytes = 0,
            FreeBytes = DrillCourseWriter.FreeAt(folder),
            Steps = (DrillCourseStep[])[.. text.Steps.Select(s => new DrillCourseStep(s.Step, null, s.Role ?? RunbookRecord.Script, $"As written in {Path.GetFileName(text.Path)}.") { Name = s.Name, Expected = s.Expected })],
            Obstacles = text.Steps.Count > 0 ? [] : [new(null, $"The runbook {text.Path} has no step ({RunbookText.StepCmdlet}): a drill with it would not pass.", $"Write its steps with {RunbookText.StepCmdlet}.")],
        };
    }

    /// <summary>Begins a step.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="step">What it belongs to.</param>
    /// <param name="by">Who does it; the script if not given.</param>
    /// <param name="expected">How long it should take.</param>
    public RunbookStep BeginStep(string name, DrillStep step, string? by, TimeSpan? expected) => _record.Begin(name, step, by, expected);

    /// <summary>Ends the drill: everything is judged, and the result kept.</summary>
    /// <param name="failure">What ended the script early; <see langword="null"/> when it came to its end.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<DrillResult> ConcludeAsync(RunbookFailure? failure, CancellationToken cancellationToken)
    {
        _ended = true;
        var result = _record.Conclude(_begun, _service, failure);
        var backups = new List<DrillBackup>();
        foreach (var restored in _record.Restored.DistinctBy(r => (r.Backup.Id, r.Repository)))
        {
            backups.Add(await DescribeAsync(restored, cancellationToken).ConfigureAwait(false));
        }

        _work.Dispose();
        return await DrillEngine.KeepAsync(_choice, _request, _service, result with { Backups = backups, Finished = _time.GetUtcNow() }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records that the drill was interrupted: it has no result.</summary>
    /// <param name="failure">What ended it.</param>
    public async Task InterruptAsync(Exception failure)
    {
        _ended = true;
        await DrillEngine.RecordFailureAsync(_choice, _request, _service, _begun, failure).ConfigureAwait(false);
    }

    /// <summary>Removes what it has made.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_ended || Directory.Exists(_work.Path))
        {
            _work.Dispose();
        }

        await _choice.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What a restore says of its backup, and what the plan's repository says of its place among the others.</summary>
    private async Task<DrillBackup> DescribeAsync(RestoredBackup restored, CancellationToken cancellationToken)
    {
        ChosenBackup? among = null;
        foreach (var planned in _service.Sources.Where(s => s.Source == restored.Backup.Source).SelectMany(s => s.Repositories).Distinct(StringComparer.OrdinalIgnoreCase).Select(_request.Plan.Repository))
        {
            try
            {
                var repository = await _choice.OpenAsync(planned, cancellationToken).ConfigureAwait(false);
                if (restored.Repository.Length == 0 || repository.Location == restored.Repository)
                {
                    var kept = await new BackupCatalog(repository).ListAsync(new BackupFilter { Source = restored.Backup.Source, Host = restored.Backup.Host }, cancellationToken, _ => { }).ConfigureAwait(false);
                    if (!kept.Any(b => b.Id == restored.Backup.Id))
                    {
                        continue;
                    }

                    among = new ChosenBackup(_service.Sources[0], planned, repository, restored.Backup, kept[^1], kept.Count);
                    break;
                }
            }
            catch (DrException)
            {
                // One that does not open is not the one that the backup came from.
            }
        }

        return new()
        {
            Source = restored.Backup.Source,
            Repository = among?.Planned.Name ?? restored.Repository,
            BackupId = restored.Backup.Id,
            Taken = restored.Backup.Started,
            IsNewest = among is not null && among.Newest.Id == restored.Backup.Id,
            Kept = among?.Kept ?? 1,
            Bytes = restored.Backup.SourceBytes - restored.Backup.HoleBytes,
            RestoreDuration = restored.Duration,
        };
    }

    private static RunbookText Require(DrillRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var service = request.Plan.Service(request.Service);
        return request.Scenario != DrillScenario.Custom || request.Runbook is not { } runbook
            ? throw new DrException(DrError.BadUsage, "A runbook is held by a drill of scenario custom.", "Add a drill with 'scenario: custom' and 'runbook' to the plan, and name it; in PowerShell: Invoke-DrDrill -Runbook.")
            : request.Level == DrillLevel.Full
            ? throw new DrException(DrError.BadUsage, "A runbook is drilled in scratch copies, and not in production.", "Hold it at level partial, or talk it through (tabletop). In a disaster run the script itself.")
            : service.Sources.Count == 0
            ? throw new DrException(DrError.BadUsage, $"The service {service.Name} has no sources, and so no repository that would keep the result.", "Add its sources to the plan.") { Subject = service.Name }
            : RunbookText.Read(runbook);
    }
}

/// <summary>What ended a runbook early.</summary>
/// <param name="Problem">What, as a sentence.</param>
/// <param name="Remedy">What to do, if the error said so.</param>
/// <param name="ErrorId">Stable id of the error behind it, if there is one.</param>
public sealed record RunbookFailure(string Problem, string? Remedy = null, string? ErrorId = null);
