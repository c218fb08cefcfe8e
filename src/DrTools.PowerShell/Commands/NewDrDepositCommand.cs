using System.Management.Automation;
using DrTools.Backup;
using DrTools.Deposits;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Takes backups on a host that has a public key and no secret.</summary>
[Cmdlet(VerbsCommon.New, "DrDeposit", SupportsShouldProcess = true, DefaultParameterSetName = SourceSet)]
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
            Take(text, () => (Parse(text), Options));
        }

        foreach (var (_, planned) in PlannedSources())
        {
            Take(planned.Source, () => Parse(planned));
        }
    }

    private void Take(string text, Func<(ISource Source, BackupOptions Options)> parse)
    {
        try
        {
            var (source, options) = parse();
            Take(source, options);
        }
        catch (DrException e)
        {
            WriteError(e, text);
        }
    }

    private void Take(ISource source, BackupOptions options)
    {
        var what = $"{source.Name} of {options.Host} in {_location} for {_recipient!.Fingerprint}, the repository {_recipient.RepositoryId}";
        if (!ShouldProcess($"Deposit a full backup of {what}", $"Deposit {what}?", "Deposit", out _))
        {
            return;
        }

        WriteVerbose($"Depositing {what}.");
        var progress = Progress(source);
        var result = Await(stop => new DepositWriter(_location, _recipient).RunAsync(source, options, progress, stop), progress);
        Tell(result.Backup, result.Issues, result.Notes);
        WriteObject(result);
    }
}
