using System.Management.Automation;
using DrTools.Repositories.Keys;

namespace DrTools.PowerShell.Commands;

/// <summary>Lists the secrets that open a repository, without telling them.</summary>
[Cmdlet(VerbsCommon.Get, "DrRepositoryKey")]
[OutputType(typeof(RepositoryKeyInfo))]
public sealed class GetDrRepositoryKeyCommand : PipedRepositoryCommand
{
    /// <inheritdoc/>
    protected override void ProcessItem() => WriteObject(OpenRepository().Opened.Keys, enumerateCollection: true);
}
