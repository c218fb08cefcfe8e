using System.Management.Automation;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.PowerShell.Commands;

/// <summary>Lets a secret open a repository no longer.</summary>
[Cmdlet(VerbsCommon.Remove, "DrRepositoryKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RepositoryKeyInfo))]
public sealed class RemoveDrRepositoryKeyCommand : PipedRepositoryCommand
{
    /// <summary>The key's id or label.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Key { get; set; } = string.Empty;

    /// <summary>Removes it without asking.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        if (Confirm(Force, repository.Location, $"Let the key {Key} open it no longer"))
        {
            WriteObject(Await(stop => new RepositoryFactory().RemoveKeyAsync(repository.Opened, Key, stop).AsTask()));
        }
    }
}
