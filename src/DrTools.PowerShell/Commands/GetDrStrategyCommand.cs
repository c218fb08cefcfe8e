using System.Management.Automation;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Evaluates the four strategies for services.</summary>
[Cmdlet(VerbsCommon.Get, "DrStrategy")]
[OutputType(typeof(StrategyEvaluation))]
public sealed class GetDrStrategyCommand : CancellableCommand
{
    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>Only these services.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Service { get; set; } = [];

    /// <summary>Size of the data of each service, bytes.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long DataSize { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem() =>
        WriteObject(StrategyAdvisor.Evaluate(PlanAccess.Read(this, Plan).Require(), Service, DataSize), enumerateCollection: true);
}
