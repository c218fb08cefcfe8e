using System.Management.Automation;
using DrTools.Drills.Actions;

namespace DrTools.PowerShell.Commands;

/// <summary>Writes down what is to be made better and no drill has found.</summary>
[Cmdlet(VerbsCommon.New, "DrAction", SupportsShouldProcess = true)]
[OutputType(typeof(ImprovementAction))]
public sealed class NewDrActionCommand : PlanActionCommand
{
    /// <summary>The service that it is about.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Service { get; set; } = string.Empty;

    /// <summary>What is to be done.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Title { get; set; } = string.Empty;

    /// <summary>What is wrong.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Problem { get; set; }

    /// <summary>Who takes care of it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Owner { get; set; }

    /// <summary>Until which day.</summary>
    [Parameter]
    public DateTime? Due { get; set; }

    /// <summary>What else there is to say.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Note { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var (plan, actions) = Open();
        var service = plan.Service(Service).Name;
        if (ShouldProcess(service, $"Write down the improvement action '{Title}'"))
        {
            var change = new ActionChange { Title = Title, Problem = Problem, Owner = Owner, Due = Due is { } due ? DateOnly.FromDateTime(due) : null, Note = Note };
            WriteObject(Await(stop => actions.AddAsync(plan, service, change, stop)));
        }
    }
}
