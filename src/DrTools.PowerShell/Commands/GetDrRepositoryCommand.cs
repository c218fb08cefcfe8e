using System.Management.Automation;

namespace DrTools.PowerShell.Commands;

/// <summary>Opens a repository.</summary>
[Cmdlet(VerbsCommon.Get, "DrRepository")]
[OutputType(typeof(DrRepository))]
public sealed class GetDrRepositoryCommand : PipedRepositoryCommand
{
    /// <summary>The KMS key that opens the repository, and no other.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KmsKey { get; set; }

    private protected override string? OpeningKmsKey => KmsKey;

    /// <inheritdoc/>
    protected override void ProcessItem() => WriteObject(HandOut(OpenRepository()));
}
