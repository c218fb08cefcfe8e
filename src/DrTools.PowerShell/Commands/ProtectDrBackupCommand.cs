using System.Management.Automation;
using DrTools.Backup;

namespace DrTools.PowerShell.Commands;

/// <summary>Protects backups from removal.</summary>
[Cmdlet(VerbsSecurity.Protect, "DrBackup", SupportsShouldProcess = true)]
[OutputType(typeof(DrBackup))]
public sealed class ProtectDrBackupCommand : BackupCommand
{
    /// <summary>Why; retention names it.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <summary>Returns the backup.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void ProcessBackup(DrRepository repository, BackupInfo backup)
    {
        if (!ShouldProcess($"{backup.Id} ({backup.Source})", "Protect the backup from removal"))
        {
            return;
        }

        if (!Await(stop => new BackupCatalog(repository.Opened).PinAsync(backup, Reason, stop).AsTask()))
        {
            WriteVerbose($"{backup.Id} was protected already.");
        }

        if (PassThru)
        {
            WriteObject(HandOut(repository, Await(stop => new BackupCatalog(repository.Opened).FindAsync(backup.Id, null, stop).AsTask())));
        }
    }
}
