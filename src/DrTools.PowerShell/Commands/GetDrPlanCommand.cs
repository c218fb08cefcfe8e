using System.Management.Automation;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Reads a plan.</summary>
[Cmdlet(VerbsCommon.Get, "DrPlan")]
[OutputType(typeof(RecoveryPlan))]
public sealed class GetDrPlanCommand : CancellableCommand
{
    /// <summary>The plan file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var read = PlanAccess.Read(this, Plan);
        foreach (var problem in read.Problems)
        {
            WriteError(problem.ToException(), problem);
        }

        if (read.Plan is { } plan)
        {
            WriteObject(plan);
        }
    }
}
