using System.Collections;
using System.Management.Automation;
using System.Security;
using DrTools.Drills;
using DrTools.Drills.Reports;
using DrTools.Drills.Runbooks;
using DrTools.Drills.Tabletop;
using DrTools.Plans;
using DrTools.PowerShell.Completion;
using DrTools.PowerShell.Runbooks;

namespace DrTools.PowerShell.Commands;

/// <summary>Rehearses a disaster on real data of a real backup, in scratch copies.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "DrDrill", DefaultParameterSetName = ScenarioSet, SupportsShouldProcess = true)]
[OutputType(typeof(DrillResult), typeof(DrillCourse))]
public sealed class InvokeDrDrillCommand : CancellableCommand
{
    private const string ScenarioSet = "Scenario";
    private const string PlannedSet = "Planned";
    private const string RunbookSet = "Runbook";

    private readonly List<DrillResult> _results = [];
    private IDrillRoom? _room;

    /// <summary>The service.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ScenarioSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = RunbookSet)]
    [ValidateNotNullOrEmpty]
    public string? Service { get; set; }

    /// <summary>What happens.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ScenarioSet)]
    public DrillScenario Scenario { get; set; }

    /// <summary>A drill of the plan, by its name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PlannedSet)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Only this one of the drill's services.</summary>
    [Parameter(ParameterSetName = PlannedSet)]
    [ValidateNotNullOrEmpty]
    public string? OnlyService { get; set; }

    /// <summary>A script that says what happens: one of the module's by its name, or a path.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RunbookSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RunbookCompleter))]
    public string? Runbook { get; set; }

    /// <summary>What the script is given beside what every drill gives it.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? RunbookParameter { get; set; }

    /// <summary>A file with what people say, where nobody is there to be asked.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Answers { get; set; }

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
        var secrets = PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile)).WithVaultsRead(plan.Repositories);
        foreach (var request in Requests(plan))
        {
            try
            {
                Hold(secrets, request);
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

    private void Hold(PlanSecrets secrets, DrillRequest request)
    {
        var isFull = request is { Level: DrillLevel.Full, Scenario: not DrillScenario.Custom };
        using var people = new StepQuestions(this);
        request = request with { Ask = isFull && !Force ? people.AskAsync : null };
        if (IsWhatIf)
        {
            WriteObject(
                request.Level == DrillLevel.Tabletop ? TabletopDrill.Plan(request)
                : request.Scenario == DrillScenario.Custom ? RunbookDrill.Plan(request)
                : Await(stop => new DrillEngine(secrets).PlanAsync(request, stop)));
            return;
        }

        var what = request.Level == DrillLevel.Tabletop ? $"Talk {request.Scenario} through"
            : request.Scenario == DrillScenario.Custom ? $"Run {Path.GetFileName(request.Runbook)} in a scratch folder"
            : $"Rehearse {request.Scenario} in scratch copies{(isFull ? ", and carry out the failover steps in production" : string.Empty)}";
        if (!ShouldProcess(request.Service, what))
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

        var result = request.Level == DrillLevel.Tabletop ? TalkThrough(secrets, request)
            : request.Scenario == DrillScenario.Custom ? RunScript(secrets, request)
            : Rehearse(secrets, request, people);
        _results.Add(result);
        WriteObject(result);
    }

    private static string Question(DrillRequest request)
    {
        var service = request.Plan.Service(request.Service);
        return $"When the data of {service.Name} is recovered in scratch copies, these steps are carried out in production:{string.Concat(service.Failover.Select(s => $"{Environment.NewLine}  {s.Name}: {s.Command ?? "a person is asked"}"))}{Environment.NewLine}Carry them out?";
    }

    private DrillResult Rehearse(PlanSecrets secrets, DrillRequest request, StepQuestions people)
    {
        if (Answers is not null)
        {
            throw new DrException(DrError.BadUsage, "Nobody is asked in this drill.", "Leave out -Answers: it is for tabletops and runbooks.");
        }

        var progress = new ProgressDisplay<DrillProgress>($"Drill: {request.Scenario} of {request.Service}", p => new WorkAmount(0, 0, p.Source ?? request.Service, p.Step.Title()));
        return Await(stop => new DrillEngine(secrets).RunAsync(request, progress, stop), progress, people.Answer);
    }

    private DrillResult TalkThrough(PlanSecrets secrets, DrillRequest request)
    {
        var room = Room() ?? throw new DrException(DrError.BadUsage, "A tabletop is talked through, and nobody can be asked here.", "Run it where PowerShell is interactive, give what is said with -Answers, or only see the script: -WhatIf.");

        // It speaks with people on this thread, which is the only one that may.
        var talking = new TabletopDrill(secrets).HoldAsync(request, room, StopToken);
        return Await(_ => talking);
    }

    private DrillResult RunScript(PlanSecrets secrets, DrillRequest request)
    {
        var drill = RunbookDrill.Begin(request, secrets);
        try
        {
            var parameters = RunbookRunner.Parameters(
                this,
                drill.Text.Path,
                new Dictionary<string, object?>
                {
                    ["Service"] = request.Service,
                    ["Plan"] = new PlanReference(request.Plan),
                    ["ScratchFolder"] = drill.ScratchFolder,
                    ["RandomBackup"] = request.RandomBackup ? new SwitchParameter(true) : null,
                    ["Seed"] = drill.Seed,
                    ["Passphrase"] = Passphrase,
                    ["KeyFile"] = KeyFile is null ? null : ResolvePath(KeyFile),
                },
                RunbookParameter);
            RunbookFailure? failure;
            using (RunbookSession.Enter(drill, Room() is { } room ? new Talk(room, TimeProvider.System) : null))
            {
                failure = RunbookRunner.Run(this, drill.Text.Path, parameters);
            }

            return Await(stop => drill.ConcludeAsync(failure, stop));
        }
        catch (PipelineStoppedException e)
        {
            drill.InterruptAsync(e).GetAwaiter().GetResult();
            throw;
        }
        finally
        {
            drill.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Where people are; <see langword="null"/> when nobody is. Several services are talked about in one room.</summary>
    private IDrillRoom? Room()
    {
        var host = new HostRoom(this);
        return _room ??= Answers is not null ? AnswersFile.Read(ResolvePath(Answers), host) : host.HasPeople ? host : null;
    }

    private IReadOnlyList<DrillRequest> Requests(RecoveryPlan plan)
    {
        IReadOnlyList<DrillRequest> requests =
            Name is not null ? DrillRequest.OfPlanned(plan, Name, OnlyService)
            : Runbook is not null ? [new DrillRequest { Plan = plan, Service = Service!, Scenario = DrillScenario.Custom, Runbook = RunbookLibrary.Find(Runbook, ResolvePath) }]
            : [new DrillRequest { Plan = plan, Service = Service!, Scenario = Scenario }];
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
