using DrTools.Plans;

namespace DrTools.Drills;

/// <summary>Which drill is to be held.</summary>
public sealed record DrillRequest
{
    private readonly string? _runbook;

    /// <summary>The plan.</summary>
    public required RecoveryPlan Plan { get; init; }

    /// <summary>Name of the service.</summary>
    public required string Service { get; init; }

    /// <summary>What happens.</summary>
    public required DrillScenario Scenario { get; init; }

    /// <summary>How far it goes.</summary>
    public DrillLevel Level { get; init; } = DrillLevel.Partial;

    /// <summary>The plan's drill that this is, if it is one: its objectives, participants and criteria count.</summary>
    public PlannedDrill? Drill { get; init; }

    /// <summary>Absolute path of the script of a custom scenario; that of the drill if not given.</summary>
    public string? Runbook
    {
        get => _runbook ?? Drill?.Runbook;
        init => _runbook = value;
    }

    /// <summary>Whether any kept backup is picked, instead of the newest.</summary>
    public bool RandomBackup { get; init; }

    /// <summary>Whether the kept backup is picked that was never restored, or whose last restore is longest ago.</summary>
    public bool LeastTested { get; init; }

    /// <summary>What random choices come from; any if not given.</summary>
    public int? Seed { get; init; }

    /// <summary>Where scratch copies are made; the system's temporary folder if not given.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>Folder of PostgreSQL's server programs; otherwise the usual places and PATH.</summary>
    public string? ProgramFolder { get; init; }

    /// <summary>How long production goes on in the stand-in before and after it is protected.</summary>
    public TimeSpan Production { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a canary is written.</summary>
    public TimeSpan CanaryInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>For a full drill: the name of the service once more, by whoever answers for the failover steps of the plan being
    /// carried out in production.</summary>
    public string? Confirmation { get; init; }

    /// <summary>For a full drill: asks a person to carry out a step that has no command, and waits for the answer whether it was
    /// done; <see langword="null"/> where nobody is there.</summary>
    public Func<FailoverStep, CancellationToken, Task<bool>>? Ask { get; init; }

    /// <summary>The requests for a drill of a plan: one for each of its services, those first that others depend on.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="drill">Name of the drill.</param>
    /// <param name="only">Only this one of its services.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has no such drill, or the drill no such service.</exception>
    public static IReadOnlyList<DrillRequest> OfPlanned(RecoveryPlan plan, string drill, string? only = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var planned = plan.Drill(drill);
        if (only is not null && !planned.Services.Contains(only, StringComparer.OrdinalIgnoreCase))
        {
            throw new DrException(DrError.BadUsage, $"The drill {planned.Name} is not about {only}.", $"It is about: {string.Join(", ", planned.Services)}.");
        }

        return
        [
            .. plan.InOrderOfRecovery().Where(s => planned.Services.Contains(s.Name, StringComparer.OrdinalIgnoreCase) && (only is null || string.Equals(s.Name, only, StringComparison.OrdinalIgnoreCase))).Select(service => new DrillRequest
            {
                Plan = plan,
                Service = service.Name,
                Scenario = planned.Scenario,
                Level = planned.Level,
                Drill = planned,
                RandomBackup = planned.RandomBackup,
                LeastTested = planned.LeastTested,
            }),
        ];
    }

    /// <summary>What must be achieved.</summary>
    public Objectives Objectives
    {
        get
        {
            var service = Plan.Service(Service);
            return Drill?.ObjectivesFor(service) ?? service.Objectives;
        }
    }
}
