using System.Management.Automation;
using System.Security;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Estimates what recovery costs.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "DrCost")]
[OutputType(typeof(CostEstimate))]
public sealed class MeasureDrCostCommand : CancellableCommand
{
    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
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
        var secrets = PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile)).WithVaultsRead(plan.Repositories);
        WriteObject(Await(stop => new CostEstimator(secrets).RunAsync(plan, stop)));
    }
}
