using System.Management.Automation;
using System.Security;
using DrTools.Drills;
using DrTools.Drills.Reports;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Rehearses a disaster on real data of a real backup, in scratch copies.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "DrDrill", DefaultParameterSetName = ScenarioSet, SupportsShouldProcess = true)]
[OutputType(typeof(DrillResult), typeof(DrillCourse))]
public sealed class InvokeDrDrillCommand : CancellableCommand
{
    private const string ScenarioSet = "Scenario";
    private const string PlannedSet = "Planned";

    private readonly List<DrillResult> _results = [];

    /// <summary>The service.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ScenarioSet)]
    [ValidateNotNullOrEmpty]
    public string? Service { get; set; }

    /// <summary>What happens.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ScenarioSet)]
    public DrillScenario Scenario { get; set; }

    /// <summary>A drill of the plan, by its name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PlannedSet)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>How far it goes.</summary>
    [Parameter]
    public DrillLevel Level { get; set; } = DrillLevel.Partial;

    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>Takes any kept backup instead of the newest one.</summary>
    [Parameter]
    public SwitchParameter RandomBackup { get; set; }

    /// <summary>Takes the kept backup that was never restored, or whose last restore is longest ago.</summary>
    [Parameter]
    public SwitchParameter LeastTested { get; set; }

    /// <summary>Makes the random choices of an earlier drill again.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? Seed { get; set; }

    /// <summary>Where scratch copies are made.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ScratchFolder { get; set; }

    /// <summary>A file to write the checks to as JUnit XML.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JUnit { get; set; }

    /// <summary>Carries out the failover steps of a full drill without asking whether they may be, and asks no person for those that
    /// have no command: for unattended runs.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The passphrase of repositories of which the plan does not say what opens them.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>Their key file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var plan = PlanAccess.Read(this, Plan).Require();
        var engine = new DrillEngine(PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile)).WithVaultsRead(plan.Repositories));
        foreach (var request in Requests(plan))
        {
            try
            {
                Hold(engine, request);
            }
            catch (DrException e)
            {
                WriteError(e, request.Service);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (JUnit is not null && _results.Count > 0)
        {
            try
            {
                JUnitReport.Write(ResolvePath(JUnit), _results);
            }
            catch (DrException e)
            {
                WriteError(e, JUnit);
            }
        }
    }

    private void Hold(DrillEngine engine, DrillRequest request)
    {
        var isFull = request.Level == DrillLevel.Full;
        using var people = new StepQuestions(this);
        request = request with { Ask = isFull && !Force ? people.AskAsync : null };
        if (IsWhatIf)
        {
            WriteObject(Await(stop => engine.PlanAsync(request, stop)));
            return;
        }

        if (!ShouldProcess(request.Service, $"Rehearse {request.Scenario} in scratch copies{(isFull ? ", and carry out the failover steps in production" : string.Empty)}"))
        {
            return;
        }

        if (isFull)
        {
            // What cannot be held is not asked about.
            request = request with { Confirmation = request.Service };
            DrillEngine.Require(request);
            if (!Force && !ShouldContinue(Question(request), "Full drill"))
            {
                return;
            }
        }

        var progress = new ProgressDisplay<DrillProgress>($"Drill: {request.Scenario} of {request.Service}", p => new WorkAmount(0, 0, p.Source ?? request.Service, p.Step.Title()));
        var result = Await(stop => engine.RunAsync(request, progress, stop), progress, people.Answer);
        _results.Add(result);
        WriteObject(result);
    }

    private static string Question(DrillRequest request)
    {
        var service = request.Plan.Service(request.Service);
        return $"When the data of {service.Name} is recovered in scratch copies, these steps are carried out in production:{string.Concat(service.Failover.Select(s => $"{Environment.NewLine}  {s.Name}: {s.Command ?? "a person is asked"}"))}{Environment.NewLine}Carry them out?";
    }

    private IReadOnlyList<DrillRequest> Requests(RecoveryPlan plan)
    {
        IReadOnlyList<DrillRequest> requests = Name is null
            ? [new DrillRequest { Plan = plan, Service = Service!, Scenario = Scenario }]
            : DrillRequest.OfPlanned(plan, Name);
        return
        [
            .. requests.Select(r => r with
            {
                Level = MyInvocation.BoundParameters.ContainsKey(nameof(Level)) ? Level : r.Level,
                RandomBackup = RandomBackup || (r.RandomBackup && !LeastTested),
                LeastTested = LeastTested || (r.LeastTested && !RandomBackup),
                Seed = Seed,
                WorkFolder = ScratchFolder is null ? null : ResolvePath(ScratchFolder),
            }),
        ];
    }
}
