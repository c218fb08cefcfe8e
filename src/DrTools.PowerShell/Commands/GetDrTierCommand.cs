using System.Management.Automation;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Lists tiers with their objectives.</summary>
[Cmdlet(VerbsCommon.Get, "DrTier")]
[OutputType(typeof(PlannedTier))]
public sealed class GetDrTierCommand : CancellableCommand
{
    /// <summary>The plan whose tiers are listed; without one the usual four.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem() =>
        WriteObject(Plan is null ? PlannedTier.Usual : PlanAccess.Read(this, Plan).Require().Tiers, enumerateCollection: true);
}
