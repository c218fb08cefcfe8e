using System.Management.Automation;

namespace DrTools.PowerShell.Commands;

/// <summary>Opens a repository.</summary>
[Cmdlet(VerbsCommon.Get, "DrRepository")]
[OutputType(typeof(DrRepository))]
public sealed class GetDrRepositoryCommand : PipedRepositoryCommand
{
    /// <inheritdoc/>
    protected override void ProcessItem() => WriteObject(HandOut(OpenRepository()));
}
