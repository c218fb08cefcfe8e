using System.Management.Automation;
using DrTools.Deposits;

namespace DrTools.PowerShell.Commands;

/// <summary>Takes backups on a host that has a public key and no secret.</summary>
[Cmdlet(VerbsCommon.New, "DrDeposit", SupportsShouldProcess = true)]
[OutputType(typeof(DepositResult))]
public sealed class NewDrDepositCommand : TakeBackupCommand
{
    private DepositRecipient? _recipient;
    private string _location = string.Empty;

    /// <summary>Where deposits go: a folder, or a place in a bucket.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = string.Empty;

    /// <summary>The file that Export-DrDepositRecipient wrote.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string RecipientPath { get; set; } = string.Empty;

    /// <summary>Without a place and a recipient nothing can be deposited.</summary>
    protected override void BeginProcessing()
    {
        try
        {
            _location = SessionPath.ResolveLocation(SessionState.Path, Destination);
            _recipient = DepositRecipient.Read(ResolvePath(RecipientPath));
        }
        catch (DrException e)
        {
            ThrowTerminatingError(e);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        foreach (var text in Source)
        {
            try
            {
                Take(text);
            }
            catch (DrException e)
            {
                WriteError(e, text);
            }
        }
    }

    private void Take(string text)
    {
        var source = Parse(text);
        var what = $"{source.Name} of {HostName} in {_location} for {_recipient!.Fingerprint}, the repository {_recipient.RepositoryId}";
        if (!ShouldProcess($"Deposit a full backup of {what}", $"Deposit {what}?", "Deposit", out _))
        {
            return;
        }

        WriteVerbose($"Depositing {what}.");
        var progress = Progress(source);
        var result = Await(stop => new DepositWriter(_location, _recipient).RunAsync(source, Options, progress, stop), progress);
        Tell(result.Backup, result.Issues, result.Notes);
        WriteObject(result);
    }
}
