using System.Reflection;
using DrTools.Backup;
using DrTools.Drills.History;
using DrTools.Plans;
using DrTools.Repositories.Journal;

namespace DrTools.Drills;

/// <summary>
/// Holds drills: real data of a real backup, in scratch copies. The backup is restored from the plan's own repository, written
/// to, protected, destroyed and recovered from that repository again; what comes back, how much is missing and how long it took
/// is measured. Nothing of production is touched but for being asked whether it is healthy.
/// </summary>
public sealed class DrillEngine
{
    private static readonly string ToolVersion =
        typeof(DrillEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private readonly PlanRepositories _repositories;
    private readonly TimeProvider _time;

    /// <summary>An engine by the system's clock.</summary>
    /// <param name="secrets">Where the secrets of the plan's repositories come from.</param>
    public DrillEngine(PlanSecrets secrets)
        : this(secrets, TimeProvider.System)
    {
    }

    internal DrillEngine(PlanSecrets secrets, TimeProvider time) => (_repositories, _time) = (new PlanRepositories(secrets), time);

    /// <summary>Says what a drill would do, changing nothing.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such drill of the service.</exception>
    public async Task<DrillCourse> PlanAsync(DrillRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var sources = DrillScope.Sources(request);
        var seed = request.Seed ?? Random.Shared.Next();
        var choice = new BackupChoice(request, _repositories, new Random(seed));
        await using (choice.ConfigureAwait(false))
        {
            var obstacles = new List<DrillFinding>();
            var chosen = new List<ChosenBackup>();
            foreach (var source in sources)
            {
                try
                {
                    chosen.Add(await choice.ChooseAsync(source, e => Find(obstacles, source, e), cancellationToken).ConfigureAwait(false));
                }
                catch (DrException e)
                {
                    Find(obstacles, source, e);
                }
            }

            return DrillCourseWriter.Write(request, seed, chosen, obstacles);
        }

        static void Find(List<DrillFinding> obstacles, PlannedSource source, DrException e)
        {
            if (!obstacles.Any(o => o.Problem == e.Message))
            {
                obstacles.Add(new DrillFinding(source.Source, e.Message, e.Remedy) { ErrorId = e.Error.ToString() });
            }
        }
    }

    /// <summary>Holds a drill, and keeps its result in the first repository of the service.</summary>
    /// <param name="request">Which.</param>
    /// <param name="progress">Takes each step as it starts and ends.</param>
    /// <param name="cancellationToken">Stops it; everything that it has made is removed then.</param>
    /// <returns>What was found. That something did not come back is a result, not an exception.</returns>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such drill of the service.</exception>
    public async Task<DrillResult> RunAsync(DrillRequest request, IProgress<DrillProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var sources = DrillScope.Sources(request);
        var service = request.Plan.Service(request.Service);
        var started = _time.GetUtcNow();
        var seed = request.Seed ?? Random.Shared.Next();
        var result = Begin(request, service, started, seed);
        var random = new Random(seed);
        var choice = new BackupChoice(request, _repositories, random);
        await using (choice.ConfigureAwait(false))
        {
            try
            {
                using (var work = WorkFolder.Create(request.WorkFolder))
                {
                    var run = new DrillRun(request, service, sources, choice, random, work.Path, _time, new DrillRecorder(_time, progress, cancellationToken));
                    await using (run.ConfigureAwait(false))
                    {
                        result = await run.ExecuteAsync(result, cancellationToken).ConfigureAwait(false);
                    }
                }
            }
            catch (Exception e)
            {
                await RecordFailureAsync(choice, request, service, result, e).ConfigureAwait(false);
                throw;
            }

            return await KeepAsync(choice, request, service, result, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A result of which nothing has happened yet.</summary>
    internal static DrillResult Begin(DrillRequest request, PlannedService service, DateTimeOffset started, int seed) => new()
    {
        Id = BackupId.New(started),
        Plan = request.Plan.Name,
        Service = service.Name,
        Drill = request.Drill?.Name,
        Scenario = request.Scenario,
        Level = request.Level,
        Started = started,
        Finished = started,
        User = Environment.UserName,
        Host = Environment.MachineName,
        ToolVersion = ToolVersion,
        Participants = [.. (request.Drill?.Participants ?? []).Select(p => p.Role is null ? p.Name : $"{p.Name} ({p.Role})")],
        SuccessCriteria = request.Drill?.SuccessCriteria ?? [],
        Objectives = request.Objectives,
        RandomBackup = request.RandomBackup,
        Seed = seed,
    };

    /// <summary>A drill whose result cannot be kept is one all the same; that it is not evidence is a finding.</summary>
    internal static async Task<DrillResult> KeepAsync(BackupChoice choice, DrillRequest request, PlannedService service, DrillResult result, CancellationToken cancellationToken)
    {
        var planned = Keeper(request, service);
        try
        {
            await new DrillHistory(await choice.OpenAsync(planned, cancellationToken).ConfigureAwait(false)).KeepAsync(result, cancellationToken).ConfigureAwait(false);
            return result;
        }
        catch (DrException e)
        {
            return result with { Findings = [.. result.Findings, new DrillFinding(null, $"The result could not be kept in {planned.Name}: {e.Message}", e.Remedy) { ErrorId = e.Error.ToString() }] };
        }
    }

    internal static async Task RecordFailureAsync(BackupChoice choice, DrillRequest request, PlannedService service, DrillResult result, Exception failure)
    {
        try
        {
            await FailureRecord.TryAppendAsync(
                await choice.OpenAsync(Keeper(request, service), CancellationToken.None).ConfigureAwait(false),
                DrillHistory.Record(result with { Finished = DateTimeOffset.UtcNow }),
                failure).ConfigureAwait(false);
        }
        catch (DrException)
        {
            // The failure that is being reported matters more than its record.
        }
    }

    private static PlannedRepository Keeper(DrillRequest request, PlannedService service) => request.Plan.Repository(service.Sources[0].Repositories[0]);
}
