using System.Management.Automation;
using System.Security;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Tells every problem of a plan, and compares it with reality.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DrPlan")]
[OutputType(typeof(PlanTestResult), typeof(bool))]
public sealed class TestDrPlanCommand : CancellableCommand
{
    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>Compares only these services with reality.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Service { get; set; } = [];

    /// <summary>Reads the file and asks nobody anything.</summary>
    [Parameter]
    public SwitchParameter FileOnly { get; set; }

    /// <summary>The passphrase of repositories of which the plan does not say what opens them.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>Their key file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <summary>Returns only whether the plan passed.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var read = PlanAccess.Read(this, Plan);
        var secrets = PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile)).WithVaultsRead(read.Plan?.Repositories ?? []);
        var test = new PlanTest(secrets);
        var result = FileOnly ? test.Read(read) : Await(stop => test.RunAsync(read, Service, stop));
        WriteObject(Quiet ? result.Passed : result);
    }
}
