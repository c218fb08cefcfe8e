using System.Management.Automation;
using DrTools.Restore;

namespace DrTools.PowerShell.Commands;

/// <summary>Restores files.</summary>
[Cmdlet(VerbsData.Restore, "DrFile", SupportsShouldProcess = true, DefaultParameterSetName = BackupSet)]
[OutputType(typeof(RestoreResult), typeof(RestorePlan))]
public sealed class RestoreDrFileCommand : RestoreCommand
{
    /// <summary>Patterns of what is restored; everything when none is given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Include { get; set; } = [];

    private protected override IReadOnlyList<string> Patterns => Include;
}
