using System.Management.Automation;
using System.Security;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Measures what would be lost now, and how long it would take to be back.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "DrObjective")]
[OutputType(typeof(ObjectiveMeasurement))]
public sealed class MeasureDrObjectiveCommand : CancellableCommand
{
    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>Only these services.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Service { get; set; } = [];

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
        WriteObject(Await(stop => new ObjectiveMeter(secrets).RunAsync(plan, Service, stop)), enumerateCollection: true);
    }
}
