using System.Management.Automation;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Tells what the absence of services costs.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "DrImpact")]
[OutputType(typeof(ImpactEvaluation))]
public sealed class MeasureDrImpactCommand : CancellableCommand
{
    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>Only these services.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Service { get; set; } = [];

    /// <summary>Also for absences of so long.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public TimeSpan[] Away { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessItem() =>
        WriteObject(StrategyAdvisor.Impact(PlanAccess.Read(this, Plan).Require(), Service, Away), enumerateCollection: true);
}
