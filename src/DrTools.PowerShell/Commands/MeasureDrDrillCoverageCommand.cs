using System.Management.Automation;
using System.Security;
using DrTools.Drills.Coverage;

namespace DrTools.PowerShell.Commands;

/// <summary>Finds out which kept backups were ever restored, and when the others are to be.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "DrDrillCoverage")]
[OutputType(typeof(DrillCoverage))]
public sealed class MeasureDrDrillCoverageCommand : CancellableCommand
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
        WriteObject(Await(stop => new CoverageMeter(secrets).RunAsync(plan, Service, stop)), enumerateCollection: true);
    }
}
