using System.Management.Automation;
using System.Security;
using DrTools.Drills;
using DrTools.Drills.History;
using DrTools.Drills.Trends;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Measures how drills went over time.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "DrTrend", DefaultParameterSetName = PlanSet)]
[OutputType(typeof(DrillTrend))]
public sealed class MeasureDrTrendCommand : CancellableCommand
{
    private const string PlanSet = "Plan";
    private const string DrillSet = "Drill";

    private readonly List<DrillResult> _drills = [];

    /// <summary>The drills, from Get-DrDrill or Invoke-DrDrill.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = DrillSet)]
    [ValidateNotNull]
    public DrillResult? Drill { get; set; }

    /// <summary>Only of this service.</summary>
    [Parameter(Position = 0, ParameterSetName = PlanSet)]
    [ValidateNotNullOrEmpty]
    public string? Service { get; set; }

    /// <summary>Only of this scenario.</summary>
    [Parameter(ParameterSetName = PlanSet)]
    public DrillScenario? Scenario { get; set; }

    /// <summary>Only drills that began at this time or later.</summary>
    [Parameter(ParameterSetName = PlanSet)]
    public DateTimeOffset? After { get; set; }

    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = PlanSet)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>The passphrase of repositories of which the plan does not say what opens them.</summary>
    [Parameter(ParameterSetName = PlanSet)]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>Their key file.</summary>
    [Parameter(ParameterSetName = PlanSet)]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Drill is not null)
        {
            _drills.Add(Drill);
            return;
        }

        var plan = PlanAccess.Read(this, Plan).Require();
        var secrets = PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile)).WithVaultsRead(plan.Repositories);
        var damaged = new List<DrException>();
        var filter = new DrillFilter { Service = Service, Scenario = Scenario, After = After };
        var drills = Await(stop => new PlanHistory(secrets).ListAsync(plan, filter, stop, damaged.Add));
        foreach (var error in damaged)
        {
            WriteError(error);
        }

        WriteObject(TrendMeter.Measure(drills), enumerateCollection: true);
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => WriteObject(TrendMeter.Measure(_drills), enumerateCollection: true);
}
