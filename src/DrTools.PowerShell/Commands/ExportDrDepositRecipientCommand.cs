using System.Management.Automation;
using DrTools.Deposits;

namespace DrTools.PowerShell.Commands;

/// <summary>Writes the public key of a repository, for hosts that deposit backups for it.</summary>
[Cmdlet(VerbsData.Export, "DrDepositRecipient", SupportsShouldProcess = true)]
[OutputType(typeof(DrDepositRecipient))]
public sealed class ExportDrDepositRecipientCommand : PipedRepositoryCommand
{
    /// <summary>A file that does not exist yet.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        var recipient = DepositRecipient.Of(repository.Opened);
        var path = ResolvePath(Path);
        if (ShouldProcess(path, $"Write the public key of {repository} ({recipient.Fingerprint})"))
        {
            recipient.Write(path);
            WriteObject(new DrDepositRecipient(recipient, path));
        }
    }
}
