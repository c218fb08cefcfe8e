using System.Management.Automation;
using DrTools.Drills.Actions;

namespace DrTools.PowerShell.Commands;

/// <summary>Says who takes care of an improvement action, until when, and how far it is.</summary>
[Cmdlet(VerbsCommon.Set, "DrAction", SupportsShouldProcess = true)]
[OutputType(typeof(ImprovementAction))]
public sealed class SetDrActionCommand : PlanActionCommand
{
    /// <summary>Its id, or the beginning of it; from Get-DrAction.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Id { get; set; } = string.Empty;

    /// <summary>How far it is. Only a drill closes it, by passing.</summary>
    [Parameter]
    public ActionStatus? Status { get; set; }

    /// <summary>Who takes care of it; an empty text for nobody.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? Owner { get; set; }

    /// <summary>Until which day.</summary>
    [Parameter]
    public DateTime? Due { get; set; }

    /// <summary>What was done, why it is dropped, and the like.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Note { get; set; }

    /// <summary>Returns the action.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var (plan, actions) = Open();
        var action = Await(stop => actions.FindAsync(plan, Id, stop));
        var change = new ActionChange { Status = Status, Owner = Owner, Due = Due is { } due ? DateOnly.FromDateTime(due) : null, Note = Note };
        if (!ShouldProcess($"{action.Id} ({action.Service}: {action.Title})", "Change the improvement action"))
        {
            return;
        }

        var changed = Await(stop => actions.SetAsync(plan, action.Id, change, stop));
        if (PassThru)
        {
            WriteObject(changed);
        }
    }
}
