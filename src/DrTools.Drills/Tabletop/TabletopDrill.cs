using DrTools.Plans;

namespace DrTools.Drills.Tabletop;

/// <summary>
/// Tabletop drills: a team talks a disaster through, step by step, and nothing is run. What was said is kept with its time; what would
/// not work, and what nobody knew, are findings. Recovery time and point are not measured by talking.
/// </summary>
/// <param name="secrets">Where the secrets of the plan's repositories come from: the result is kept in one.</param>
/// <param name="time">The clock; the system's if not given.</param>
public sealed class TabletopDrill(PlanSecrets secrets, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>The steps that the team would talk through.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such drill of the service.</exception>
    public static IReadOnlyList<TabletopStep> Script(DrillRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Plan.Service(request.Service).Sources.Count == 0)
        {
            throw new DrException(DrError.BadUsage, $"The service {request.Service} has no sources, and so no repository that would keep what is said.", "Add its sources to the plan.") { Subject = request.Service };
        }

        if (request.Scenario == DrillScenario.Custom && request.Runbook is null)
        {
            throw new DrException(DrError.BadUsage, "A custom scenario is one of the plan, with a runbook.", "Add a drill with 'scenario: custom' and 'runbook' to the plan, and name it.");
        }

        return TabletopScript.Write(request);
    }

    /// <summary>The same, as every drill tells its course.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such drill of the service.</exception>
    public static DrillCourse Plan(DrillRequest request) => new()
    {
        Service = request.Plan.Service(request.Service).Name,
        Scenario = request.Scenario,
        Level = DrillLevel.Tabletop,
        Objectives = request.Objectives,
        Backups = [],
        Seed = 0,
        WorkFolder = string.Empty,
        NeededBytes = 0,
        FreeBytes = 0,
        Steps = (DrillCourseStep[])[.. Script(request).Select(s => new DrillCourseStep(s.Step, null, s.Role, string.Join(" ", s.What.Concat(s.Questions))) { Name = s.Name, Expected = s.Expected })],
    };

    /// <summary>Talks it through. It waits for people, on the thread that calls it.</summary>
    /// <param name="request">Which drill.</param>
    /// <param name="room">Where the people are.</param>
    /// <param name="cancellationToken">Stops it between lines; that it was begun is recorded then.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such drill, or nobody can be asked.</exception>
    public async Task<DrillResult> HoldAsync(DrillRequest request, IDrillRoom room, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(room);
        var steps = Script(request);
        var service = request.Plan.Service(request.Service);
        var result = DrillEngine.Begin(request with { Level = DrillLevel.Tabletop }, service, _time.GetUtcNow(), 0);
        var choice = new BackupChoice(request, new PlanRepositories(secrets), new Random(0));
        await using (choice.ConfigureAwait(false))
        {
            try
            {
                result = new TabletopSession(room, _time).Hold(result, steps, service, cancellationToken);
            }
            catch (Exception e)
            {
                await DrillEngine.RecordFailureAsync(choice, request, service, result, e).ConfigureAwait(false);
                throw;
            }

            return await DrillEngine.KeepAsync(choice, request, service, result, cancellationToken).ConfigureAwait(false);
        }
    }
}
