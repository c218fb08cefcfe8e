using System.Management.Automation;
using DrTools.Drills.Actions;

namespace DrTools.PowerShell.Commands;

/// <summary>Lists what is to be made better.</summary>
[Cmdlet(VerbsCommon.Get, "DrAction", DefaultParameterSetName = ListSet)]
[OutputType(typeof(ImprovementAction))]
public sealed class GetDrActionCommand : PlanActionCommand
{
    private const string ListSet = "List";
    private const string IdSet = "Id";

    /// <summary>One action: its id, or the beginning of it.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = IdSet)]
    [ValidateNotNullOrEmpty]
    public string? Id { get; set; }

    /// <summary>Only of this service.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [ValidateNotNullOrEmpty]
    public string? Service { get; set; }

    /// <summary>Only of this owner.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [ValidateNotNullOrEmpty]
    public string? Owner { get; set; }

    /// <summary>Only what is as far as this; open and in progress, if neither this nor All is given.</summary>
    [Parameter(ParameterSetName = ListSet)]
    public ActionStatus? Status { get; set; }

    /// <summary>Also what is done, closed and dropped.</summary>
    [Parameter(ParameterSetName = ListSet)]
    public SwitchParameter All { get; set; }

    /// <summary>Only what should have been done by now.</summary>
    [Parameter(ParameterSetName = ListSet)]
    public SwitchParameter Overdue { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var (plan, actions) = Open();
        if (Id is not null)
        {
            WriteObject(Await(stop => actions.FindAsync(plan, Id, stop)));
            return;
        }

        var damaged = new List<DrException>();
        var filter = new ActionFilter { Service = Service, Owner = Owner, Status = Status, OpenOnly = !All && Status is null, OverdueOnly = Overdue };
        var found = Await(stop => actions.ListAsync(plan, filter, stop, damaged.Add));
        foreach (var error in damaged)
        {
            WriteError(error);
        }

        WriteObject(found, enumerateCollection: true);
    }
}
