using System.Management.Automation;
using System.Security;
using DrTools.Drills.Actions;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet about the improvement actions of a plan.</summary>
public abstract class PlanActionCommand : CancellableCommand
{
    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter]
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

    private protected (RecoveryPlan Plan, PlanActions Actions) Open()
    {
        var plan = PlanAccess.Read(this, Plan).Require();
        return (plan, new PlanActions(PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile)).WithVaultsRead(plan.Repositories)));
    }
}
