using System.Management.Automation;
using DrTools.Backup;

namespace DrTools.PowerShell.Commands;

/// <summary>Lets backups be removed again.</summary>
[Cmdlet(VerbsSecurity.Unprotect, "DrBackup", SupportsShouldProcess = true)]
[OutputType(typeof(DrBackup))]
public sealed class UnprotectDrBackupCommand : BackupCommand
{
    /// <summary>Returns the backup.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void ProcessBackup(DrRepository repository, BackupInfo backup)
    {
        if (!ShouldProcess($"{backup.Id} ({backup.Source})", "Let the backup be removed again"))
        {
            return;
        }

        if (!Await(stop => new BackupCatalog(repository.Opened).UnpinAsync(backup, stop).AsTask()))
        {
            WriteVerbose($"{backup.Id} was not protected.");
        }

        if (PassThru)
        {
            WriteObject(HandOut(repository, backup with { IsPinned = false, PinReason = null }));
        }
    }
}
