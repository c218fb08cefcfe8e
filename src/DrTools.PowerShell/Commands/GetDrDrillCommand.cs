using System.Management.Automation;
using System.Security;
using DrTools.Drills;
using DrTools.Drills.History;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Lists the drills that were held.</summary>
[Cmdlet(VerbsCommon.Get, "DrDrill", DefaultParameterSetName = ListSet)]
[OutputType(typeof(DrillResult))]
public sealed class GetDrDrillCommand : CancellableCommand
{
    private const string ListSet = "List";
    private const string IdSet = "Id";

    /// <summary>One drill: its id, the beginning or end of it, or latest.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = IdSet)]
    [ValidateNotNullOrEmpty]
    public string? Id { get; set; }

    /// <summary>Only of this service.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [ValidateNotNullOrEmpty]
    public string? Service { get; set; }

    /// <summary>Only of this scenario.</summary>
    [Parameter(ParameterSetName = ListSet)]
    public DrillScenario? Scenario { get; set; }

    /// <summary>How many of the latest at most.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [ValidateRange(1, int.MaxValue)]
    public int Last { get; set; } = int.MaxValue;

    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

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
        var history = new PlanHistory(PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile)).WithVaultsRead(plan.Repositories));
        if (Id is not null)
        {
            WriteObject(Await(stop => history.FindAsync(plan, Id, stop)));
            return;
        }

        var damaged = new List<DrException>();
        var drills = Await(stop => history.ListAsync(plan, new DrillFilter { Service = Service, Scenario = Scenario, Last = Last }, stop, damaged.Add));
        foreach (var error in damaged)
        {
            WriteError(error);
        }

        WriteObject(drills, enumerateCollection: true);
    }
}
